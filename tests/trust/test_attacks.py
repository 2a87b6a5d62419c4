"""An attacker against one client of an index: what he may do with the network, with stolen keys, and with the clock.

The client has verified the index before. Whatever is refused leaves what it keeps as it was; the rules themselves stand
one by one in tests/conformance. What an attacker can do to artifacts is in tests/install/test_attacks.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner, SSlibKey

from pyv.errors import (
    ClockError,
    DigestError,
    ExpiredError,
    PyvError,
    RollbackError,
    SignatureError,
    TransferError,
    TrustError,
)
from tests.support.refreshing import Refreshing
from tests.support.repository import DAYS, Repository, signer

KEYS = "trust/artifact-keys.json"
MANIFEST = "manifest/x86_64-unknown-linux-gnu.json"
DAY = 86400.0


@pytest.fixture
def client(tmp_path: Path) -> Refreshing:
    """Has refreshed at version 2 of everything but the root."""
    repository = Repository.index({"x86_64-unknown-linux-gnu": "{}"}, "[]")
    made = Refreshing(repository, tmp_path, names=(KEYS, MANIFEST))
    made.refresh()
    repository.publish()
    made.refresh()
    return made


def metadata_of(client: Refreshing) -> dict[str, bytes]:
    """What is kept, to the byte."""
    return {path.name: path.read_bytes() for path in sorted(client.metadata.glob("*.json"))}


def refused(client: Refreshing, why: type[PyvError], told: str = "", **given: float) -> PyvError:
    """A refresh fails for this reason, and what is kept stays as it was."""
    before = metadata_of(client)
    with pytest.raises(PyvError) as caught:
        client.refresh(**given)
    assert type(caught.value) is why, repr(caught.value)
    assert told in caught.value.message
    assert caught.value.hint
    assert metadata_of(client) == before
    return caught.value


# The network: old, mixed, endless


def test_rollback_of_everything(client: Refreshing) -> None:
    """A mirror restored from an old backup, or somebody who kept one."""
    client.repository.timestamp.version = client.repository.snapshot.version = 0
    for targets in client.repository.targets.values():
        targets.version = 0
    client.repository.publish()
    refused(client, RollbackError, "timestamp")


def test_freeze(client: Refreshing) -> None:
    """An old index is believed no longer than its timestamp is good for, whoever serves it."""
    frozen = dict(client.repository.files)
    client.repository.publish()
    client.repository.files = frozen
    client.refresh(now=client.repository.now + 13 * DAY)
    fault = refused(client, ExpiredError, "timestamp", now=client.repository.now + 15 * DAY)
    assert fault.fields["role"] == "timestamp"


@pytest.mark.parametrize("role", ["snapshot", "targets", "releases"])
def test_mix_and_match(client: Refreshing, role: str) -> None:
    """Every file is authentic, and they were never published together."""
    old = client.repository.files[f"metadata/2.{role}.json"]
    client.repository.publish()
    client.repository.files[f"metadata/3.{role}.json"] = old
    with pytest.raises(TrustError) as caught:
        client.refresh()
    assert type(caught.value) is (DigestError if role == "snapshot" else RollbackError)
    assert client.versions()[role] == 2


def test_another_target_of_the_same_index(client: Refreshing) -> None:
    client.repository.put(MANIFEST, b"[1]")
    client.repository.publish()
    name = next(name for name in client.repository.files if name.endswith(MANIFEST.partition("/")[2]))
    assert name.startswith("targets/manifest/")
    wanted = client.repository.files
    for each in [name for name in wanted if name.startswith("targets/manifest/")]:
        wanted[each] = client.repository.contents[KEYS]
    with pytest.raises(DigestError):
        client.refresh()


@pytest.mark.parametrize(
    ("name", "limit"),
    [("2.root", 512_000), ("timestamp", 16_384), ("3.snapshot", 2_000_000), ("3.targets", 5_000_000)],
)
def test_endless_data_is_never_taken_in(
    client: Refreshing, name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reader is ever asked for more than the metadata before allows, or the specification where there is none."""
    asked: dict[str, int] = {}
    client.repository.publish()
    read = client.repository.read

    def endless(path: str, max_bytes: int) -> bytes | None:
        asked[path] = max_bytes
        if path == f"metadata/{name}.json":
            raise TransferError("longer than it may be", hint="none")
        return read(path, max_bytes)

    monkeypatch.setattr(client.repository, "read", endless)
    with pytest.raises(TransferError):
        client.refresh()
    assert 0 < asked[f"metadata/{name}.json"] <= limit


