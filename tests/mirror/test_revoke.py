"""`pyv mirror revoke`: what an operator takes back, nobody who sees the mirror installs."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.install.scene import HERE, left_in
from tests.mirror.stock import NAMES, Stock
from tests.support.archives import tiny_archive
from tests.support.runner import Machine, Run

BAD, GOOD = "cpython-3.12.2+20260814", "cpython-3.12.3+20260901"
ENDING = f"-{HERE}-install_only_stripped"


@dataclass(frozen=True)
class Scene:
    """An operator with a mirror of two archives, the second signed by a newer key; and somebody who trusts it."""

    place: Path

    def _machine(self, who: str) -> Machine:
        return Machine(self.place / who / "home", self.place / who / "home/.pyv", self.place / who / "work")

    @property
    def mirror(self) -> Path:
        return self.place / "operator" / "work" / "mirror"

    @property
    def keys(self) -> Path:
        return self.place / "operator" / "work" / "keys"

    def run(self, *words: str | Path) -> Run:
        return self._machine("operator").pyv("mirror", *words)

    def revoke(self, *words: str, reason: str = "a hole") -> Run:
        return self.run("revoke", "mirror", "--keys", "keys", "--reason", reason, *words)

    def archive(self, name: str) -> Path:
        """One to be added."""
        path = self.place / f"{name}{ENDING}.tar.gz"
        path.write_bytes(tiny_archive(name[8:14]))
        return path

    def person(self, *words: str | Path) -> Run:
        return self._machine("person").pyv(*words)

    def install(self, version: str) -> Run:
        return self.person("install", version, "--index", self.mirror)

    def entries(self) -> list[dict[str, Any]]:
        """What a stock client is told was taken back."""
        text = Stock(self.mirror, self.place / "stock").read(NAMES[1])[NAMES[1]]
        found: list[dict[str, Any]] = json.loads(text)["entries"]
        return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = Scene(tmp_path_factory.mktemp("scene"))
    for who in ("operator", "person"):
        (scene.place / who).mkdir()
        Machine.fresh(scene.place / who)
    scene.run("init", "mirror", "--keys", "keys", "--no-passphrase").ok()
    for name in (BAD, GOOD):
        scene.run("add", "mirror", scene.archive(name), "--keys", "keys").ok()
        if name == BAD:
            scene.run("rotate", "artifact", "mirror", "--keys", "keys", "--no-passphrase").ok()
    return scene.place


@pytest.fixture
def scene(template: Path, tmp_path: Path) -> Scene:
    return Scene(Path(shutil.copytree(template, tmp_path / "scene")))


@pytest.fixture
def seen(scene: Scene) -> Scene:
    """The person trusts the mirror, and has read it before anything was taken back."""
    scene.person("trust", "add", scene.mirror, "--yes").ok()
    return scene


def key_of(scene: Scene, version: str) -> str:
    """Who signed a record."""
    lines = (scene.mirror / f"targets/manifest/{HERE}.json").read_text().splitlines()[1:]
    return next(str(record["k"]) for record in map(json.loads, lines) if record["v"] == version)


@pytest.mark.parametrize("kind", ["sha256", "version", "triple", "build", "key"])
def test_what_is_revoked_is_not_installed(seen: Scene, kind: str) -> None:
    digest = hashlib.sha256(tiny_archive("3.12.2")).hexdigest()
    words = {
        "sha256": ["--sha256", f"sha256:{digest.upper()}"],
        "version": ["--version", "3.12.2"],
        "triple": ["--version", "3.12.2", "--triple", HERE],
        "build": ["--build", "20260814"],
        "key": ["--key", key_of(seen, "3.12.2")],
    }[kind]
    seen.revoke(*words, "--replaced-by", "3.12.3", "--ref", "CVE-2026-1").shows(
        stderr=f"revoked: {BAD}{ENDING}\npublished: revocations 2, snapshot 5, timestamp 5\n"
    )
    (entry,) = seen.entries()
    match = {words[0][2:]: words[1]} if kind != "sha256" else {"sha256": digest}
    assert entry.pop("date")
    assert entry == {
        "action": "block",
        "match": {**match, "triple": HERE} if kind == "triple" else match,
        "reason": "a hole",
        "ref": "CVE-2026-1",
        "replaced_by": "3.12.3",
    }
    seen.install("3.12.2").fails(4, "3.12.2+20260814 was revoked on", ": a hole", "install `3.12.3` in its place")
    assert "installed 3.12.3 in " in seen.install("3.12.3").ok().stderr


def test_what_is_installed_already_is_named(seen: Scene) -> None:
    seen.install("3.12.2").ok()
    seen.revoke("--version", "3.12.2")
    seen.person("index", "refresh", "--index", seen.mirror).ok()
    run = seen.person("verify")
    assert (run.status, run.stdout.startswith("blocked 3.12.2: a hole (20")) == (4, True), run


def test_what_is_yanked_is_installed_where_it_is_named_exactly(seen: Scene) -> None:
    seen.revoke("--build", "20260901", "--yank").ok()
    assert [entry["action"] for entry in seen.entries()] == ["yank"]
    assert "3.12.2" in seen.install("3.12").ok().stderr
    assert "warning: 3.12.3+20260901 was yanked on" in seen.install("3.12.3").ok().stderr


def test_another_triple_is_not_hit(seen: Scene) -> None:
    run = seen.revoke("--version", "3.12.2", "--triple", "sparc64-unknown-linux-gnu").ok()
    assert run.stderr.startswith("nothing in this mirror is hit by that now; what is added later will be\npublished: ")
    seen.install("3.12.2").ok()


def test_what_is_added_later_is_hit(seen: Scene) -> None:
    seen.revoke("--version", "3.12.4").ok()
    seen.run("add", "mirror", seen.archive("cpython-3.12.4+20260915"), "--keys", "keys").ok()
    seen.install("3.12.4").fails(4, "3.12.4+20260915 was revoked")


def test_nothing_is_ever_taken_out_of_the_list(seen: Scene) -> None:
    """Nor does an operator who edits it undo a revocation where it was seen."""
    seen.revoke("--version", "3.12.2").ok()
    seen.install("3.12.2").fails(4, "was revoked")
    was = left_in(seen.mirror, without=(".pyv",))
    seen.revoke("--version", "3.12.2").shows(stderr=f"revoked: {BAD}{ENDING}\n")
    assert left_in(seen.mirror, without=(".pyv",)) == was, "it was there already"
    seen.revoke("--version", "3.12.2", "--yank").ok()
    seen.revoke("--build", "20200101").ok()
    assert len(seen.entries()) == 3
    (seen.mirror / "targets" / NAMES[1]).write_text('{"entries":[],"format":1}\n')
    seen.run("sign", "publish", "mirror", "--keys", "keys").ok()
    assert seen.entries() == []
    seen.person("index", "refresh", "--index", seen.mirror).ok()
    seen.install("3.12.2").fails(4, "3.12.2+20260814 was revoked")


def test_what_no_client_could_act_on_is_refused(scene: Scene) -> None:
    was = left_in(scene.mirror)
    scene.revoke().fails(2, "about one archive, one version, one build tag or one key")
    scene.revoke("--version", "3.12.2", "--build", "20260814").fails(2, "about one archive")
    scene.revoke("--build", "20260814", "--triple", HERE).fails(2, "--version (with --triple, if only there)")
    scene.revoke("--sha256", "abc").fails(2, "`abc` is not of the form it must have")
    scene.revoke("--build", "yesterday").fails(2, "`yesterday` is not of the form it must have")
    scene.revoke("--version", "3.12").fails(2, "`3.12` is not a version such as 3.13.1")
    scene.revoke("--version", "3.12.2", "--ref", "\x1b[2J").fails(2, "has characters that cannot be shown")
    scene.revoke("--version", "3.12.2", reason="two\nlines").fails(2, "has characters that cannot be shown")
    assert left_in(scene.mirror) == was


def test_a_maintainer_needs_no_key_of_releases_or_of_the_artifacts(seen: Scene) -> None:
    for role in ("root", "targets", "releases", "artifact", "artifact-2"):
        (seen.keys / f"{role}.pem").unlink()
    assert "published: revocations 2, snapshot 5, timestamp 5\n" in seen.revoke("--version", "3.12.2").ok().stderr
    seen.install("3.12.2").fails(4, "was revoked")


@pytest.mark.parametrize("role", ["revocations", "snapshot"])
def test_a_revocation_without_its_keys_waits_and_is_not_lost(scene: Scene, role: str) -> None:
    (scene.keys / f"{role}.pem").rename(scene.place / "away.pem")
    run = scene.revoke("--version", "3.12.2")
    assert f"not published: {role} version {2 if role == 'revocations' else 5} has 0 of the 1 signatures" in run.stderr
    assert scene.entries() == []
    (scene.place / "away.pem").rename(scene.keys / f"{role}.pem")
    scene.run("sign", "publish", "mirror", "--keys", "keys").ok()
    assert [entry["match"] for entry in scene.entries()] == [{"version": "3.12.2"}]


def test_what_waits_for_a_key_holds_up_no_revocation(scene: Scene) -> None:
    """It can only take away, so nobody is waited for; records never go before the list of the keys that sign them."""
    client = Stock(scene.mirror, scene.place / "client")
    names = (*NAMES[:2], f"manifest/{HERE}.json")
    old = client.read(*names)
    (scene.keys / "targets.pem").rename(scene.place / "targets.pem")
    scene.run("rotate", "artifact", "mirror", "--keys", "keys", "--no-passphrase").ok()
    run = scene.run("add", "mirror", scene.archive("cpython-3.12.4+20260915"), "--keys", "keys").ok()
    assert "\npublished: " not in run.stderr
    run = scene.revoke("--version", "3.12.2").ok()
    assert "published: revocations 2, snapshot 5, timestamp 5\nnot published: targets version 3 has 0" in run.stderr
    new = client.read(*names)
    assert {name for name in names if new[name] != old[name]} == {NAMES[1]}
    (scene.place / "targets.pem").rename(scene.keys / "targets.pem")
    run = scene.run("sign", "publish", "mirror", "--keys", "keys")
    run.shows(stderr="published: releases 4, snapshot 6, targets 3, timestamp 6\n")
    assert client.read(*names) == {name: (scene.mirror / "targets" / name).read_bytes() for name in names}


def test_a_key_that_others_can_read_signs_nothing(scene: Scene) -> None:
    was = left_in(scene.mirror, without=(".pyv",))
    (scene.keys / "timestamp.pem").chmod(0o640)
    run = scene.run("sign", "timestamp", "mirror", "--keys", "keys")
    run.fails(4, "timestamp.pem is open to other users (mode 640)")
    assert left_in(scene.mirror, without=(".pyv",)) == was
    scene.run("revoke", "keys", "--keys", "keys", "--reason", "a hole", "--version", "3.12.2").fails(7, "not a mirror")
