"""Revocations: what an entry is about, which one counts, and that nothing unknown is passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.revocation import Revocation, Revocations, dump_revocations, parse_revocations, union
from pyv.errors import DocumentError

DIGEST, KEY = "ab" * 32, "cd" * 32
ARTIFACT = Artifact(
    version="3.13.1",
    triple="x86_64-unknown-linux-gnu",
    flavor="install_only",
    build="20260814",
    sha256=DIGEST,
    keyid=KEY,
)
FREE = replace(ARTIFACT, options="freethreaded+pgo+lto")


def entry(action: str = "block", **changes: Any) -> dict[str, Any]:
    return {"action": action, "match": {"build": "20260814"}, "reason": "bad", "date": "2026-11-01", **changes}


def listed(*entries: dict[str, Any]) -> str:
    return json.dumps({"format": 1, "entries": list(entries)})


def read(*entries: dict[str, Any]) -> Revocations:
    return parse_revocations(listed(*entries), "list")


@pytest.mark.parametrize(
    ("match", "default", "free"),
    [
        ({"sha256": DIGEST}, True, True),
        ({"sha256": "ac" * 32}, False, False),
        ({"build": "20260814"}, True, True),
        ({"build": "20260815"}, False, False),
        ({"key": KEY}, True, True),
        ({"key": DIGEST}, False, False),
        ({"version": "3.13.1"}, True, True),
        ({"version": "3.13.1t"}, False, True),
        ({"version": "3.13.1-debug"}, False, False),
        ({"version": "3.13.10"}, False, False),
        ({"version": "3.13.1", "triple": "x86_64-unknown-linux-gnu"}, True, True),
        ({"version": "3.13.1", "triple": "aarch64-unknown-linux-gnu"}, False, False),
    ],
)
def test_what_an_entry_is_about(match: dict[str, str], default: bool, free: bool) -> None:
    (found,) = read(entry(match=match)).entries
    assert (found.hits(ARTIFACT), found.hits(FREE)) == (default, free)
    assert found.match == match


def test_an_unsigned_record_is_no_keys_and_no_builds() -> None:
    unsigned = replace(ARTIFACT, keyid="", sha256="ef" * 32)
    for match in ({"key": KEY}, {"sha256": DIGEST}, {"build": "20260101"}):
        assert read(entry(match=match)).of(unsigned) is None


def test_a_block_goes_before_a_yank() -> None:
    yank, block = entry("yank", match={"sha256": DIGEST}), entry(match={"version": "3.13.1"}, reason="worse")
    found = read(yank, block).of(ARTIFACT)
    assert found is not None
    assert (found.action, found.blocks, found.reason) == ("block", True, "worse")
    found = read(entry("yank", reason="first"), yank).of(ARTIFACT)
    assert found is not None
    assert (found.action, found.blocks, found.reason) == ("yank", False, "first")
    assert Revocations().of(ARTIFACT) is None


def test_dump() -> None:
    one = entry(ref="CVE-2026-1", replaced_by="3.13.2")
    two = entry("yank", match={"version": "3.13.1", "triple": "x86_64-unknown-linux-gnu"}, date="2026-10-31")
    text = dump_revocations(read(one, two, one))
    assert text == (
        '{"entries":[{"action":"yank","date":"2026-10-31",'
        '"match":{"triple":"x86_64-unknown-linux-gnu","version":"3.13.1"},"reason":"bad"},'
        '{"action":"block","date":"2026-11-01","match":{"build":"20260814"},"reason":"bad","ref":"CVE-2026-1",'
        '"replaced_by":"3.13.2"}],"format":1}\n'
    )
    assert dump_revocations(parse_revocations(text, "list")) == text
    assert dump_revocations(read(two, one)) == text
    assert dump_revocations(Revocations()) == '{"entries":[],"format":1}\n'


def test_union() -> None:
    one, two = read(entry()), read(entry(match={"key": KEY}), entry())
    assert union(one, two).entries == (*one.entries, two.entries[0])
    assert union(Revocations(), one) == one


def test_what_only_describes_may_be_unknown() -> None:
    assert read(entry(severity="high")).entries == (
        Revocation(action="block", build="20260814", reason="bad", date="2026-11-01"),
    )


NEWER = "entries[0].match: needs a newer pyv: not exactly one of `sha256`, `build`, `version`, `key`"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"action": "warn"}, "entries[0].action: needs a newer pyv: `warn` is neither `block` nor `yank`"),
        ({"action": None}, "entries[0].action: missing"),
        ({"match": {"cpu": "x"}}, NEWER),
        ({"match": {}}, NEWER),
        ({"match": {"build": "20260814", "cpu": "x"}}, NEWER),
        ({"match": {"build": "20260814", "key": KEY}}, NEWER),
        ({"match": {"triple": "x86_64-unknown-linux-gnu"}}, NEWER),
        (
            {"match": {"build": "20260814", "triple": "x86_64-unknown-linux-gnu"}},
            "entries[0].match: needs a newer pyv: `triple` goes with `version` only",
        ),
        ({"match": "20260814"}, "entries[0].match: not a JSON object"),
        ({"match": {"build": "2026"}}, "entries[0].match.build: `2026` is not of the form it must have"),
        ({"match": {"build": 20260814}}, "entries[0].match.build: not a string"),
        ({"match": {"sha256": "AB"}}, "entries[0].match.sha256: `AB` is not of the form it must have"),
        ({"match": {"key": "ab"}}, "entries[0].match.key: `ab` is not of the form it must have"),
        (
            {"match": {"version": "3.13.1", "triple": "linux"}},
            "entries[0].match.triple: `linux` is not of the form it must have",
        ),
        (
            {"match": {"version": "3.13"}},
            "entries[0].match.version: `3.13` is not a version such as 3.13.1 or 3.13.1t",
        ),
        ({"reason": None}, "entries[0].reason: missing"),
        ({"reason": "\x1b[2J"}, "entries[0].reason: has characters that cannot be shown"),
        ({"reason": "x" * 4097}, "entries[0].reason: longer than 4,096 characters"),
        ({"replaced_by": "3.13\n"}, "entries[0].replaced_by: has characters that cannot be shown"),
        ({"ref": "\x1b[31m"}, "entries[0].ref: has characters that cannot be shown"),
        (
            {"match": {"sha256": "A" * 64}},
            f"entries[0].match.sha256: `{'A' * 64}` is not of the form it must have",
        ),
        ({"date": "2026-13-01"}, "entries[0].date: `2026-13-01` is not a day such as 2026-11-23"),
    ],
)
def test_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(entry(**changes))
    assert caught.value.message == f"list: {problem}"


def test_another_format() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_revocations('{"format":2,"entries":[]}', "list")
    assert caught.value.message == "list: format: this pyv reads format 1, the document says 2"
