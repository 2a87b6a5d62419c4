"""`pyv mirror sign`: an operator without the keys of root and targets, and three people of whom two have to sign."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pyv.errors import StoreError
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.resign import resign_timestamp
from pyv.mirror.rotate import Change, rotate
from pyv.mirror.signatures import export_draft, sign_file
from tests.install.scene import left_in
from tests.mirror.stock import DAY, NAMES, Stock, document, working_copies
from tests.support.runner import Machine, Run

PEOPLE = {"anna": ["--ecdsa"], "ben": [], "cem": []}  # their keys are encrypted with their names


@dataclass(frozen=True)
class Ceremony:
    """Machines without a way to each other, and the files that are carried between them."""

    place: Path

    @property
    def mirror(self) -> Path:
        return self.place / "operator" / "work" / "mirror"

    def machine(self, who: str) -> Machine:
        return Machine(self.place / who / "home", self.place / who / "home/.pyv", self.place / who / "work")

    def run(self, *words: str | Path) -> Run:
        return self.machine("operator").pyv("mirror", *words)

    def publish(self) -> Run:
        """Publish what can be; status 4 where nothing could be, and something waits."""
        run = self.run("sign", "publish", "mirror", "--keys", "keys")
        assert run.status == (4 if "not published" in run.stderr and "\npublished" not in f"\n{run.stderr}" else 0), run
        return run

    def keys(self, who: str = "operator") -> KeyDirectory:
        return KeyDirectory(path=self.machine(who).cwd / "keys", passphrase=lambda _: who.encode())

    def exported(self, role: str, name: str = "") -> Path:
        """A draft on a stick."""
        path = self.place / f"{name or role}.json"
        export_draft(Mirror(self.mirror), role, path)
        return path

    def add(self, who: str, file: Path, *words: str) -> Run:
        """What somebody does who was handed the stick."""
        return self.machine(who).pyv("mirror", "sign", "add", file, "--keys", "keys", *words, PYV_KEY_PASSPHRASE=who)

    def signed(self, file: Path, *people: str) -> Path:
        """The same, done by several of them, without a process for each."""
        for who in people:
            sign_file(file, document(file)["_type"], self.keys(who))
        return file

    def taken(self, file: Path) -> Run:
        return self.run("sign", "add", file, "--mirror", "mirror")

    def reissued(self) -> Path:
        """The yearly ceremony of the root: the same keys, a new version, which waits; exported."""
        rotate(Mirror(self.mirror), "root", Change(), self.keys(), time.time())
        return self.exported("root")


def keyid(ceremony: Ceremony, who: str) -> str:
    return ceremony.keys(who).publics("root")[0].keyid


def edited(file: Path, name: str, **changes: object) -> Path:
    """A carried file that somebody else has had in hand."""
    path = file.with_name(f"{name}.json")
    path.write_text(json.dumps({**json.loads(file.read_bytes()), **changes}))
    return path


def signatures(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_bytes())["signatures"]
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody's keys, and the mirror they made together."""
    ceremony = Ceremony(tmp_path_factory.mktemp("ceremony"))
    for who in ("operator", *PEOPLE):
        (ceremony.place / who).mkdir()
        Machine.fresh(ceremony.place / who)
    ceremony.keys().path.mkdir(mode=0o700)
    for who, options in PEOPLE.items():
        for role in ("root", "targets"):
            words = ["mirror", "keygen", f"{role}-{who}", "--keys", "keys", *options]
            ceremony.machine(who).pyv(*words, PYV_KEY_PASSPHRASE=who).ok()
            shutil.copy(ceremony.machine(who).cwd / f"keys/{role}-{who}.pub", ceremony.keys().path)
    told = [ceremony.run("init", "mirror", "--keys", "keys", "--no-passphrase").ok().stderr]
    for role in ("root", "targets"):
        file = ceremony.place / f"first-{role}.json"
        ceremony.run("sign", "export", "mirror", role, "-o", file).ok()
        told += [ceremony.add(who, file).ok().stderr for who in ("anna", "ben")]
        ceremony.taken(file).ok()
        told.append(ceremony.publish().stderr)
    (ceremony.place / "told").write_text("".join(told))
    return ceremony.place


@pytest.fixture
def ceremony(template: Path, tmp_path: Path) -> Ceremony:
    return Ceremony(Path(shutil.copytree(template, tmp_path / "ceremony")))