def test_a_reader_that_gives_more_than_it_was_asked_for_is_not_believed(client: Refreshing) -> None:
    client.repository.files["metadata/timestamp.json"] += b" " * 20_000
    client.repository.intercept = lambda _, content: content
    refused(client, TransferError, "timestamp.json")


# The clock


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", "releases"])
def test_expired_at_every_role(client: Refreshing, role: str) -> None:
    client.repository.renew(role, 0.5)
    if role == "root":
        client.repository.rotate_root()
    client.repository.publish()
    client.refresh()
    for other in DAYS:
        if other != role:
            client.repository.renew(other, 5000)
    fault = refused(client, ExpiredError, role, now=client.repository.now + DAY)
    assert fault.fields["role"] == role
    assert str(fault.fields["expired"]) == client.repository.moment(0.5).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_staleness_that_is_allowed_is_told_and_bounded(client: Refreshing) -> None:
    now = client.repository.now + 16 * DAY  # two days after the timestamp's end
    found = client.refresh(now=now, max_staleness=3 * DAY)
    assert DAY < found.stale < 3 * DAY
    assert found.reference < found.expires <= now
    refused(client, ExpiredError, "timestamp", now=now, max_staleness=DAY)


def test_staleness_never_leads_before_the_last_accepted_time(client: Refreshing) -> None:
    """A clock may not be taken back to where old metadata was good."""
    now = client.repository.now + 16 * DAY
    refused(client, ExpiredError, "timestamp", now=now, floor=now - DAY, max_staleness=30 * DAY)


def test_stale_metadata_is_verified_in_full(client: Refreshing) -> None:
    client.repository.publish()
    client.repository.files["metadata/timestamp.json"] = client.repository.encoded("timestamp", [signer()])
    refused(client, SignatureError, now=client.repository.now + 16 * DAY, max_staleness=30 * DAY)


def test_a_clock_far_in_the_past(client: Refreshing) -> None:
    """Nothing would ever expire at it."""
    fault = refused(client, ClockError, "1970-01-01", now=0.0, floor=client.repository.now)
    assert fault.exit_code == 4


def test_a_clock_a_little_behind(client: Refreshing) -> None:
    """Within a day the last accepted time counts, and nobody is bothered."""
    floor = client.repository.now
    assert client.refresh(now=floor - 3600, floor=floor).reference == floor


@pytest.mark.parametrize("now", [4e9, 2.5e11])
def test_a_clock_far_in_the_future(client: Refreshing, now: float) -> None:
    refused(client, ExpiredError, now=now)


# Stolen keys


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "releases"])
def test_fast_forward_is_recovered_from(client: Refreshing, role: str) -> None:
    """The thief made the highest version there is; new keys in the root begin again below."""
    repository = client.repository
    repository.signed(role).version = 2**53
    if role == "releases":
        repository.files[f"metadata/{2**53}.releases.json"] = repository.encoded("releases")
        repository.publish_snapshot()
    elif role == "snapshot":
        repository.publish_snapshot(bump=False)
        repository.publish_timestamp()
    else:
        repository.publish_timestamp(bump=False)
    client.refresh()
    assert client.versions()[role] == 2**53

    for name in ("timestamp", "snapshot"):
        old, new = repository.signers[name][0], signer()
        repository.root.revoke_key(old.public_key.keyid, name)
        repository.root.add_key(new.public_key, name)
        repository.signers[name] = [new]
    repository.signed(role).version = 2
    repository.rotate_root()
    repository.publish()
    client.refresh()
    assert client.versions()[role] == 3


def test_stolen_online_keys_cannot_change_the_artifact_keys(client: Refreshing) -> None:
    repository = client.repository
    repository.put(KEYS, b"[2]")
    repository.targets["targets"].version += 1
    thief = [*repository.signers["timestamp"], *repository.signers["snapshot"], *repository.signers["releases"]]
    repository.files["metadata/3.targets.json"] = repository.encoded("targets", thief)
    repository.publish_target(KEYS, b"[2]")
    repository.publish_snapshot()
    with pytest.raises(SignatureError, match="targets"):
        client.refresh()
    assert client.versions()["targets"] == 2


