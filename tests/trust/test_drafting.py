"""First versions of roles, and the two that are made anew: what they say, to the letter of the reference."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from pyv.trust.authoring import PUBLISHED, Draft, RoleKey, parse_draft
from pyv.trust.drafting import first_delegated, first_root, first_targets, snapshot_of, timestamp_of
from pyv.trust.pem import ECDSA, generate
from pyv.trust.roles import DELEGATED, RELEASES, REVOCATIONS, ROLES, lister

NOW = 1_795_305_600.75
"""2026-11-22, 00:00 UTC, and a bit."""


def said(draft: Draft) -> dict[str, Any]:
    """What is to be signed, as it stands in the file."""
    found: dict[str, Any] = json.loads(draft.to_bytes())["signed"]
    return found


def holders(**numbers: int) -> dict[str, list[RoleKey]]:
    """One key a role, or as many as are named."""
    return {role: [RoleKey.of_private(generate()) for _ in range(numbers.get(role, 1))] for role in ROLES}


@pytest.mark.parametrize(("keys", "needed"), [(1, 1), (2, 2), (3, 2), (5, 2)])
def test_a_root_needs_as_many_people_as_there_are_up_to_two(keys: int, needed: int) -> None:
    having = holders(root=keys, targets=keys, timestamp=keys)
    root = said(first_root(having, NOW))
    assert (root["version"], root["consistent_snapshot"], root["expires"]) == (1, True, "2027-11-22T00:00:00Z")
    assert {role: each["threshold"] for role, each in root["roles"].items()} == {
        "root": needed,
        "targets": needed,
        "snapshot": 1,
        "timestamp": 1,
    }
    for role, each in root["roles"].items():
        assert each["keyids"] == [key.keyid for key in having[role]]
    assert root["keys"].keys() == {keyid for each in root["roles"].values() for keyid in each["keyids"]}


def test_one_key_that_is_given_twice_is_one_key() -> None:
    key = RoleKey.of_private(generate())
    root = said(first_root({**holders(), "root": [key, key]}, NOW))
    assert root["roles"]["root"] == {"keyids": [key.keyid], "threshold": 1}


def test_no_private_key_gets_into_metadata() -> None:
    key = generate(ECDSA)
    root = first_root({**holders(), "root": [RoleKey.of_private(key)]}, NOW).signed_with([RoleKey.of_private(key)])
    assert {each["keytype"] for each in said(root)["keys"].values()} == {"ed25519", "ecdsa"}
    assert b"PRIVATE" not in root.to_bytes()


def test_targets_delegate() -> None:
    having = holders(revocations=3)
    targets = said(first_targets(having, NOW))
    assert (targets["targets"], targets["expires"]) == ({}, "2027-11-22T00:00:00Z")
    told = [
        {
            "name": role.name,
            "paths": [f"{path}/*"],
            "terminating": True,
            "threshold": 1,
            "keyids": [key.keyid for key in having[role.name]],
        }
        for role, path in ((RELEASES, "manifest"), (REVOCATIONS, "revocations"))
    ]
    assert targets["delegations"]["roles"] == told


@pytest.mark.parametrize("role", DELEGATED, ids=lambda role: role.name)
def test_delegated_roles_are_good_for_years(role: Any) -> None:
    draft = said(first_delegated(role, NOW))
    assert (draft["_type"], draft["version"], draft["targets"]) == ("targets", 1, {})
    assert draft["expires"] == "2031-11-21T00:00:00Z"
    assert "delegations" not in draft


def test_targets_are_listed_by_the_role_whose_path_they_are_below() -> None:
    names = ["manifest/a.json", "revocations/revocations.json", "trust/artifact-keys.json", "manifests.json"]
    assert [lister(name).name for name in names] == ["releases", "revocations", "targets", "targets"]


def test_a_snapshot_names_versions() -> None:
    draft = snapshot_of({"targets": 3, "releases": 12}, 7, NOW)
    assert (draft.role, draft.version, draft.versions) == ("snapshot", 7, {"targets": 3, "releases": 12})
    assert said(draft)["expires"] == "2026-12-22T00:00:00Z"
    assert said(draft)["meta"] == {"releases.json": {"version": 12}, "targets.json": {"version": 3}}


def test_a_timestamp_names_one_file_and_says_when() -> None:
    draft = timestamp_of(b"the snapshot", 7, 9, NOW)
    assert (draft.role, draft.version, draft.versions) == ("timestamp", 9, {"snapshot": 7})
    meta = {"version": 7, "length": 12, "hashes": {"sha256": sha256(b"the snapshot").hexdigest()}}
    assert said(draft)["meta"] == {"snapshot.json": meta}
    assert said(draft)["expires"] == "2026-12-06T00:00:00Z"
    assert said(draft)[PUBLISHED] == draft.published == "2026-11-22T00:00:00Z"
    assert timestamp_of(b"", 1, 1, NOW, "2026-01-01T00:00:00Z").published == "2026-01-01T00:00:00Z"


def test_what_is_drafted_is_unsigned_and_reads_back() -> None:
    having = holders()
    for draft in (first_root(having, NOW), first_targets(having, NOW), snapshot_of({}, 1, NOW)):
        again = parse_draft(draft.to_bytes(), "draft")
        assert json.loads(draft.to_bytes())["signatures"] == []
        assert (again.payload, again.role, again.version) == (draft.payload, draft.role, draft.version)
