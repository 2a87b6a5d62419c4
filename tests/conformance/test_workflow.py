"""The specification's client workflow, one test a rule, once per way to read an index (version 1.0.34, 5.3 to 5.7).

The number of the rule stands in the name of its test. A rule that refuses is tried on a client that has verified an
index before: what it kept is what it keeps.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tuf.api.metadata import DelegatedRole, Delegations, MetaFile, Targets

from pyv.errors import (
    DigestError,
    ExpiredError,
    PyvError,
    RollbackError,
    SignatureError,
    TransferError,
    TrustError,
)
from tests.support.refreshing import FETCHERS, ROLES, Refreshing
from tests.support.repository import Repository, signer

LIST = "trust/artifact-keys.json"
MANIFEST = "manifest/x86_64-unknown-linux-gnu.json"
ALL = (*ROLES, "releases")


@pytest.fixture(params=FETCHERS)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Refreshing:
    """Has refreshed once; everything is of version 1."""
    repository = Repository.index({"x86_64-unknown-linux-gnu": "{}"}, "[]")
    made = Refreshing(repository, tmp_path, request.param, names=(LIST, MANIFEST))
    made.refresh()
    assert made.versions() == dict.fromkeys(ALL, 1)
    return made


def refused(client: Refreshing, why: type[PyvError], told: str = "", **kept: int) -> PyvError:
    """A refresh fails, for this reason, and nothing is kept but what was verified before (and `kept`)."""
    with pytest.raises(PyvError) as caught:
        client.refresh()
    assert type(caught.value) is why, repr(caught.value)
    assert told in caught.value.message
    assert client.versions() == {**dict.fromkeys(ALL, 1), **kept}
    return caught.value


def replace_key(repository: Repository, role: str) -> None:
    """The root gives a role another key."""
    old, new = repository.signers[role][0], signer()
    repository.root.revoke_key(old.public_key.keyid, role)
    repository.root.add_key(new.public_key, role)
    repository.signers[role] = [new]


def serve_snapshot(repository: Repository, content: bytes) -> None:
    """A snapshot as it is, and a timestamp that vouches for it."""
    repository.files[f"metadata/{repository.snapshot.version}.snapshot.json"] = content
    digest = hashlib.sha256(content).hexdigest()
    repository.timestamp.snapshot_meta = MetaFile(repository.snapshot.version, len(content), {"sha256": digest})
    repository.publish_timestamp()


# 5.3 the root


def test_5_3_3_roots_are_followed_one_by_one(client: Refreshing) -> None:
    for _ in range(3):
        client.repository.rotate_root()
    client.refresh()
    assert client.versions()["root"] == 4
    if client.through in {"memory", "pack"}:
        roots = [name for name in client.repository.asked if name.endswith(".root.json")]
        assert roots == [f"metadata/{version}.root.json" for version in (2, 3, 4, 5)]


def test_5_3_3_a_gap_ends_the_search(client: Refreshing) -> None:
    client.repository.rotate_root()
    client.repository.rotate_root()
    del client.repository.files["metadata/2.root.json"]
    client.refresh()
    assert client.versions()["root"] == 1


def test_5_3_3_a_root_that_is_too_long_is_refused(client: Refreshing) -> None:
    client.repository.rotate_root()
    client.repository.files["metadata/2.root.json"] += b" " * 512_000
    if client.through in {"memory", "pack"}:
        client.repository.intercept = lambda _, content: content
    refused(client, TransferError, "2.root.json")


def test_5_3_4_the_keys_before_must_sign(client: Refreshing) -> None:
    own = [signer(), signer()]
    for key in client.repository.signers["root"]:
        client.repository.root.revoke_key(key.public_key.keyid, "root")
    for key in own:
        client.repository.root.add_key(key.public_key, "root")
    client.repository.root.version = 2
    client.repository.publish_root([client.repository.signers["root"][0], *own])  # one of the two it takes
    refused(client, SignatureError, "root")


def test_5_3_4_the_keys_it_names_must_sign(client: Refreshing) -> None:
    before = client.repository.signers["root"]
    for key in before:
        client.repository.root.revoke_key(key.public_key.keyid, "root")
    for key in (one := signer(), signer()):
        client.repository.root.add_key(key.public_key, "root")
    client.repository.root.version = 2
    client.repository.publish_root([*before, one])
    refused(client, SignatureError, "root")


@pytest.mark.parametrize("stated", [1, 3])
def test_5_3_5_the_version_is_the_next_one(client: Refreshing, stated: int) -> None:
    client.repository.root.version = stated
    client.repository.publish_root()
    client.repository.files["metadata/2.root.json"] = client.repository.files.pop(f"metadata/{stated}.root.json")
    refused(client, RollbackError, "root")


def test_5_3_6_an_intermediate_root_may_have_expired(client: Refreshing) -> None:
    client.repository.renew("root", -1)
    client.repository.rotate_root()
    client.repository.renew("root")
    client.repository.rotate_root()
    client.refresh()
    assert client.versions()["root"] == 3


def test_5_3_8_a_verified_root_is_kept_whatever_follows(client: Refreshing) -> None:
    client.repository.rotate_root()
    client.repository.files["metadata/timestamp.json"] = b"{}"
    with pytest.raises(PyvError):
        client.refresh()
    assert client.versions()["root"] == 2


def test_5_3_10_the_last_root_must_not_have_expired(client: Refreshing) -> None:
    client.repository.renew("root", -1)
    client.repository.rotate_root()
    refused(client, ExpiredError, "root", root=2)


@pytest.mark.parametrize("role", ["timestamp", "snapshot"])
def test_5_3_11_rotated_keys_forget_a_fast_forward(client: Refreshing, role: str) -> None:
    """A thief published enormous versions; the operator changes the key and begins again below."""
    far = 2**31
    if role == "timestamp":
        client.repository.timestamp.version = far
        client.repository.publish_timestamp(bump=False)
    else:
        client.repository.snapshot.version = far
        client.repository.publish_snapshot(bump=False)
        client.repository.publish_timestamp()
    client.refresh()
    assert client.versions()[role] == far

    for rotated in ("timestamp", "snapshot"):  # who made a snapshot known held the timestamp's key as well
        replace_key(client.repository, rotated)
    client.repository.rotate_root()
    client.repository.signed(role).version = 1  # publish makes it 2
    client.repository.publish()
    client.refresh()
    assert client.versions()[role] == 2


def test_5_3_12_without_consistent_snapshots_names_are_plain(client: Refreshing) -> None:
    repository = client.repository
    repository.root.consistent_snapshot = False
    repository.rotate_root()
    repository.publish()
    for role in ("snapshot", *repository.targets):
        repository.files[f"metadata/{role}.json"] = repository.files.pop(
            f"metadata/{repository.signed(role).version}.{role}.json"
        )
    repository.files.update({f"targets/{name}": content for name, content in repository.contents.items()})
    if client.through == "pack":
        client.through = "memory"  # a pack is part of pyv's own layout, which always has consistent snapshots
    client.refresh()
    assert client.versions() == dict.fromkeys(ALL, 2)


# 5.4 the timestamp


def test_5_4_1_a_timestamp_that_is_too_long_is_refused(client: Refreshing) -> None:
    client.repository.files["metadata/timestamp.json"] += b" " * 16_384
    if client.through in {"memory", "pack"}:
        client.repository.intercept = lambda _, content: content
    refused(client, TransferError, "timestamp.json")


def test_5_4_2_the_timestamp_is_signed(client: Refreshing) -> None:
    client.repository.publish()
    client.repository.files["metadata/timestamp.json"] = client.repository.encoded("timestamp", [signer()])
    refused(client, SignatureError, "timestamp")


def test_5_4_3_1_an_older_timestamp_is_refused(client: Refreshing) -> None:
    client.repository.publish()
    client.refresh()
    client.repository.timestamp.version = 1
    client.repository.publish_timestamp(bump=False)
    refused(client, RollbackError, "timestamp", **dict.fromkeys(("timestamp", "snapshot", "targets", "releases"), 2))


def test_5_4_3_1_an_equal_timestamp_changes_nothing(client: Refreshing) -> None:
    """Of two timestamps of one version the one accepted first stays, and so does the snapshot it names."""
    before = (client.metadata / "timestamp.json").read_bytes()
    client.repository.snapshot.version = 2
    client.repository.publish_snapshot(bump=False)
    client.repository.timestamp.version = 1
    client.repository.publish_timestamp(bump=False)
    client.refresh()
    assert (client.metadata / "timestamp.json").read_bytes() == before
    assert client.versions()["snapshot"] == 1


def test_5_4_3_2_a_timestamp_may_not_go_back_on_the_snapshot(client: Refreshing) -> None:
    client.repository.publish()
    client.refresh()
    client.repository.timestamp.snapshot_meta.version = 1
    client.repository.publish_timestamp()
    refused(client, RollbackError, "snapshot", **dict.fromkeys(("timestamp", "snapshot", "targets", "releases"), 2))


def test_5_4_4_an_expired_timestamp_is_refused(client: Refreshing) -> None:
    client.repository.renew("timestamp", -1)
    client.repository.publish()
    refused(client, ExpiredError, "timestamp")


def test_5_4_4_a_timestamp_expires_by_standing_still(client: Refreshing) -> None:
    client.repository.now += 15 * 86400
    refused(client, ExpiredError, "timestamp")


def test_5_4_5_a_verified_timestamp_is_kept_whatever_follows(client: Refreshing) -> None:
    client.repository.publish()
    client.repository.files["metadata/2.snapshot.json"] = b"{}"
    with pytest.raises(PyvError):
        client.refresh()
    assert client.versions()["timestamp"] == 2
    client.repository.timestamp.version = 1
    client.repository.publish_timestamp(bump=False)
    refused(client, RollbackError, "timestamp", timestamp=2)


# 5.5 the snapshot


def test_5_5_1_a_snapshot_longer_than_the_timestamp_says_is_refused(client: Refreshing) -> None:
    client.repository.publish()
    name = "metadata/2.snapshot.json"
    client.repository.files[name] += b" "
    if client.through in {"memory", "pack"}:
        client.repository.intercept = lambda _, content: content
    refused(client, TransferError, "2.snapshot.json", timestamp=2)


def test_5_5_2_the_snapshot_has_the_digest_the_timestamp_says(client: Refreshing) -> None:
    client.repository.publish()
    name = "metadata/2.snapshot.json"
    changed = client.repository.files[name].replace(b'"version":2', b'"version":3')
    client.repository.files[name] = changed
    refused(client, DigestError, "snapshot", timestamp=2)


def test_5_5_3_the_snapshot_is_signed(client: Refreshing) -> None:
    client.repository.publish()
    serve_snapshot(client.repository, client.repository.encoded("snapshot", [signer()]))
    refused(client, SignatureError, "snapshot", timestamp=3)


def test_5_5_4_the_snapshot_has_the_version_the_timestamp_says(client: Refreshing) -> None:
    client.repository.publish()
    client.repository.snapshot.version = 3
    wrong = client.repository.encoded("snapshot")
    client.repository.snapshot.version = 2
    serve_snapshot(client.repository, wrong)
    refused(client, RollbackError, "snapshot", timestamp=3)


def test_5_5_5_the_snapshot_may_not_go_back_on_targets(client: Refreshing) -> None:
    client.repository.publish()
    client.refresh()
    client.repository.targets["releases"].version = 1
    client.repository.publish_snapshot()
    two = dict.fromkeys(("snapshot", "targets", "releases"), 2)
    refused(client, RollbackError, "releases", **two, timestamp=3)


def test_5_5_5_the_snapshot_may_not_forget_a_role(client: Refreshing) -> None:
    del client.repository.snapshot.meta["revocations.json"]
    client.repository.snapshot.version += 1
    serve_snapshot(client.repository, client.repository.encoded("snapshot"))
    refused(client, TrustError, "revocations", timestamp=2)


def test_5_5_6_an_expired_snapshot_is_refused(client: Refreshing) -> None:
    client.repository.renew("snapshot", -1)
    client.repository.publish()
    refused(client, ExpiredError, "snapshot", timestamp=2)


# 5.6 targets and delegated targets


@pytest.mark.parametrize("role", ["targets", "releases"])
def test_5_6_1_targets_longer_than_the_snapshot_says_are_refused(client: Refreshing, role: str) -> None:
    publish_measured(client.repository, role)
    client.repository.files[f"metadata/2.{role}.json"] += b" "
    if client.through in {"memory", "pack"}:
        client.repository.intercept = lambda _, content: content
    refused(client, TransferError, f"2.{role}.json", **after(role))


@pytest.mark.parametrize("role", ["targets", "releases"])
def test_5_6_2_targets_have_the_digest_the_snapshot_says(client: Refreshing, role: str) -> None:
    publish_measured(client.repository, role)
    name = f"metadata/2.{role}.json"
    client.repository.files[name] = client.repository.files[name].replace(b'"version":2', b'"version":3')
    refused(client, DigestError, role, **after(role))


@pytest.mark.parametrize("role", ["targets", "releases"])
def test_5_6_3_targets_are_signed(client: Refreshing, role: str) -> None:
    client.repository.publish()
    few = client.repository.signers[role][:1] if role == "targets" else [signer()]  # targets takes two
    client.repository.files[f"metadata/2.{role}.json"] = client.repository.encoded(role, few)
    refused(client, SignatureError, role, **after(role))


@pytest.mark.parametrize("role", ["targets", "releases"])
@pytest.mark.parametrize("stated", [1, 3])
def test_5_6_4_targets_have_the_version_the_snapshot_says(client: Refreshing, role: str, stated: int) -> None:
    client.repository.publish()
    client.repository.targets[role].version = stated
    client.repository.files[f"metadata/2.{role}.json"] = client.repository.encoded(role)
    refused(client, RollbackError, role, **after(role))


@pytest.mark.parametrize("role", ["targets", "releases"])
def test_5_6_5_expired_targets_are_refused(client: Refreshing, role: str) -> None:
    client.repository.renew(role, -1)
    client.repository.publish()
    refused(client, ExpiredError, role, **after(role))


def test_5_6_6_verified_targets_are_kept_and_not_fetched_again(client: Refreshing) -> None:
    client.repository.publish()
    client.refresh()
    assert client.versions() == {**dict.fromkeys(ALL, 2), "root": 1}
    client.refresh()
    if client.through in {"memory", "pack"}:
        metadata = [name for name in client.repository.asked if name.startswith("metadata/")]
        assert metadata == ["metadata/2.root.json", "metadata/timestamp.json"]


def test_5_6_7_a_role_may_list_only_what_was_delegated_to_it(client: Refreshing) -> None:
    client.repository.put("trust/more.json", b"{}", role="releases")
    client.repository.publish()
    client.names = ("trust/more.json",)
    assert client.refresh().targets == {"trust/more.json": None}


def test_5_6_7_a_role_nobody_delegates_to_is_not_asked(client: Refreshing) -> None:
    client.repository.publish()
    client.repository.targets["stranger"] = Targets(expires=client.repository.moment(9))
    client.repository.signers["stranger"] = [signer()]
    client.repository.put("manifest/other.json", b"{}", role="stranger")
    client.repository.publish()
    client.names = ("manifest/other.json",)
    assert client.refresh().targets == {"manifest/other.json": None}


def test_5_6_7_1_the_first_role_in_order_wins_and_ends_the_search(client: Refreshing) -> None:
    """A role appended to the delegations cannot give another answer for a name that belongs to one before it."""
    add_role(client.repository, "later", "manifest/*")
    client.repository.put("manifest/aarch64-apple-darwin.json", b"[]", role="later")
    client.repository.put(MANIFEST, b"later", role="later")
    client.repository.publish()
    client.names = (MANIFEST, "manifest/aarch64-apple-darwin.json")
    found = client.refresh().targets
    assert found[MANIFEST] == b"{}"
    assert found["manifest/aarch64-apple-darwin.json"] is None, "releases is terminating"


def test_5_6_7_2_delegations_in_a_circle_end(client: Refreshing) -> None:
    repository = client.repository
    add_role(repository, "round", "circle/*", terminating=False)
    again = DelegatedRole("round", [], 1, terminating=False, paths=["circle/*"])
    repository.targets["round"].delegations = Delegations(keys={}, roles={"round": again})
    repository.targets["round"].add_key(repository.signers["round"][0].public_key, "round")
    repository.publish()
    client.names = ("circle/a.json",)
    assert client.refresh().targets == {"circle/a.json": None}


def test_5_6_7_2_delegations_without_end_are_given_up(client: Refreshing) -> None:
    repository = client.repository
    parent = "targets"
    for number in range(40):
        add_role(repository, f"r{number}", "deep/*", parent=parent, terminating=False)
        parent = f"r{number}"
    repository.put("deep/a.json", b"{}", role=parent)
    repository.publish()
    client.names = ("deep/a.json",)
    assert client.refresh().targets == {"deep/a.json": None}
    assert len(list(client.metadata.glob("r*.json"))) < 40


# 5.7 a target


def test_5_7_1_a_target_nobody_lists_is_told_from_one_that_fails(client: Refreshing) -> None:
    client.names = ("manifest/none.json",)
    assert client.refresh().targets == {"manifest/none.json": None}


@pytest.mark.parametrize("name", [LIST, MANIFEST])
def test_5_7_3_a_target_has_the_digest_that_is_listed(client: Refreshing, name: str) -> None:
    client.repository.put(name, b"[1]")
    client.repository.publish()
    digest = hashlib.sha256(b"[1]").hexdigest()
    directory, _, file = name.rpartition("/")
    client.repository.files[f"targets/{directory}/{digest}.{file}"] = b"[2]"
    loaded = ALL[1:] if name == MANIFEST else ROLES[1:]  # nobody asked what releases says yet
    refused(client, DigestError, file, **dict.fromkeys(loaded, 2))


@pytest.mark.parametrize("content", [b"[1", b"[1] "])
def test_5_7_3_a_target_has_the_length_that_is_listed(client: Refreshing, content: bytes) -> None:
    client.repository.put(MANIFEST, b"[1]")
    client.repository.publish()
    digest = hashlib.sha256(b"[1]").hexdigest()
    client.repository.files[f"targets/manifest/{digest}.x86_64-unknown-linux-gnu.json"] = content
    if client.through in {"memory", "pack"}:
        client.repository.intercept = lambda _, content: content
    why = DigestError if len(content) < 3 else TransferError
    refused(client, why, "", **dict.fromkeys(ALL[1:], 2))


def test_5_7_3_a_target_is_asked_for_under_its_digest(client: Refreshing) -> None:
    client.repository.put(MANIFEST, b"[1]")
    client.repository.publish()
    assert client.refresh().targets[MANIFEST] == b"[1]"
    if client.through in {"memory", "pack"}:
        digest = hashlib.sha256(b"[1]").hexdigest()
        assert f"targets/manifest/{digest}.x86_64-unknown-linux-gnu.json" in client.repository.asked


def after(role: str) -> dict[str, int]:
    """What a client has kept once `role` of version 2 is refused."""
    return {"timestamp": 2, "snapshot": 2} | ({"targets": 2} if role == "releases" else {})


def publish_measured(repository: Repository, role: str) -> None:
    """A version 2 whose snapshot states length and digest of the role's file."""
    repository.publish()
    content = repository.files[f"metadata/2.{role}.json"]
    digest = hashlib.sha256(content).hexdigest()
    repository.snapshot.meta[f"{role}.json"] = MetaFile(2, len(content), {"sha256": digest})
    serve_snapshot(repository, repository.encoded("snapshot"))
    repository.timestamp.version = 2
    repository.publish_timestamp(bump=False)


def add_role(
    repository: Repository, name: str, pattern: str, *, parent: str = "targets", terminating: bool = True
) -> None:
    """Delegate to one role more, after those that are there."""
    repository.signers[name] = [signer()]
    repository.targets[name] = Targets(expires=repository.moment(9))
    lister = repository.targets[parent]
    if lister.delegations is None:
        lister.delegations = Delegations(keys={}, roles={})
    assert lister.delegations.roles is not None
    lister.delegations.roles[name] = DelegatedRole(name, [], 1, terminating=terminating, paths=[pattern])
    lister.add_key(repository.signers[name][0].public_key, name)
