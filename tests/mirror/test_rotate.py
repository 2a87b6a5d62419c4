"""`pyv mirror rotate`: clients follow every change of keys, and believe the old ones no longer.

And keys that are away, encrypted or open to others.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Timestamp

from pyv.mirror.build import extend_index
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.publisher import publish
from tests.install.scene import HERE, left_in
from tests.mirror.facts import fact
from tests.mirror.stock import DAY, NAMES, Stock, document, working_copies
from tests.support.archives import tiny_archive
from tests.support.repository import DAYS, DELEGATED
from tests.support.runner import Machine, Run

FILE = f"cpython-3.12.2+20260814-{HERE}-install_only_stripped.tar.gz"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of one archive, and its keys."""
    machine = Machine.fresh(tmp_path_factory.mktemp("template"))
    machine.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase").ok()
    (machine.cwd / FILE).write_bytes(tiny_archive())
    machine.pyv("mirror", "add", "mirror", FILE, "--keys", "keys").ok()
    return machine.cwd


@pytest.fixture
def place(template: Path, machine: Machine) -> Path:
    """The same, to be changed; the machine works there."""
    return Path(shutil.copytree(template, machine.cwd, dirs_exist_ok=True))


@pytest.fixture
def client(place: Path) -> Stock:
    """Somebody who read the mirror before anything changed."""
    client = Stock(place / "mirror", place / "client")
    client.read(*NAMES)
    return client


def rotate(machine: Machine, role: str, *words: str | Path) -> Run:
    chosen = () if "--passphrase-file" in words else ("--no-passphrase",)
    return machine.pyv("mirror", "rotate", role, "mirror", "--keys", "keys", *chosen, *words)


def newest(mirror: Path, role: str) -> Path:
    """The file of a role's newest version."""
    numbers = [int(path.name.partition(".")[0]) for path in mirror.glob(f"metadata/*.{role}.json")]
    return mirror / "metadata" / (f"{max(numbers)}.{role}.json" if numbers else f"{role}.json")


def holders(mirror: Path, role: str) -> list[str]:
    """The ids of a role's keys."""
    if role in DELEGATED:
        delegated = document(newest(mirror, "targets"))["delegations"]["roles"]
        return list(next(each["keyids"] for each in delegated if each["name"] == role))
    return list(document(newest(mirror, "root"))["roles"][role]["keyids"])


def signer(place: Path, name: str) -> CryptoSigner:
    return CryptoSigner(load_pem_private_key((place / f"keys/{name}.pem").read_bytes(), None))


def sign_alone(path: Path, by: CryptoSigner) -> None:
    """Leave no signature on a file but this one."""
    metadata: Metadata[Any] = Metadata.from_file(str(path))
    metadata.sign(by)
    metadata.to_file(str(path))


@pytest.mark.parametrize("role", DAYS)
def test_a_client_follows_and_the_old_key_counts_no_longer(
    machine: Machine, place: Path, client: Stock, role: str
) -> None:
    mirror, (old,) = place / "mirror", holders(place / "mirror", role)
    run = rotate(machine, role).ok()
    (new,) = holders(mirror, role)
    assert new != old
    assert run.stderr.startswith(f"made the key {role}-2 in {place}/keys\n{role}: 1 key: {new}\npublished: ")
    assert client.read(*NAMES) == working_copies(mirror)
    assert Stock(mirror, place / "newcomer").read(*NAMES) == working_copies(mirror)
    delegator = "targets" if role in DELEGATED else "root"
    assert client.versions()[delegator] == 2
    shutil.rmtree(place / "newcomer")
    thief = signer(place, role)
    assert thief.public_key.keyid == old
    if role == "root":
        rotate(machine, "timestamp").ok()
    sign_alone(newest(mirror, role), thief)
    if role == "snapshot":  # the timestamp names it by digest: the thief of one key would have to have both
        content = newest(mirror, role).read_bytes()
        timestamp: Metadata[Timestamp] = Metadata.from_file(str(mirror / "metadata/timestamp.json"))
        meta = timestamp.signed.snapshot_meta
        meta.length, meta.hashes = len(content), {"sha256": hashlib.sha256(content).hexdigest()}
        timestamp.to_file(str(mirror / "metadata/timestamp.json"))
        sign_alone(mirror / "metadata/timestamp.json", signer(place, "timestamp"))
    with pytest.raises(UnsignedMetadataError, match=f"{role} was signed by 0/1 keys"):
        Stock(mirror, place / "newcomer").read(*NAMES)


