"""Revocations: what they hit, and that nothing doubtful is read as one."""

from __future__ import annotations

import json

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.duration import parse_duration, spelled_duration
from pyv.domain.revocation import Revocation, Revocations, dump_revocations, parse_revocations, union
from pyv.errors import DocumentError

ARTIFACT = Artifact(
    version="3.12.2",
    triple="x86_64-unknown-linux-gnu",
    flavor="install_only",
    build="20240224",
    sha256="a" * 64,
    keyid="b" * 64,
)


def entry(match: dict[str, str], action: str = "block", **more: str) -> dict[str, object]:
    return {"action": action, "match": match, "reason": "it was wrong", "date": "2026-11-23", **more}


def read(*entries: dict[str, object]) -> Revocations:
    return parse_revocations(json.dumps({"format": 1, "entries": entries}), "list")


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"sha256": "a" * 64}, True),
        ({"sha256": "c" * 64}, False),
        ({"build": "20240224"}, True),
        ({"build": "20240225"}, False),
        ({"version": "3.12.2"}, True),
        ({"version": "3.12.2t"}, False),
        ({"version": "3.12.2", "triple": "x86_64-unknown-linux-gnu"}, True),
        ({"version": "3.12.2", "triple": "aarch64-apple-darwin"}, False),
        ({"key": "b" * 64}, True),
        ({"key": "c" * 64}, False),
    ],
)
def test_match(match: dict[str, str], hit: bool) -> None:
    assert (read(entry(match)).of(ARTIFACT) is not None) is hit


def test_a_block_counts_before_a_yank() -> None:
    found = read(entry({"build": "20240224"}, "yank"), entry({"version": "3.12.2"})).of(ARTIFACT)
    assert found is not None
    assert found.blocks


@pytest.mark.parametrize(
    "wrong",
    [
        entry({"sha256": "a" * 64}, "forgive"),
        entry({}),
        entry({"sha256": "a" * 64, "build": "20240224"}),
        entry({"sha256": "A" * 64}),
        entry({"moon": "full"}),
        entry({"build": "20240224", "triple": "x86_64-unknown-linux-gnu"}),
        entry({"version": "3"}),
        entry({"build": "20240224"}, ref="\x1b[31m"),
    ],
)
def test_what_is_not_plain_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DocumentError):
        read(wrong)


def test_lists_round_trip_and_only_grow() -> None:
    one, other = read(entry({"build": "20240224"})), read(entry({"key": "b" * 64}, ref="ADV-1", replaced_by="3.12.3"))
    both = union(union(one, other), one)
    assert len(both.entries) == 2
    assert set(parse_revocations(dump_revocations(both), "list").entries) == set(both.entries)
    assert dump_revocations(union(other, one)) == dump_revocations(both)


def test_an_unsigned_record_is_hit_by_no_key() -> None:
    unsigned = Artifact(
        version="3.12.2", triple=ARTIFACT.triple, flavor="install_only", build="20240224", sha256="a" * 64
    )
    revoked = Revocation(action="block", keyid="b" * 64, reason="stolen", date="2026-11-23")
    assert Revocations((revoked,)).of(unsigned) is None


@pytest.mark.parametrize(("text", "seconds"), [("7d", 604800), ("12h", 43200), ("30m", 1800), ("0", 0)])
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds
    assert parse_duration(spelled_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "7", "-1d", "1.5h", "7D", "1d2h", "٣d"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)
