"""Ceremonies under way: what waits for somebody's signature breaks nothing, holds up nothing, and is not lost."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from pyv.domain.revocation import Revocation
from pyv.errors import StoreError
from pyv.mirror.build import extend_index
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.publisher import publish
from pyv.mirror.revoke import revoke
from pyv.mirror.rotate import Change, rotate
from tests.mirror.facts import fact
from tests.mirror.stock import NAMES, Stock, working_copies
from tests.support.repository import DAYS
from tests.support.runner import Machine, Run


class Scene:
    """A mirror of one record with one key a role, an operator at hand, and somebody with other keys elsewhere."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.machine = Machine.fresh(place)
        self.mirror, self.keys = Mirror(self.machine.cwd / "mirror"), KeyDirectory(path=self.machine.cwd / "keys")
        self.elsewhere = KeyDirectory(path=place / "elsewhere")
        self.run("init", "mirror", "--keys", "keys", "--no-passphrase").ok()
        extend_index([fact("3.12.1")], self.keys, self.mirror.path, time.time())
        self.client = Stock(self.mirror.path, place / "client")
        self.client.read(*NAMES)

    def run(self, *words: str | Path, **variables: Any) -> Run:
        return self.machine.pyv("mirror", *words, **variables)

    def readable(self) -> None:
        """A client of before and a newcomer read what the operator means to publish."""
        newcomer = self.place / "newcomer"
        shutil.rmtree(newcomer, ignore_errors=True)
        for client in (self.client, Stock(self.mirror.path, newcomer)):
            assert client.read(*NAMES) == working_copies(self.mirror.path)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def holder(scene: Scene, role: str) -> str:
    return scene.keys.publics(role)[0].keyid


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "releases", "revocations"])
def test_a_role_whose_new_key_is_elsewhere(scene: Scene, role: str) -> None:
    """The new delegation waits with its signatures until that key signed; until then the old one serves, and works."""
    scene.elsewhere.create(role)
    new, old = scene.elsewhere.path / f"{role}.pub", holder(scene, role)
    run = scene.run("rotate", role, "mirror", "--keys", "keys", "--add", new, "--remove", old).ok()
    assert "not published: " in run.stderr
    scene.readable()
    hole = Revocation(action="block", version="3.12.1", reason="a hole", date="2026-11-23")
    done = revoke(scene.mirror, hole, scene.keys, time.time())
    if role != "revocations":
        assert "revocations" in done.published.changed
    scene.readable()
    run = scene.run("sign", "timestamp", "mirror", "--keys", "keys").ok()
    scene.readable()

    shutil.copy(scene.elsewhere.path / f"{role}.pem", scene.keys.path / f"{role}-2.pem")
    shutil.copy(new, scene.keys.path / f"{role}-2.pub")
    published = publish(scene.mirror, scene.keys, time.time())
    delegator = "targets" if role in {"releases", "revocations"} else "root"
    assert (delegator in published.changed, published.waiting) == (True, ())
    scene.readable()
    assert scene.client.versions()[delegator] == 2
    assert publish(scene.mirror, scene.keys, time.time()).changed == {}


def test_two_rotations_that_wait_are_both_kept(scene: Scene) -> None:
    (scene.keys.path / "root.pem").rename(scene.place / "root.pem")
    before = {role: holder(scene, role) for role in ("timestamp", "snapshot")}
    for role in before:
        assert (
            "not published: root version 2"
            in scene.run("rotate", role, "mirror", "--keys", "keys", "--no-passphrase").ok().stderr
        )
    scene.readable()
    (scene.place / "root.pem").rename(scene.keys.path / "root.pem")
    scene.run("sign", "publish", "mirror", "--keys", "keys").ok()
    root = json.loads((scene.mirror.metadata / "2.root.json").read_bytes())["signed"]
    assert all(before[role] not in root["roles"][role]["keyids"] for role in before)
    scene.readable()


