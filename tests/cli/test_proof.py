"""`pyv proof` from outside: what it writes is what `pyv install --proof` takes, and any DSSE verifier."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pyv.domain.artifact import Artifact
from pyv.trust.proof import dump_proof
from tests.install.scene import fetch, index_of, left_in, publish
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine


@pytest.fixture
def index() -> SignedIndex:
    return index_of("3.12.1", "3.12.2")


@pytest.fixture
def mirror(index: SignedIndex, machine: Machine, tmp_path: Path) -> Path:
    return publish(index, tmp_path / "mirror", machine)


def archive_of(machine: Machine, index: SignedIndex, artifact: Artifact) -> Path:
    path = machine.cwd / artifact.file_name
    path.write_bytes(index.blobs[artifact.sha256])
    return path


def test_installed(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """Its own record, from its receipt; the index it came from says by whose key."""
    machine.pyv("install", "3.12.1", "--index", mirror).ok()
    expected = dump_proof(index.artifacts[0])
    for word in ("3.12.1", "3.12", "python-3.12.1"):
        machine.pyv("proof", word).shows(expected)


def test_offered(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    machine.pyv("proof", "3.12", "--index", mirror).shows(dump_proof(index.artifacts[1]))
    machine.pyv("proof", "3.12.1+20260814", "--index", mirror).shows(dump_proof(index.artifacts[0]))
    machine.pyv("install", "3.12.1", "--index", mirror).ok()
    machine.pyv("proof", "3.12", "--index", mirror).shows(dump_proof(index.artifacts[1]))


def test_bare_cryptography_verifies_it(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """The pre-authentication encoding, spelled out: nothing of pyv's is needed to check a proof."""
    envelope = machine.pyv("proof", "3.12.2", "--index", mirror).ok().json
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"]
    signed = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == index.key.public_key.keyid
    public = Ed25519PublicKey.from_public_bytes(index.key.public_key.public)
    public.verify(base64.b64decode(signature["sig"], validate=True), signed)
    assert json.loads(payload)["h"] == index.artifacts[1].sha256


def test_archive_and_back(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """Proven here, installed without the index: by the file beside it, and by --proof."""
    artifact = index.artifacts[1]
    archive = archive_of(machine, index, artifact)
    machine.pyv("install", archive).fails(4, "nothing vouches for")
    written = machine.cwd / f"{archive.name}.proof"
    for _ in range(2):  # the same proof may stand there already
        machine.pyv("proof", f"./{archive.name}", "--index", mirror, "--output", f"{archive.name}.proof").shows(
            stderr=f"{artifact.name}: proof written to {written}\n"
        )
    assert written.read_text() == dump_proof(artifact)
    machine.pyv("install", archive.name).ok()
    written.rename(machine.cwd / "elsewhere")
    machine.pyv("install", "--force", archive.name, "--proof", "elsewhere").ok()
    machine.shim("python", "-V", PYV_VERSION="3.12.2").shows("Python 3.12.2\n")


def test_archive_under_another_name(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    archive_of(machine, index, index.artifacts[0]).rename(machine.cwd / "mine")
    machine.pyv("proof", "./mine", "--index", mirror).shows(dump_proof(index.artifacts[0]))


def test_json(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    artifact = index.artifacts[1]
    told = {
        "schema": 1,
        "artifact": artifact.name,
        "sha256": artifact.sha256,
        "keyid": artifact.keyid,
        "path": None,
        "proof": json.loads(dump_proof(artifact)),
    }
    run = machine.pyv("proof", "3.12", "--index", mirror, "--json").ok()
    assert run.json == told
    run = machine.pyv("proof", "3.12", "--index", mirror, "--json", "-o", "p").ok()
    assert run.json == {**told, "path": str(machine.cwd / "p")}
    assert (machine.cwd / "p").read_text() == dump_proof(artifact)


def test_a_file_in_the_way(machine: Machine, mirror: Path) -> None:
    (machine.cwd / "notes").write_text("mine")
    machine.pyv("proof", "3.12", "--index", mirror, "--output", "notes").shows(
        stderr=f"pyv: {machine.cwd}/notes exists, and is another file\nhint: remove it, or name another path\n",
        status=7,
    )
    assert (machine.cwd / "notes").read_text() == "mine"


def test_installed_by_digest_alone(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    archive = archive_of(machine, index, index.artifacts[1])
    machine.pyv("install", archive, "--sha256", index.artifacts[1].sha256).ok()
    machine.pyv("proof", "3.12.2").shows(
        stderr="pyv: 3.12.2 was installed by its digest alone: there is no signed record of it\n"
        "hint: name the index that has one with --index, or install it from an index\n",
        status=4,
    )
    machine.pyv("proof", "3.12.2", "--index", mirror).shows(dump_proof(index.artifacts[1]))


def test_receipt_that_was_altered(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """A receipt is no authority: the signature in it is checked again."""
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    path = machine.root / "store" / f"{(machine.root / 'versions/3.12.2').resolve().name}.json"
    told = json.loads(path.read_text())
    told["artifact"]["h"] = "0" * 64
    path.write_text(json.dumps(told))
    run = machine.pyv("proof", "3.12.2", "--output", "p")
    run.fails(4, f"the record of {index.artifacts[1].name} was altered after it was signed")
    assert left_in(machine.cwd) == {}
    path.write_bytes(b"\xff")
    machine.pyv("proof", "3.12.2").fails(
        8, f"pyv: {path}: not the JSON expected here", "hint: pyv install --force 3.12.2"
    )


def test_altered_record_of_an_index(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """Published by whoever holds the role's key: the signature over the record itself is not theirs to make."""
    artifact = index.artifacts[1]
    index.artifacts[1] = replace(artifact, size=artifact.size and artifact.size + 1)
    fetch(machine, index.write(mirror))
    machine.pyv("proof", "3.12.2", "--index", mirror).fails(4, "was altered after it was signed")


@pytest.mark.parametrize(
    ("word", "status", "message"),
    [
        ("gone.tar.gz", 2, "there is no archive "),
        ("./gone", 2, "there is no archive "),
        ("other.tar.gz", 3, " index has no record of "),
        ("3.99", 3, "no build of `3.99`"),
        ("x y", 2, "`x y` is not a version request"),
    ],
)
def test_nothing_to_prove(machine: Machine, mirror: Path, word: str, status: int, message: str) -> None:
    (machine.cwd / "other.tar.gz").write_bytes(tiny_archive("3.11.1"))
    run = machine.pyv("proof", word, "--index", mirror)
    run.fails(status, message)
    assert run.stdout == ""


def test_embedded(machine: Machine) -> None:
    """Without another index, the one pyv was published with."""
    envelope = machine.pyv("proof", "3.12.2+20240224").ok().json
    record = json.loads(base64.b64decode(envelope["payload"]))
    assert (record["v"], record["b"]) == ("3.12.2", "20240224")