def test_one_stolen_key_of_two_is_nothing(client: Refreshing) -> None:
    repository = client.repository
    for role in ("targets", "root"):
        repository.signed(role).version += 1
        number = repository.signed(role).version
        repository.files[f"metadata/{number}.{role}.json"] = repository.encoded(role, repository.signers[role][:1])
    refused(client, SignatureError, "root")
    del repository.files["metadata/2.root.json"]
    repository.publish_snapshot()
    with pytest.raises(SignatureError, match="targets"):
        client.refresh()


def test_a_signature_twice_counts_once(client: Refreshing) -> None:
    repository = client.repository
    repository.publish()
    signed = json.loads(repository.encoded("targets", repository.signers["targets"][:1]))
    signed["signatures"] *= 2
    repository.files["metadata/3.targets.json"] = json.dumps(signed).encode()
    with pytest.raises(TrustError):
        client.refresh()
    assert client.versions()["targets"] == 2


@pytest.mark.parametrize("role", ["timestamp", "targets", "releases"])
@pytest.mark.parametrize("written", [str.lower, str.upper])
def test_a_key_under_two_ids_counts_once(client: Refreshing, role: str, written: type[str]) -> None:
    """Whoever holds it signs under either name; the role takes two people."""
    repository = client.repository
    key = repository.signers[role][0]
    public = {"public": written(key.public_key.keyval["public"])}
    again = CryptoSigner(key._private_key, SSlibKey("ab" * 32, key.public_key.keytype, key.public_key.scheme, public))
    by = repository.targets["targets"] if role == "releases" else repository.root
    by.add_key(again.public_key, role)
    by.get_delegated_role(role).threshold = 2
    others, repository.signers[role] = repository.signers[role], [key, again]
    if role != "releases":
        repository.rotate_root(*others)
    repository.publish()
    with pytest.raises(SignatureError, match="2 signatures by 1 key under several ids, and takes 2 different ones"):
        client.refresh()

    repository.signers[role] = [key, again, signer() if len(others) == 1 else others[1]]
    by.add_key(repository.signers[role][2].public_key, role)
    if role != "releases":
        repository.rotate_root(*others)
    repository.publish()
    client.refresh()
    assert client.versions()["releases"] == 4


def test_a_key_in_two_roles_is_no_key_twice(client: Refreshing) -> None:
    repository = client.repository
    repository.root.add_key(repository.signers["snapshot"][0].public_key, "timestamp")
    repository.rotate_root()
    assert client.refresh().roles[0].version == 2


# Documents that nobody expects


@pytest.mark.parametrize("keytype", ["dsa", "ml-dsa-99", "", "\u202e", "sphincs"])
def test_a_key_of_an_unknown_kind_is_refused(client: Refreshing, keytype: str) -> None:
    """Whether it counts cannot be known by a pyv that does not know it; the message leads to one that does."""
    repository = client.repository
    repository.root.add_key(SSlibKey("cd" * 32, keytype, "unheard-of", {"public": "00"}), "timestamp")
    repository.rotate_root()
    repository.publish()
    fault = refused(client, TrustError, "a key of a kind this pyv does not know")
    assert fault.hint == "a newer pyv may know it: update pyv"
    assert fault.message.isprintable()


def test_a_key_that_is_not_one_signs_nothing(client: Refreshing) -> None:
    repository = client.repository
    repository.root.add_key(SSlibKey("cd" * 32, "ed25519", "ed25519", {"public": "zz"}), "timestamp")
    repository.root.roles["timestamp"].threshold = 2
    repository.rotate_root()
    signed = json.loads(repository.encoded("timestamp"))
    signed["signatures"].append({"keyid": "cd" * 32, "sig": "00" * 64})
    repository.files["metadata/timestamp.json"] = json.dumps(signed).encode()
    with pytest.raises(SignatureError, match="timestamp"):
        client.refresh()


def deep(size: int) -> bytes:
    return b'{"signed":' + b"[" * size + b"]" * size + b',"signatures":[]}'


