"""What a publisher took back: refused where it is asked for, left alone where it runs, remembered for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.store.paths import Root
from tests.install.scene import HERE, fetch, index_of, receipt_of, trust
from tests.support.archives import tiny_archive
from tests.support.copied import published_with
from tests.support.index import SignedIndex
from tests.support.runner import Machine


def entry(action: str = "block", **about: str) -> Revocation:
    return Revocation(action=action, reason="a hole", date="2026-11-01", **about)


def matches(index: SignedIndex) -> dict[str, dict[str, str]]:
    """What an entry may be about, so that it hits 3.12.2."""
    record = index.artifacts[1]
    assert record.version == "3.12.2"
    return {
        "sha256": {"sha256": record.sha256},
        "build": {"build": str(record.build)},
        "version": {"version": "3.12.2"},
        "version here": {"version": "3.12.2", "triple": HERE},
        "key": {"keyid": record.keyid},
    }


@pytest.fixture
def index() -> SignedIndex:
    """3.12.1 of July and 3.12.2 of August."""
    made = SignedIndex()
    made.add("3.12.1", tiny_archive("3.12.1"), triple=HERE, build="20260714")
    made.add("3.12.2", tiny_archive("3.12.2"), triple=HERE)
    return made


@pytest.fixture
def mirror(machine: Machine, index: SignedIndex, tmp_path: Path) -> Path:
    trust(machine, index)
    return tmp_path / "mirror"


@pytest.mark.parametrize("by", ["sha256", "build", "version", "version here", "key"])
def test_blocked(machine: Machine, index: SignedIndex, mirror: Path, by: str) -> None:
    index.revocations = Revocations((entry(**matches(index)[by]),))
    index.write(mirror)
    run = machine.pyv("install", "3.12.2", "--index", mirror)
    run.fails(4, "3.12.2", "a hole", "2026-11-01", "hint: ")
    assert not (machine.root / "versions").exists()
    machine.pyv("install", "3.12.2", "--index", mirror, "--force").fails(4, "a hole")
    other = machine.pyv("install", "3.12", "--index", mirror)
    if by == "key":
        other.fails(4, "a hole")
    else:
        assert "passed over 3.12.2+20260814" in other.ok().stderr
        assert receipt_of(machine, "3.12.1").artifact.build == "20260714"


def test_blocked_elsewhere(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    index.revocations = Revocations((entry(version="3.12.2", triple="aarch64-apple-darwin"),))
    machine.pyv("install", "3.12", "--index", index.write(mirror)).ok()
    assert receipt_of(machine, "3.12.2").request == "3.12"


def test_blocked_says_what_to_take_in_its_place(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    block = Revocation(
        action="block", version="3.12.2", reason="a hole", date="2026-11-01", ref="CVE-2026-1", replaced_by="3.12.1"
    )
    index.revocations = Revocations((block,))
    run = machine.pyv("install", "3.12.2", "--index", index.write(mirror))
    run.fails(4, "CVE-2026-1", "hint: ", "3.12.1")


def test_yanked_is_chosen_by_nobody_and_given_to_who_names_it(
    machine: Machine, index: SignedIndex, mirror: Path
) -> None:
    index.revocations = Revocations((entry("yank", version="3.12.2"),))
    index.write(mirror)
    machine.pyv("install", "3.12", "--index", mirror).ok()
    assert receipt_of(machine, "3.12.1").request == "3.12"
    run = machine.pyv("install", "3.12.2", "--index", mirror).ok()
    assert "warning: " in run.stderr
    assert "a hole" in run.stderr


def test_what_is_installed_keeps_running_and_is_named(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    machine.pyv("install", "3.12.2", "--index", index.write(mirror)).ok()
    index.revocations = Revocations((entry(version="3.12.2"),))
    index.write(mirror)
    again = machine.pyv("install", "3.12.2", "--index", mirror).ok()
    assert "warning: " in again.stderr
    machine.shim("python", "-V", PYV_VERSION="3.12.2").shows("Python 3.12.2\n")
    run = machine.pyv("verify")
    assert (run.status, run.stdout) == (4, "blocked 3.12.2: a hole (2026-11-01)\n")
    assert "hint: " in run.stderr


def test_a_revocation_is_not_taken_back_by_leaving_it_out(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """A thief of the revocations key, or a mirror that curates, can add to what this machine knows and not subtract."""
    index.revocations = Revocations((entry(version="3.12.2"),))
    index.write(mirror)
    fetch(machine, mirror)
    index.revocations = Revocations()
    index.write(mirror)
    machine.pyv("install", "3.12.2", "--index", mirror).fails(4, "a hole")


def test_what_one_index_took_back_an_archive_cannot_bring(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """A local archive with a genuine proof, of a record that is revoked."""
    record = index.artifacts[1]
    archive = machine.cwd / f"{record.name}.tar.gz"
    archive.write_bytes(index.blobs[record.sha256])
    index.write(mirror)
    fetch(machine, mirror)
    machine.pyv("proof", "3.12.2", "--index", mirror, "--output", f"{archive}.proof").ok()
    index.revocations = Revocations((entry(sha256=record.sha256),))
    index.write(mirror)
    fetch(machine, mirror)
    machine.pyv("install", f"./{archive.name}").fails(4, "a hole")
    machine.pyv("install", f"./{archive.name}", "--sha256", record.sha256).fails(4, "a hole")


def test_an_organisation_hears_what_the_embedded_index_took_back(machine: Machine, tmp_path: Path) -> None:
    """A mirror that drops upstream's revocation does not bring the build back."""
    upstream, own = index_of("3.12.1", "3.12.2"), SignedIndex()
    upstream.revocations = Revocations((entry(sha256=upstream.artifacts[1].sha256),))
    user = published_with(machine, upstream.write(tmp_path / "upstream"), tmp_path / "copy")
    own.key, own.artifacts, own.blobs = upstream.key, upstream.artifacts, upstream.blobs
    trust(user, own)
    mirror = own.write(tmp_path / "mirror")
    user.pyv("install", "3.12.2", "--index", mirror).fails(4, "a hole")
    user.pyv("install", "3.12", "--index", mirror).ok()
    assert receipt_of(user, "3.12.1").name == "3.12.1"


