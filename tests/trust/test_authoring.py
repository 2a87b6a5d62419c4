"""Drafts: signatures that count and that do not, copies that are joined, versions that follow, keys that change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from pyv.errors import DocumentError, TrustError
from pyv.trust.authoring import Draft, RoleKey, parse_draft
from pyv.trust.drafting import first_delegated, first_root, first_targets, snapshot_of
from pyv.trust.pem import ECDSA, generate
from pyv.trust.roles import RELEASES, ROLES, ROOT, TARGETS

NOW = 1_795_305_600.0
LISTED = {"manifest/b.json": ("b" * 64, 2), "manifest/a.json": ("a" * 64, 1)}
ANNA, BEN, CEM, EVE = (RoleKey.of_private(generate(kind)) for kind in ("ed25519", ECDSA, "ed25519", "ed25519"))
ONLINE = RoleKey.of_private(generate())


@pytest.fixture
def root() -> Draft:
    """Two of three have to sign it."""
    three = [ANNA, BEN, CEM]
    return first_root({role: three if role in {"root", "targets"} else [ONLINE] for role in ROLES}, NOW)


def ids(*keys: RoleKey) -> tuple[str, ...]:
    return tuple(key.keyid for key in keys)


def forged(draft: Draft, **changes: object) -> Draft:
    """A file that was edited."""
    return parse_draft(json.dumps({**json.loads(draft.to_bytes()), **changes}).encode(), "forged")


def signatures(draft: Draft) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(draft.to_bytes())["signatures"]
    return found


@pytest.mark.parametrize(
    ("by", "signed", "is_met"),
    [
        ([], (), False),
        ([ANNA], (ANNA,), False),
        ([BEN, BEN], (BEN,), False),
        ([ANNA, EVE], (ANNA,), False),
        ([EVE, ONLINE], (), False),
        ([CEM, ANNA], (ANNA, CEM), True),
        ([ANNA, BEN, CEM], (ANNA, BEN, CEM), True),
    ],
    ids=["nobody", "one", "one twice", "one and a stranger", "keys of others", "two", "three"],
)
def test_who_counts(root: Draft, by: Sequence[RoleKey], signed: Sequence[RoleKey], is_met: bool) -> None:
    count = root.count("root", root.signed_with(by))
    assert (count.signed, count.is_met, count.threshold) == (ids(*signed), is_met, 2)
    assert set(count.missing) == set(ids(ANNA, BEN, CEM)) - set(ids(*signed))


def test_a_signature_counts_for_its_content_only(root: Draft) -> None:
    signed = root.signed_with([ANNA, BEN])
    changed = forged(signed, signed={**json.loads(signed.to_bytes())["signed"], "version": 2})
    assert root.count("root", changed).signed == ()


def test_a_signature_counts_for_whose_it_is_only(root: Draft) -> None:
    (one,) = signatures(root.signed_with([ANNA]))
    assert root.count("root", forged(root, signatures=[{**one, "keyid": BEN.keyid}])).signed == ()
    assert root.count("root", forged(root, signatures=[{**one, "sig": "00" * 64}])).signed == ()
    assert root.count("root", forged(root, signatures=[one])).signed == ids(ANNA)


def test_a_key_counts_for_its_role_only(root: Draft) -> None:
    snapshot = snapshot_of({}, 1, NOW)
    assert root.count("snapshot", snapshot.signed_with([ANNA, BEN])).signed == ()
    assert root.count("snapshot", snapshot.signed_with([ONLINE])).is_met


def test_a_public_key_signs_nothing(root: Draft) -> None:
    public = RoleKey(keyid=ANNA.keyid, key=ANNA.key)
    assert signatures(root.signed_with([public])) == []


def test_signing_leaves_the_draft_and_the_signatures_on_it_alone(root: Draft) -> None:
    once = root.signed_with([BEN])
    twice = once.signed_with([BEN, ANNA])
    assert (len(signatures(root)), len(signatures(once))) == (0, 1)
    assert signatures(twice)[0] == signatures(once)[0], "ECDSA would have made another one"
    assert twice.payload == root.payload


def test_copies_are_joined(root: Draft) -> None:
    joined = root.signed_with([ANNA]).joined(root.signed_with([BEN]), {BEN.keyid})
    assert root.count("root", joined).is_met


def test_another_draft_is_not_joined(root: Draft) -> None:
    newer = root.renewed(ROOT, NOW)
    with pytest.raises(TrustError) as caught:
        newer.joined(root.signed_with([ANNA]), {ANNA.keyid})
    assert caught.value.message == ("the file is another draft of root (version 1) than the mirror has now (version 2)")


def test_the_next_version_is_unsigned_and_good_for_the_full_time(root: Draft) -> None:
    later = root.signed_with([ANNA]).renewed(ROOT, NOW + 86400.9)
    assert (later.version, later.expires, signatures(later)) == (2, NOW + 366 * 86400, [])
    assert root.renewed(ROOT, NOW, number=7).version == 7
    assert (root.version, later.holders("root")) == (1, root.holders("root"))


def test_what_is_listed() -> None:
    draft = first_delegated(RELEASES, NOW).signed_with([ONLINE]).listing(LISTED)
    assert (draft.listed, signatures(draft)) == (LISTED, [])
    told = json.loads(draft.to_bytes())["signed"]["targets"]
    assert told["manifest/a.json"] == {"hashes": {"sha256": "a" * 64}, "length": 1}
    assert draft.to_bytes() == first_delegated(RELEASES, NOW).listing(dict(reversed(LISTED.items()))).to_bytes()


def test_keys_change(root: Draft) -> None:
    changed = root.signed_with([ANNA]).delegating("root", [EVE], ids(ANNA, BEN), None)
    assert (changed.holders("root"), signatures(changed)) == ((ids(CEM, EVE), 2), [])
    assert changed.holders("targets") == root.holders("targets"), "the same keys, and another role"
    assert changed.delegating("root", [], [], 1).holders("root") == (ids(CEM, EVE), 1)
    only = root.delegating("snapshot", [EVE], ids(ONLINE), None)
    assert (only.holders("snapshot"), only.holders("timestamp")) == ((ids(EVE), 1), (ids(ONLINE), 1))
    targets = first_targets({role: [ONLINE] for role in ROLES}, NOW)
    assert targets.delegating("releases", [ANNA], ids(ONLINE), None).holders("releases") == (ids(ANNA), 1)
    assert ANNA.keyid not in json.loads(changed.delegating("targets", [], ids(ANNA), None).to_bytes())["signed"]["keys"]


@pytest.mark.parametrize(
    ("gone", "threshold", "told"),
    [
        ((ANNA, BEN), None, "root would have 1 keys, of which 2 have to sign"),
        ((), 4, "root would have 3 keys, of which 4 have to sign"),
        ((), 0, "root would have 3 keys, of which 0 have to sign"),
        ((ANNA, BEN, CEM), 1, "root would have 0 keys, of which 1 have to sign"),
        ((EVE,), None, f"root has no key {EVE.keyid}"),
    ],
)
def test_a_role_that_nobody_could_sign_is_refused(
    root: Draft, gone: Sequence[RoleKey], threshold: int | None, told: str
) -> None:
    with pytest.raises(TrustError) as caught:
        root.delegating("root", [], ids(*gone), threshold)
    assert caught.value.message == told
    assert root.holders("root") == (ids(ANNA, BEN, CEM), 2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"signed":{"_type":"root"},"signatures":[]}',
        b'{"signed":{"_type":"mirrors","spec_version":"1.0.31","version":1},"signatures":[]}',
        b"[" * 100_000,
    ],
    ids=["empty", "object", "list", "null", "bytes", "half a root", "another type", "deep"],
)
def test_what_is_no_metadata(content: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_draft(content, "draft.json")
    assert caught.value.message == "draft.json: not TUF metadata"


def test_metadata_with_a_key_signed_twice_is_none(root: Draft) -> None:
    signed = root.signed_with([ANNA])
    with pytest.raises(DocumentError):
        forged(signed, signatures=signatures(signed) * 2)


def test_a_draft_survives_its_file(root: Draft) -> None:
    signed = root.signed_with([ANNA, BEN])
    again = parse_draft(signed.to_bytes(), "draft.json")
    assert (again.to_bytes(), again.role, TARGETS.delegator) == (signed.to_bytes(), "root", "root")
    assert root.count("root", again).is_met
