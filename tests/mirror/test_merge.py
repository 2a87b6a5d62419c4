"""Joining upstream's documents to an organisation's own: what is its own stays, what is upstream's follows upstream."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyv.domain.artifact import Artifact
from pyv.errors import TrustError
from pyv.mirror.merge import joined_keys, joined_records, without_dead
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.signing import SigningKey

OURS, THEIRS, NEWER = (SigningKey.generate() for _ in range(3))
GNU = "x86_64-unknown-linux-gnu"
KNOWN = (THEIRS.public_key.keyid,)


def record(version: str, key: SigningKey = THEIRS, digest: str = "a", build: str = "20260814") -> Artifact:
    return key.sign_record(
        Artifact(version=version, triple=GNU, flavor="install_only", build=build, sha256=digest * 64, size=7)
    )


def keys(*members: SigningKey | ArtifactKey) -> KeyList:
    return KeyList(keys=tuple(key.public_key if isinstance(key, SigningKey) else key for key in members))


def dead(key: SigningKey) -> ArtifactKey:
    return replace(key.public_key, revoked=True)


def state(found: KeyList) -> dict[str, bool]:
    """Whether each key is revoked."""
    return {key.keyid: key.revoked for key in found.keys}


def test_what_upstream_has_is_added() -> None:
    mine, theirs = [record("3.12.1", OURS)], [record("3.12.2"), record("3.12.3")]
    assert joined_records(mine, theirs, KNOWN) == [*mine, *theirs]
    assert joined_records([], theirs, KNOWN) == theirs
    assert joined_records(mine, [], KNOWN) == mine


def test_joining_twice_changes_nothing() -> None:
    once = joined_records([record("3.12.1", OURS)], [record("3.12.2")], KNOWN)
    assert joined_records(once, [record("3.12.2")], KNOWN) == once


def test_an_own_build_is_never_replaced() -> None:
    """The organisation signed these bytes itself: its signature stays, whatever upstream says of them."""
    mine = [record("3.12.2", OURS)]
    assert joined_records(mine, [record("3.12.2")], KNOWN) == mine


def test_what_upstream_signs_anew_is_taken_over() -> None:
    anew = record("3.12.2", NEWER)
    assert joined_records([record("3.12.2")], [anew], (*KNOWN, NEWER.public_key.keyid)) == [anew]
    sized = THEIRS.sign_record(replace(record("3.12.2"), unpacked=9))
    assert joined_records([record("3.12.2")], [sized], KNOWN) == [sized]


@pytest.mark.parametrize("key", [OURS, THEIRS], ids=["ours", "theirs"])
def test_other_bytes_under_one_identity_are_refused(key: SigningKey) -> None:
    with pytest.raises(TrustError) as caught:
        joined_records([record("3.12.2", key, "a")], [record("3.12.2", digest="b")], KNOWN)
    assert caught.value.message == (
        f"the mirror has cpython-3.12.2+20260814-{GNU}-install_only with other bytes (sha256 {'a' * 64}) than upstream "
        f"(sha256 {'b' * 64})"
    )
    assert "a build of your own needs a build tag of its own" in str(caught.value.hint)


def test_another_build_is_another_record() -> None:
    mine = [record("3.12.2", OURS, "a", "20260815")]
    assert len(joined_records(mine, [record("3.12.2", digest="b")], KNOWN)) == 2


def test_upstream_keys_join_our_own() -> None:
    assert state(joined_keys(keys(OURS), keys(THEIRS), KNOWN)) == {OURS.public_key.keyid: False, KNOWN[0]: False}
    again = joined_keys(keys(OURS, THEIRS), keys(THEIRS), KNOWN)
    assert state(again) == {OURS.public_key.keyid: False, KNOWN[0]: False}


def test_a_key_upstream_revokes_or_drops_counts_no_longer() -> None:
    for theirs in (keys(dead(THEIRS), NEWER), keys(NEWER)):
        found = state(joined_keys(keys(OURS, THEIRS), theirs, KNOWN))
        assert found == {OURS.public_key.keyid: False, KNOWN[0]: True, NEWER.public_key.keyid: False}


def test_a_revoked_key_is_taken_over_as_such() -> None:
    assert state(joined_keys(keys(OURS), keys(dead(THEIRS)), KNOWN))[KNOWN[0]] is True


def test_what_the_organisation_took_back_stays_so() -> None:
    """Upstream cannot bring a key back, nor one of the organisation's own."""
    assert state(joined_keys(keys(OURS, dead(THEIRS)), keys(THEIRS), KNOWN))[KNOWN[0]] is True
    assert state(joined_keys(keys(dead(OURS)), keys(THEIRS), KNOWN))[OURS.public_key.keyid] is True


def test_an_own_key_upstream_never_named_is_left_alone() -> None:
    """Nor is what another index was followed for before: only the ids this upstream named are its to drop."""
    found = joined_keys(keys(OURS, NEWER), keys(THEIRS), KNOWN)
    assert state(found) == {OURS.public_key.keyid: False, NEWER.public_key.keyid: False, KNOWN[0]: False}


def test_upstream_has_no_say_of_an_own_key() -> None:
    """Whoever publishes upstream may list any public key, and take it back: the organisation's records stay."""
    limited = replace(OURS.public_key, not_after="2027-01-01")
    for theirs in (keys(OURS, THEIRS), keys(dead(OURS), THEIRS)):
        assert joined_keys(keys(limited), theirs, KNOWN).find(OURS.public_key.keyid) == limited


def test_limits_follow_upstream() -> None:
    limited = replace(THEIRS.public_key, not_after="2027-01-01")
    assert joined_keys(keys(OURS, THEIRS), keys(limited), KNOWN).find(KNOWN[0]) == limited
    assert joined_keys(keys(OURS, limited), keys(THEIRS), KNOWN).find(KNOWN[0]) == THEIRS.public_key


def test_records_of_dead_keys_go() -> None:
    mine = {GNU: [record("3.12.1", OURS), record("3.12.2"), record("3.12.3", NEWER)], "empty": []}
    assert without_dead(mine, keys(OURS, dead(THEIRS), NEWER)) == {GNU: [mine[GNU][0], mine[GNU][2]], "empty": []}
    assert without_dead(mine, keys(OURS, THEIRS, NEWER)) == mine
