"""An attacker against an installation: what he can make of artifacts and records, with each key he may have stolen.

What he can do to the metadata of an index is in tests/trust/test_attacks.py.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.store.paths import Root
from pyv.trust.keys import dump_key_list
from pyv.trust.signing import SigningKey
from tests.install.scene import HERE, blob_path, index_of, let_age, receipt_of, serve_index, trust
from tests.support.archives import tiny_archive
from tests.support.copied import published_with
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server


@pytest.fixture
def index() -> SignedIndex:
    return index_of("3.12.1", "3.12.2")


@pytest.fixture
def mirror(machine: Machine, index: SignedIndex, tmp_path: Path) -> Path:
    trust(machine, index)
    return index.write(tmp_path / "mirror")


def refused(machine: Machine, mirror: Path | str, status: int, *told: str, wanted: str = "3.12.2") -> None:
    """It is refused with these words, and nothing of it runs or is linked."""
    machine.pyv("install", wanted, "--index", mirror).fails(status, *told, "hint: ")
    root = Root(machine.root)
    assert not root.versions.exists() or not list(root.versions.iterdir())
    assert not root.store.exists() or not list(root.store.iterdir())


def test_a_wrong_artifact_under_a_right_name(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """A genuine older archive where the new one was asked for."""
    old, new = index.artifacts
    (mirror / "blobs/sha256" / new.sha256).write_bytes(index.blobs[old.sha256])
    refused(machine, mirror, 4, new.name)


def test_a_genuine_record_under_another_version(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """The thief of the online keys calls an old build by a new name: the name is signed with the bytes."""
    old, new = index.artifacts
    forged = replace(old, version="3.12.2", signature=old.signature)
    index.artifacts[1] = forged
    index.write(mirror)
    assert new.sha256 != forged.sha256
    refused(machine, mirror, 4, "was altered after it was signed")


@pytest.mark.parametrize("change", ["sha256", "size", "triple", "options", "flavor", "build"])
def test_a_record_that_was_altered(machine: Machine, index: SignedIndex, mirror: Path, change: str) -> None:
    own = tiny_archive("3.12.2", extra={"lib/door": b"open"})
    record = index.artifacts[1]
    values: dict[str, object] = {
        "sha256": hashlib.sha256(own).hexdigest(),
        "size": len(own),
        "triple": HERE,
        "options": "freethreaded",
        "flavor": "install_only",
        "build": "20260901",
    }
    index.artifacts = [replace(record, **{change: values[change]})] if change != "triple" else [record]  # type: ignore[arg-type]
    index.blobs[str(values["sha256"])] = own
    if change == "triple":
        other = "x86_64-unknown-linux-musl" if HERE.endswith("gnu") else "x86_64-unknown-linux-gnu"
        index.artifacts = [index.key.sign_record(replace(record, triple=other))]
        index.artifacts = [replace(index.artifacts[0], triple=HERE)]
    index.write(mirror)
    wanted = "3.12.2t" if change == "options" else "3.12.2"
    refused(machine, mirror, 4, "was altered after it was signed", wanted=wanted)


def thief_of(index: SignedIndex, *, artifact_key: SigningKey | None = None) -> SignedIndex:
    """Who holds every online key of an index, and an artifact key of his own or theirs."""
    thief = SignedIndex(repository=index.repository)
    thief.key = artifact_key or thief.key
    return thief


def test_online_keys_can_hide(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """What the index no longer lists is not found; nothing else comes in its place."""
    thief = thief_of(index)
    thief.artifacts = index.artifacts[:1]
    thief.write(mirror, key_list=dump_key_list(index.keys))
    refused(machine, mirror, 3, "no build of `3.12.2`")
    machine.pyv("install", "3.12", "--index", mirror).ok()
    assert receipt_of(machine, "3.12.1").artifact == index.artifacts[0]


def test_online_keys_cannot_add(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    thief = thief_of(index)
    index_of("3.12.3", index=thief)
    thief.write(mirror, key_list=dump_key_list(index.keys))
    refused(machine, mirror, 4, "which this index does not name", wanted="3.12.3")


def test_online_keys_cannot_name_an_artifact_key(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """The list is a target of the role `targets`, which online keys do not sign."""
    thief = thief_of(index)
    thief.repository.signers["targets"] = thief.repository.signers["releases"]
    index_of("3.12.3", index=thief)
    thief.write(mirror)
    refused(machine, mirror, 4, "targets", wanted="3.12.3")


def test_an_artifact_key_alone_is_nothing(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """His record is genuine, and no index lists it."""
    stolen = thief_of(index, artifact_key=index.key)
    stolen.repository = SignedIndex().repository
    index_of("3.12.3", index=stolen)
    stolen.write(mirror)
    machine.pyv("install", "3.12.3", "--index", mirror).fails(4, "is not trusted")


def test_artifact_and_online_keys_add_until_the_key_is_revoked(
    machine: Machine, index: SignedIndex, mirror: Path
) -> None:
    """The worst theft: SECURITY.md says so. Two people of `targets` end it, and `pyv verify` names what was installed."""
    thief = thief_of(index, artifact_key=index.key)
    index_of("3.12.3", index=thief)
    thief.write(mirror)
    machine.pyv("install", "3.12.3", "--index", mirror).ok()
    fresh = SigningKey.generate()
    told = [{**index.key.public_key.to_dict(), "revoked": True}, fresh.public_key.to_dict()]
    resigned = [fresh.sign_record(record) for record in index.artifacts]
    cured = replace(index, key=fresh, artifacts=resigned)
    cured.write(mirror, key_list=json.dumps({"format": 1, "keys": told}))
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    thief.write(mirror, key_list=json.dumps({"format": 1, "keys": told}))
    machine.pyv("install", "3.12.3", "--force", "--index", mirror).fails(4, "has been revoked")
    named = machine.pyv("verify", "3.12.3")
    assert named.status == 4, (named.stdout, named.stderr)
    assert "3.12.3" in named.stdout
    machine.shim("python", "-V", PYV_VERSION="3.12.3").shows("Python 3.12.3\n")


def test_the_embedded_index_is_the_floor_of_its_own_line(machine: Machine, tmp_path: Path) -> None:
    """A fresh machine is not shown what was before this pyv: nothing was ever fetched on it."""
    index = index_of("3.12.1")
    old = index.write(tmp_path / "old")
    shutil.copytree(old, tmp_path / "kept")
    index_of("3.12.2", index=index)
    user = published_with(machine, index.write(tmp_path / "new"), tmp_path / "copy")
    user.pyv("index", "refresh", "--index", tmp_path / "kept").fails(4, "timestamp", "other versions than it must")
    refused(user, tmp_path / "kept", 4, "other versions than it must", wanted="3.12.1")
    user.pyv("install", "3.12.2", "--index", tmp_path / "new").ok()


@pytest.mark.parametrize("what", ["state.json", "metadata/root.json", "metadata/timestamp.json", "targets", "places"])
def test_what_is_kept_of_an_index_and_was_tampered_with(
    machine: Machine, index: SignedIndex, mirror: Path, server: Server, what: str
) -> None:
    """By another process of the same person, or a disk that rots: refused or fetched anew, never believed."""
    address = serve_index(server, mirror)
    machine.pyv("index", "refresh", "--index", address).ok()
    (place,) = Root(machine.root).index.iterdir()
    own = SignedIndex()
    own.add("3.12.2", tiny_archive("3.12.2", extra={"lib/door": b"open"}), triple=HERE)
    if what == "targets":
        for path in (place / what).iterdir():
            if b"3.12.2" in path.read_bytes():
                path.write_text(own.manifests[HERE])
            elif index.key.public_key.keyid.encode() in path.read_bytes():
                path.write_text(dump_key_list(own.keys))
        server.put(blob_path(own.artifacts[0]), own.blobs[own.artifacts[0].sha256])
    else:
        (place / what).write_bytes(b"\xff" + (place / what).read_bytes())
    let_age(machine) if what not in {"state.json", "targets"} else None
    run = machine.pyv("install", "3.12.2", "--index", address)
    assert "Traceback" not in run.stderr
    if run.status == 0:
        assert receipt_of(machine, "3.12.2").artifact == index.artifacts[1]
    else:
        run.fails(run.status, "hint: ")
        assert run.status in {4, 8}


def test_bytes_that_change_between_two_looks(
    machine: Machine, server: Server, index: SignedIndex, mirror: Path
) -> None:
    """The server answers the first request with one archive and its retries with another."""
    address = serve_index(server, mirror)
    record = index.artifacts[1]
    good = index.blobs[record.sha256]
    half = len(good) // 2
    bad = good[:half] + bytes(255 - byte for byte in good[half:])
    server.put(blob_path(record), bad, etag=None, first=[{"body": good, "drop_after": half}])
    refused(machine, address, 4, "3.12.2")