@pytest.mark.parametrize("text", ["", "[]", '{"format":1}', '{"format":2,"entries":[]}', '{"format":1,"entries":[{}]}'])
def test_a_list_that_cannot_be_read_is_not_an_empty_one(
    machine: Machine, index: SignedIndex, mirror: Path, text: str
) -> None:
    index.write(mirror)
    index.repository.put("revocations/revocations.json", text.encode())
    index.repository.publish()
    index.repository.write(mirror)
    run = machine.pyv("install", "3.12", "--index", mirror)
    assert run.status in {4, 8}
    run.fails(run.status, "revocations", "hint: ")
    assert not (machine.root / "versions").exists()


def test_a_key_revoked_since_counts_for_the_embedded_index_too(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.1")
    tree = index.write(tmp_path / "old")
    user = published_with(machine, tree, tmp_path / "copy")
    told = {**index.key.public_key.to_dict(), "revoked": True}
    index.write(tmp_path / "new", key_list=json.dumps({"format": 1, "keys": [told]}))
    user.pyv("index", "refresh", "--index", tmp_path / "new").ok()
    user.pyv("install", "3.12.1", "--mirror", tree).fails(4, "the key that signed it was revoked", "hint: ")


@pytest.mark.parametrize("gone", ["revocations.json", "targets"])
def test_what_was_taken_back_is_not_forgotten_with_a_file(
    machine: Machine, index: SignedIndex, mirror: Path, gone: str
) -> None:
    index.revocations = Revocations((entry(version="3.12.2"),))
    index.write(mirror)
    fetch(machine, mirror)
    (place,) = Root(machine.root).index.iterdir()
    if gone == "targets":
        for path in (place / gone).iterdir():
            path.unlink()
    else:
        (place / gone).unlink()
    run = machine.pyv("install", "3.12.2", "--index", mirror)
    run.fails(4, "a hole" if gone != "targets" else "is incomplete", "hint: ")