def wide(size: int) -> bytes:
    meta = {f"{number}.json": {"version": 1} for number in range(size)}
    signed = {"_type": "timestamp", "spec_version": "1.0.31", "version": 3, "expires": "2099-01-01T00:00:00Z"}
    return json.dumps({"signed": {**signed, "meta": meta}, "signatures": []}).encode()


HOSTILE = {
    "empty": b"",
    "nothing": b"null",
    "no text": b"\xff\xfe\x00",
    "cut": b'{"signed":{"_type":"timestamp"',
    "deep": deep(8_000),
    "deep in bytes": b"[" * 16_000,
    "wide": wide(300),
    "number without end": b'{"signed":{"version":' + b"9" * 16_000 + b'},"signatures":[]}',
    "not a number": b'{"signed":{"_type":"timestamp","version":NaN},"signatures":[]}',
    "surrogates": b'{"signed":{"_type":"\\ud800"},"signatures":[{"keyid":"\\udfff","sig":"zz"}]}',
    "another role": b'{"signed":{"_type":"mirrors","version":3},"signatures":[]}',
    "lists for objects": b'{"signed":[],"signatures":{}}',
    "many signatures": json.dumps({"signatures": [{"keyid": str(n), "sig": ""} for n in range(500)]}).encode(),
    "twice": b'{"signed":{},"signed":{},"signatures":[],"signatures":[]}',
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", ["timestamp", "2.root", "3.targets", "3.releases"])
def test_hostile_metadata(client: Refreshing, what: str, name: str) -> None:
    client.repository.publish()
    client.repository.files[f"metadata/{name}.json"] = HOSTILE[what]
    with pytest.raises(TrustError) as caught:
        client.refresh()
    assert len(caught.value.message) < 500
    assert caught.value.message.isprintable()
    assert client.versions()["releases"] == 2


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_refresh_pack_is_no_pack(client: Refreshing, what: str) -> None:
    """It is transport: whatever is in it, the files are had without it, or verified as if they came by themselves."""
    client.repository.publish()
    client.repository.pack = lambda: None  # type: ignore[method-assign]
    client.repository.files["refresh.json"] = HOSTILE[what]
    client.through = "pack"
    client.refresh()
    assert client.versions()["releases"] == 3


@pytest.mark.parametrize("names", [("metadata/3.snapshot.json",), ("metadata/3.targets.json", "metadata/../x")])
def test_a_refresh_pack_with_wrong_files_is_refused(client: Refreshing, names: tuple[str, ...]) -> None:
    client.repository.publish()
    client.repository.pack = lambda: None  # type: ignore[method-assign]
    packed = {"format": 1, "files": dict.fromkeys(names, '{"signed":{},"signatures":[]}')}
    client.repository.files["refresh.json"] = json.dumps(packed).encode()
    client.through = "pack"
    with pytest.raises(TrustError):
        client.refresh()
    assert not (client.place / "x").exists()


# The disk


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", "releases"])
def test_damaged_metadata_on_disk_is_fetched_anew(client: Refreshing, role: str, what: str) -> None:
    (client.metadata / f"{role}.json").write_bytes(HOSTILE[what])
    client.refresh()
    assert client.versions() == {"root": 1, **dict.fromkeys(("timestamp", "snapshot", "targets", "releases"), 2)}


def test_a_root_put_on_disk_is_not_believed(client: Refreshing) -> None:
    """The anchor comes from outside every time."""
    own = Repository.index({"x86_64-unknown-linux-gnu": "[]"}, "[]")
    for role in ("root", "timestamp", "snapshot", "targets"):
        (client.metadata / f"{role}.json").write_bytes(own.encoded(role))
    client.repository.files, genuine = own.files, client.repository.files
    with pytest.raises(TrustError):
        client.refresh()
    client.repository.files = genuine
    client.refresh()
    assert client.versions()["targets"] == 2


def test_a_python_tuf_that_keeps_its_time_elsewhere_is_no_silent_change(
    client: Refreshing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is an argument; were it not taken, expiry would be judged by another one unnoticed."""
    from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet

    def forgets(self: TrustedMetadataSet, name: str, value: object) -> None:
        if name != "reference_time":
            object.__setattr__(self, name, value)

    monkeypatch.setattr(TrustedMetadataSet, "__setattr__", forgets)
    with pytest.raises(RuntimeError, match="reference time"):
        client.refresh()