def test_two_of_three_make_a_mirror(ceremony: Ceremony) -> None:
    told = re.sub(r"[0-9a-f]{16,}", "ID", (ceremony.place / "told").read_text()).splitlines()
    assert [line for line in told if "published" in line or "added" in line] == [
        "not published: root version 1 has 0 of the 2 signatures it needs; keys that can sign: ID, ID, ID",
        *["root version 1: signature by ID added"] * 2,
        "not published: targets version 1 has 0 of the 2 signatures it needs; keys that can sign: ID, ID, ID",
        *["targets version 1: signature by ID added"] * 2,
        "published: releases 1, revocations 1, root 1, snapshot 1, targets 1, timestamp 1",
    ]
    roles = document(ceremony.mirror / "metadata/1.root.json")["roles"]
    needed = {role: (each["threshold"], len(each["keyids"])) for role, each in roles.items()}
    assert needed == {"root": (2, 3), "targets": (2, 3), "snapshot": (1, 1), "timestamp": (1, 1)}
    assert Stock(ceremony.mirror, ceremony.place / "client").read(*NAMES) == working_copies(ceremony.mirror)


def test_one_signature_is_not_enough(ceremony: Ceremony) -> None:
    was = left_in(ceremony.mirror, without=(".pyv",))
    file, (anna, ben, cem) = ceremony.reissued(), [keyid(ceremony, who) for who in PEOPLE]
    ceremony.add("anna", file).shows(stderr=f"root version 2: signature by {anna} added\n")
    run = ceremony.taken(file).ok()
    assert f"added\n  1 of the 2 signatures it needs; keys that can sign: {ben[:16]}, {cem[:16]}\n" in run.stderr
    assert "not published: root version 2 has 1 of the 2 signatures it needs" in ceremony.publish().stderr
    run = ceremony.run("sign", "publish", "mirror", "--keys", "keys", "--json")
    run.fails(4, "not published")
    told = run.json
    wanted = {"role": "root", "version": 2, "threshold": 2, "signed": [anna], "missing": [ben, cem]}
    assert (told["published"], told["waiting"], told["root_version"]) == ({}, [wanted], 1)
    assert left_in(ceremony.mirror, without=(".pyv",)) == was


def test_a_signature_under_an_older_draft_is_refused(ceremony: Ceremony) -> None:
    ceremony.run("rotate", "artifact", "mirror", "--keys", "keys", "--no-passphrase").ok()
    file = ceremony.signed(ceremony.exported("targets"), "anna", "ben")
    ceremony.run("rotate", "releases", "mirror", "--keys", "keys", "--no-passphrase").ok()
    ceremony.taken(file).fails(4, "targets.json is not a draft that waits in", "export the draft again")
    assert "targets version 2 has 0 of the 2 signatures" in ceremony.publish().stderr


def test_two_signatures_on_two_sticks(ceremony: Ceremony) -> None:
    client, file = Stock(ceremony.mirror, ceremony.place / "client"), ceremony.reissued()
    client.read()
    for who in ("cem", "anna"):
        copy = Path(shutil.copy(file, file.with_name(f"{who}.json")))
        ceremony.taken(ceremony.signed(copy, who)).ok()
    assert ceremony.publish().stderr == "published: root 2\n"
    client.read()
    assert client.versions()["root"] == 2


def test_one_person_counts_once(ceremony: Ceremony) -> None:
    file = ceremony.signed(ceremony.reissued(), "anna", "anna")
    assert [each["keyid"] for each in signatures(file)] == [keyid(ceremony, "anna")]
    ceremony.taken(file).ok()
    assert ": nothing new\n  1 of the 2 signatures it needs" in ceremony.taken(file).ok().stderr
    again = ceremony.signed(edited(file, "again", signatures=[]), "anna")
    assert signatures(again)[0]["sig"] != signatures(file)[0]["sig"], "ECDSA never signs twice alike"
    assert "  1 of the 2 signatures it needs" in ceremony.taken(again).ok().stderr
    assert "has 1 of the 2 signatures" in ceremony.publish().stderr