def test_every_root_is_kept_and_signed_by_the_one_before(machine: Machine, place: Path, client: Stock) -> None:
    metadata = place / "mirror/metadata"
    first = (metadata / "1.root.json").read_bytes()
    machine.pyv("trust", "add", place / "mirror", "--yes").ok()
    machine.pyv("mirror", "keygen", "root-anna", "--keys", "anna", "--ecdsa", "--no-passphrase").ok()
    (place / "anna/root-anna.pem").rename(place / "keys/root-anna.pem")
    rotate(machine, "root", "--add", "anna/root-anna.pub", "--threshold", "2").ok()
    rotate(machine, "root", "--remove", signer(place, "root").public_key.keyid, "--threshold", "1").ok()
    rotate(machine, "root").ok()
    assert (metadata / "1.root.json").read_bytes() == first
    roots = [Metadata[Root].from_file(str(metadata / f"{number}.root.json")) for number in (1, 2, 3, 4)]
    assert [len(root.signed.roles["root"].keyids) for root in roots] == [1, 2, 1, 1]
    for before, after in zip([roots[0], *roots], roots, strict=False):
        before.signed.verify_delegate("root", after.signed_bytes, after.signatures)
        after.signed.verify_delegate("root", after.signed_bytes, after.signatures)
    assert client.read(*NAMES) == working_copies(place / "mirror")
    assert client.versions()["root"] == 4
    machine.pyv("install", "3.12.2", "--index", place / "mirror").ok()


def test_a_new_root_needs_the_keys_of_the_old_one(machine: Machine, place: Path, client: Stock) -> None:
    """Whoever has no key of the root cannot make one that counts."""
    (place / "keys/root.pem").rename(place / "root.pem")
    (old,) = holders(place / "mirror", "root")
    machine.pyv("mirror", "keygen", "root-eve", "--keys", "keys", "--no-passphrase").ok()
    run = rotate(machine, "root", "--add", "keys/root-eve.pub", "--remove", old).ok()
    assert (
        f"not published: root version 2 has 0 of the 1 signatures it needs; keys that can sign: {old[:16]}"
        in run.stderr
    )
    assert newest(place / "mirror", "root").name == "1.root.json"
    draft = place / "mirror/.pyv/drafts/root.json"
    shutil.copy(draft, place / "mirror/metadata/2.root.json")
    sign_alone(place / "mirror/metadata/2.root.json", signer(place, "root-eve"))
    with pytest.raises(RepositoryError, match="root was signed by 0/1 keys"):
        client.read()


def test_either_of_two_may_revoke(machine: Machine, place: Path, client: Stock) -> None:
    machine.pyv("mirror", "keygen", "revocations-ben", "--keys", "ben", "--no-passphrase").ok()
    rotate(machine, "revocations", "--add", "ben/revocations-ben.pub").ok()
    assert len(holders(place / "mirror", "revocations")) == 2
    (place / "keys/revocations.pem").unlink()
    (place / "ben/revocations-ben.pem").rename(place / "keys/revocations-ben.pem")
    machine.pyv("mirror", "revoke", "mirror", "--keys", "keys", "--version", "3.12.2", "--reason", "ben says so").ok()
    assert b"ben says so" in client.read(*NAMES)[NAMES[1]]


def test_what_was_said_wrong_changes_nothing(machine: Machine, place: Path) -> None:
    was, keys = left_in(place / "mirror"), left_in(place / "keys")
    rotate(machine, "root", "--threshold", "2").fails(4, "root would have 1 keys, of which 2 have to sign")
    rotate(machine, "root", "--threshold", "0").fails(2, "--threshold")
    rotate(machine, "releases", "--remove", "00").fails(
        4, "releases has no key 00", holders(place / "mirror", "releases")[0]
    )
    rotate(machine, "timestamp", "--remove", holders(place / "mirror", "timestamp")[0]).fails(4, "would have 0 keys")
    rotate(machine, "mirrors").fails(2, "`mirrors` is no role")
    rotate(machine, "targets", "--add", "keys/targets.pem").fails(8, "not an Ed25519 or P-256 public key")
    rotate(machine, "artifact", "--threshold", "2").fails(2, "records need one signature")
    rotate(machine, "artifact", "--remove", "00").fails(4, "the mirror names no artifact key 00")
    assert (left_in(place / "mirror"), left_in(place / "keys")) == (was, keys)
    machine.pyv("mirror", "rotate", "root", "keys", "--keys", "keys").fails(7, "keys has no metadata yet")