def test_a_draft_that_was_published_is_not_published_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop between the last write and the clearing up must not let one version mean two things."""
    (scene.keys.path / "targets.pem").rename(scene.place / "targets.pem")
    rotate(scene.mirror, "releases", Change(), scene.keys, time.time())
    assert (scene.mirror.drafts / "targets.json").exists()
    (scene.place / "targets.pem").rename(scene.keys.path / "targets.pem")

    def full(*_: object) -> None:
        raise StoreError("no space", hint="none")

    with monkeypatch.context() as patch:
        patch.setattr("pyv.mirror.publisher.prune", full)
        with pytest.raises(StoreError):
            publish(scene.mirror, scene.keys, time.time())
    scene.readable()
    assert scene.client.versions()["targets"] == 2
    rotate(scene.mirror, "artifact", Change(), scene.keys, time.time())
    scene.readable()
    assert scene.client.versions()["targets"] == 3


def test_a_tampered_signature_undoes_none(scene: Scene) -> None:
    """The carried file comes back with somebody's good signature replaced by a bad one."""
    (scene.keys.path / "root.pem").rename(scene.place / "root.pem")
    rotate(scene.mirror, "timestamp", Change(), scene.keys, time.time())
    file = scene.machine.cwd / "root.json"
    scene.run("sign", "export", "mirror", "root", "-o", file).ok()
    scene.elsewhere.path.mkdir(mode=0o700)
    (scene.place / "root.pem").rename(scene.elsewhere.path / "root.pem")
    scene.run("sign", "add", file, "--keys", scene.elsewhere.path).ok()
    scene.run("sign", "add", file, "--mirror", "mirror").ok()
    told = json.loads(file.read_text())
    told["signatures"][0]["sig"] = "00" * 64
    file.write_text(json.dumps(told))
    scene.run("sign", "add", file, "--mirror", "mirror")
    assert "published: " in scene.run("sign", "publish", "mirror", "--keys", "keys").ok().stderr
    again = scene.run("sign", "add", file, "--keys", scene.elsewhere.path).ok()
    assert "signature by" in again.stderr, "a bad one stands in nobody's way"
    scene.readable()


def test_a_wrong_passphrase_leaves_no_key(scene: Scene) -> None:
    scene.run("rotate", "snapshot", "mirror", "--keys", "keys", PYV_KEY_PASSPHRASE="right").ok()
    names = scene.keys.names("snapshot")
    assert names == ["snapshot", "snapshot-2"]
    for variables in ({"PYV_KEY_PASSPHRASE": "wrong"}, {}):
        run = scene.run("rotate", "snapshot", "mirror", "--keys", "keys", **variables)
        run.fails(run.status, "hint: ")
        assert run.status in {2, 4}
        assert scene.keys.names("snapshot") == names
    scene.run("sign", "publish", "mirror", "--keys", "keys", PYV_KEY_PASSPHRASE="right").ok()
    scene.readable()


@pytest.mark.parametrize("named", [True, False])
def test_an_old_key_in_the_directory_signs_no_more(scene: Scene, named: bool) -> None:
    old = holder(scene, "timestamp")
    rotate(scene.mirror, "timestamp", Change(), scene.keys, time.time())
    if not named:
        (scene.keys.path / "timestamp.pub").unlink()
    scene.run("sign", "timestamp", "mirror", "--keys", "keys").ok()
    metadata = json.loads((scene.mirror.metadata / "timestamp.json").read_bytes())
    assert [each["keyid"] for each in metadata["signatures"]] != [old]
    assert len(metadata["signatures"]) == 1


def test_a_role_of_several_keys_is_issued_again_itself(scene: Scene) -> None:
    """The yearly ceremony: `rotate targets` renews the targets, and no root."""
    rotate(scene.mirror, "targets", Change(add=(_another(scene, "targets"),)), scene.keys, time.time())
    year = time.time() + 200 * 86400
    done = rotate(scene.mirror, "targets", Change(), scene.keys, year)
    assert "targets" in done.published.changed
    assert "root" not in done.published.changed
    newest = max(scene.mirror.metadata.glob("*.targets.json"), key=lambda path: int(path.name.partition(".")[0]))
    expires = json.loads(newest.read_bytes())["signed"]["expires"]
    assert expires[:10] == time.strftime("%Y-%m-%d", time.gmtime(year + DAYS["targets"] * 86400))


def test_an_artifact_key_that_waits_is_taken_again(scene: Scene) -> None:
    (scene.keys.path / "targets.pem").rename(scene.place / "targets.pem")
    for _ in range(2):
        rotate(scene.mirror, "artifact", Change(), scene.keys, time.time())
    assert scene.keys.names("artifact") == ["artifact", "artifact-2"]
    (scene.place / "targets.pem").rename(scene.keys.path / "targets.pem")
    publish(scene.mirror, scene.keys, time.time())
    scene.readable()
    rotate(scene.mirror, "artifact", Change(), scene.keys, time.time())
    assert scene.keys.names("artifact") == ["artifact", "artifact-2", "artifact-3"]