def test_a_signature_of_a_stranger_is_not_counted(ceremony: Ceremony) -> None:
    stranger = ceremony.machine("anna")
    stranger.pyv("mirror", "keygen", "root-eve", "--keys", "eve", "--no-passphrase").ok()
    file = ceremony.reissued()
    stranger.pyv("mirror", "sign", "add", file, "--keys", "eve").ok()
    ceremony.taken(file).fails(4, "none of the new signatures in", "is by a key of root", keyid(ceremony, "ben"))
    assert signatures(ceremony.exported("root", "as-it-was")) == []
    ceremony.taken(ceremony.signed(file, "cem")).ok()
    assert "has 1 of the 2 signatures" in ceremony.publish().stderr


def test_keys_of_another_role_do_not_count(ceremony: Ceremony) -> None:
    file = ceremony.reissued()
    ceremony.add("anna", file, "--role", "targets").fails(2, "the file is root metadata, not targets's")
    assert signatures(file) == []
    ceremony.run("rotate", "releases", "mirror", "--keys", "keys", "--no-passphrase").ok()
    file = ceremony.exported("targets", "new-releases")
    ceremony.run("sign", "add", file, "--keys", "keys", "--role", "releases").ok()
    ceremony.taken(file).fails(4, "is by a key of targets, or none is genuine")


@pytest.mark.parametrize("how", ["content", "signature", "another's"])
def test_a_file_that_was_tampered_with_is_refused(ceremony: Ceremony, how: str) -> None:
    file = ceremony.signed(ceremony.reissued(), "anna")
    (good,) = signatures(file)
    changes: dict[str, dict[str, object]] = {
        "content": {"signed": {**document(file), "expires": "2099-01-01T00:00:00Z"}},
        "signature": {
            "signatures": [{**good, "sig": good["sig"][:-2] + ("01" if good["sig"].endswith("00") else "00")}]
        },
        "another's": {"signatures": [{**good, "keyid": keyid(ceremony, "ben")}]},
    }
    other = edited(file, "other", **changes[how])
    ceremony.taken(other).fails(4, "is not a draft that" if how == "content" else "none of the new signatures")
    assert "has 0 of the 2 signatures" in ceremony.publish().stderr


def test_the_timestamp_alone(ceremony: Ceremony) -> None:
    client, was = Stock(ceremony.mirror, ceremony.place / "client"), left_in(ceremony.mirror, without=(".pyv",))
    client.read()
    before = document(ceremony.mirror / "metadata/timestamp.json")
    for path in ceremony.keys().path.iterdir():
        if path.stem != "timestamp":
            path.unlink()
    ceremony.run("sign", "timestamp", "mirror", "--keys", "keys").shows(stderr="published: timestamp 2\n")
    now = left_in(ceremony.mirror, without=(".pyv",))
    assert [name for name in {**was, **now} if now.get(name) != was.get(name)] == ["metadata/timestamp.json"]
    after = document(ceremony.mirror / "metadata/timestamp.json")
    assert after == {**before, "version": 2, "expires": after["expires"]}
    client.read(*NAMES)
    assert client.versions()["timestamp"] == 2
    with pytest.raises(StoreError, match="the snapshot has expired"):
        resign_timestamp(Mirror(ceremony.mirror), ceremony.keys(), time.time() + 31 * DAY)


def test_what_cannot_be_exported(ceremony: Ceremony) -> None:
    words = ["sign", "export", "mirror"]
    ceremony.run(*words, "releases", "-o", "file.json").fails(2, "no draft of releases waits for signatures")
    ceremony.run(*words, "artifact", "-o", "file.json").fails(2, "`artifact` is no role")
    ceremony.reissued()
    file = ceremony.machine("operator").cwd / "file.json"
    file.write_text("mine")
    ceremony.run(*words, "root", "-o", "file.json").fails(2, "file.json exists, and is another file")
    assert file.read_text() == "mine"


def test_what_cannot_be_added(ceremony: Ceremony) -> None:
    file = ceremony.reissued()
    ceremony.run("sign", "add", file).fails(2, "say either --keys KEYDIR or --mirror DIR")
    ceremony.run("sign", "add", "none.json", "--mirror", "mirror").fails(2, "there is no file")
    ceremony.run("sign", "add", file, "--keys", "keys").fails(7, "no key of root in")
    ceremony.run("sign", "add", file, "--mirror", "keys").fails(7, "keys is not a mirror")
    other = edited(file, "other", signed={})
    ceremony.run("sign", "add", other, "--mirror", "mirror").fails(8, "other.json: not TUF metadata")
    assert signatures(file) == []