def test_a_stolen_artifact_key(machine: Machine, place: Path) -> None:
    """What it signed is signed again, and counts for nobody under the old signature."""
    manifest = place / f"mirror/targets/manifest/{HERE}.json"
    stolen = manifest.read_bytes()
    old = json.loads((place / "mirror/targets/trust/artifact-keys.json").read_text())["keys"][0]["keyid"]
    rotate(machine, "artifact", "--remove", old).ok()
    assert old.encode() not in manifest.read_bytes()
    machine.pyv("trust", "add", place / "mirror", "--yes").ok()
    machine.pyv("install", "3.12.2", "--index", place / "mirror").ok()
    machine.pyv("uninstall", "--force", "3.12.2").ok()
    manifest.write_bytes(stolen)
    (place / "keys/artifact.pem").unlink()
    machine.pyv("mirror", "sign", "publish", "mirror", "--keys", "keys").ok()
    machine.pyv("install", "3.12.2", "--index", place / "mirror").fails(4, old[:16])


@pytest.mark.parametrize("role", ["releases", "snapshot", "timestamp"])
def test_what_cannot_be_signed_waits_and_nothing_else_goes_ahead(
    machine: Machine, place: Path, client: Stock, role: str
) -> None:
    old = client.read(*NAMES)
    (place / f"keys/{role}.pem").rename(place / "away.pem")
    keys = KeyDirectory(path=place / "keys")
    published = extend_index([fact("3.13.1")], keys, place / "mirror", time.time()).published
    assert ([waiting.role for waiting in published.waiting], published.changed) == ([role], {})
    assert client.read(*NAMES) == old != working_copies(place / "mirror")
    (place / "away.pem").rename(place / f"keys/{role}.pem")
    machine.pyv("mirror", "sign", "publish", "mirror", "--keys", "keys").shows(
        stderr="published: releases 3, snapshot 3, timestamp 3\n"
    )
    assert client.read(*NAMES) == working_copies(place / "mirror")


@pytest.mark.parametrize(
    ("days", "renewed"),
    [(6, set()), (8, {"timestamp"}), (16, {"snapshot", "timestamp"}), (913, {*DELEGATED, "snapshot", "timestamp"})],
)
def test_roles_are_renewed_when_half_their_time_is_over(place: Path, days: int, renewed: set[str]) -> None:
    """By the keys of the publishing job: neither root nor targets is ever asked for."""
    keys = KeyDirectory(path=place / "keys")
    for role in ("root", "targets", "artifact"):
        (keys.path / f"{role}.pem").unlink()
    published = publish(Mirror(place / "mirror"), keys, time.time() + days * DAY)
    assert (set(published.changed), published.waiting) == (renewed, ())


def test_encrypted_ecdsa_keys(machine: Machine) -> None:
    (machine.cwd / "passphrase").write_text("correct horse\n")
    words = ["--keys", "keys", "--passphrase-file", "passphrase"]
    for role in DAYS:
        machine.pyv("mirror", "keygen", role, "--ecdsa", *words).ok()
        assert (machine.cwd / f"keys/{role}.pem").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    machine.pyv("mirror", "init", "mirror", *words).ok()
    keys = document(machine.cwd / "mirror/metadata/1.root.json")["keys"].values()
    assert {key["scheme"] for key in keys} == {"ecdsa-sha2-nistp256"}
    client = Stock(machine.cwd / "mirror", machine.cwd / "client")
    assert client.read(*NAMES) == working_copies(machine.cwd / "mirror")
    again = ["mirror", "sign", "timestamp", "mirror", "--keys", "keys"]
    machine.pyv(*again).fails(4, "timestamp.pem: the key is encrypted, and there is no passphrase")
    machine.pyv(*again, PYV_KEY_PASSPHRASE="battery").fails(4, "timestamp.pem: the passphrase is wrong")
    assert document(machine.cwd / "mirror/metadata/timestamp.json")["version"] == 1
    rotate(machine, "snapshot", "--passphrase-file", "passphrase").ok()
    assert "ENCRYPTED" in (machine.cwd / "keys/snapshot-2.pem").read_text()
    assert client.read(*NAMES) == working_copies(machine.cwd / "mirror")
    assert client.versions() == {**dict.fromkeys(DAYS, 1), "root": 2, "snapshot": 2, "timestamp": 2}