def _another(scene: Scene, role: str) -> Path:
    scene.keys.create(f"{role}-9")
    return scene.keys.path / f"{role}-9.pub"


def test_a_rotation_that_waits_is_not_undone_by_another(scene: Scene) -> None:
    """What one draft changes is in force in the end, whatever was published in between."""
    scene.elsewhere.create("targets")
    new, old = scene.elsewhere.path / "targets.pub", holder(scene, "targets")
    before = holder(scene, "releases")
    scene.run("rotate", "targets", "mirror", "--keys", "keys", "--add", new, "--remove", old).ok()
    rotate(scene.mirror, "releases", Change(), scene.keys, time.time())
    rotate(scene.mirror, "artifact", Change(), scene.keys, time.time())
    scene.client.read(*NAMES)
    shutil.copy(scene.elsewhere.path / "targets.pem", scene.keys.path / "targets-2.pem")
    shutil.copy(new, scene.keys.path / "targets-2.pub")
    publish(scene.mirror, scene.keys, time.time())
    scene.readable()
    newest = max(scene.mirror.metadata.glob("*.targets.json"), key=lambda path: int(path.name.partition(".")[0]))
    delegations = json.loads(newest.read_bytes())["signed"]["delegations"]["roles"]
    assert before not in next(each["keyids"] for each in delegations if each["name"] == "releases")


@pytest.mark.parametrize("gone", ["timestamp.json", "1.root.json"])
def test_a_line_never_begins_twice(scene: Scene, gone: str) -> None:
    rotate(scene.mirror, "snapshot", Change(), scene.keys, time.time())
    (scene.mirror.metadata / gone).unlink()
    (scene.mirror.metadata / "2.root.json").unlink() if "root" in gone else None
    was = {path.name: path.read_bytes() for path in scene.mirror.metadata.iterdir()}
    scene.run("sign", "publish", "mirror", "--keys", "keys").fails(7, gone, "restore", "hint: ")
    assert {path.name: path.read_bytes() for path in scene.mirror.metadata.iterdir()} == was


@pytest.mark.parametrize("role", ["targets", "releases", "snapshot"])
def test_nothing_is_built_on_what_was_changed_since_it_was_signed(scene: Scene, role: str) -> None:
    path = max(scene.mirror.metadata.glob(f"*.{role}.json"), key=lambda path: int(path.name.partition(".")[0]))
    path.write_bytes(path.read_bytes().replace(b'"spec_version"', b'"x":1,"spec_version"'))
    run = scene.run("rotate", "timestamp", "mirror", "--keys", "keys", "--no-passphrase")
    run.fails(7, role, "was changed after it was signed", "hint: ")


@pytest.mark.parametrize("kind", ["no manifest", "another version", "no revocations"])
def test_working_copies_nobody_could_use_are_not_signed(scene: Scene, kind: str) -> None:
    manifest = next(scene.mirror.manifests.glob("[!0-9a-f]*.json"), None) or next(
        path for path in scene.mirror.manifests.glob("*.json") if "." not in path.stem
    )
    if kind == "no manifest":
        manifest.write_text("{")
    elif kind == "another version":
        manifest.write_text(manifest.read_text().replace("3.12.1", "3.12.9"))
    else:
        scene.mirror.revocation_list.write_text('{"entries":[{"foo":1}],"format":1}\n')
    was = (scene.mirror.metadata / "timestamp.json").read_bytes()
    run = scene.run("sign", "publish", "mirror", "--keys", "keys")
    run.fails(run.status, "pyv: ")
    assert run.status in {4, 8}
    assert (scene.mirror.metadata / "timestamp.json").read_bytes() == was


def test_a_public_half_alone_is_no_place_for_a_new_key(scene: Scene) -> None:
    (scene.keys.path / "artifact.pem").unlink()
    scene.run("keygen", "artifact", "--keys", "keys", "--no-passphrase").fails(7, "artifact.pub is already there")
    assert not (scene.keys.path / "artifact.pem").exists()
    scene.run("rotate", "artifact", "mirror", "--keys", "keys", "--no-passphrase").ok()
    assert scene.keys.names("artifact") == ["artifact-2"]


def test_a_revocation_that_did_not_go_out_is_no_success(scene: Scene) -> None:
    (scene.keys.path / "revocations.pem").rename(scene.place / "revocations.pem")
    words = ("revoke", "mirror", "--keys", "keys", "--version", "3.12.1", "--reason", "a hole")
    scene.run(*words).fails(4, "not published: revocations")
