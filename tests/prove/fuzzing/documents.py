"""The signed documents: what is read from damage is told again as it was read, and no signature fits it."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from pyv.domain.derived import dump_derived, parse_derived
from pyv.domain.lock import dump_lock, parse_lock
from pyv.domain.manifest import dump_manifest, manifest_order, parse_manifest
from pyv.domain.objection import objector
from pyv.domain.policy import Policy
from pyv.domain.revocation import Revocations, dump_revocations, parse_revocations, union
from pyv.errors import PyvError
from pyv.index.opened import decoded
from pyv.index.reading import PACK, packed
from pyv.trust.derived import verify_derived
from pyv.trust.keys import dump_key_list, key_id, parse_key_list
from pyv.trust.proof import dump_proof, parse_proof
from tests.prove.fuzzing.genuine import DERIVED, LINUX, RECORDS, hold
from tests.prove.fuzzing.mutator import json_damaged, text_damaged
from tests.prove.fuzzing.target import Target
from tests.trust.vector import KEYS

_PACKED = "metadata/2.snapshot.json"
_CHANGING = ("metadata/timestamp.json", "metadata/2.root.json", f"targets/manifest/{LINUX}.json")
_LONGEST = 2000
_RECORD_WORDS = ('["v"]', "[[]]", "[{}]", '["newer"]', '"static"', '"3.12.2"', '"20250323"', '"full"', '"a-b-c"', "[]")


def manifest(data: bytes, place: Path) -> bool:
    """Records come out as they were signed, or not at all; the same text comes of the same records."""
    found = parse_manifest(decoded(data, "manifest"), "manifest", LINUX)
    for artifact in found:
        hold(artifact)
    again = parse_manifest(dump_manifest(LINUX, found), "manifest", LINUX)
    assert again == sorted(found, key=manifest_order), "another manifest is read than was written"
    return True


def derived(data: bytes, place: Path) -> bool:
    """Derived records come out as they stand there, or not at all; no signature fits what was never signed."""
    found = parse_derived(decoded(data, "derived"), "derived", LINUX)
    for record in found:
        try:
            verify_derived(record, KEYS.keys[0], "it")
        except PyvError:
            continue
        assert record.payload() in [each.payload() for each in DERIVED], "a signature fits what was never signed"
    text = dump_derived(LINUX, found)
    assert dump_derived(LINUX, parse_derived(text, "derived", LINUX)) == text, "another file is read than was written"
    return True


def lock(data: bytes, place: Path) -> bool:
    """Records of a lock come out as they were signed, or not at all; one lock has one spelling."""
    found = parse_lock(decoded(data, "lock"), "lock")
    for entry in found.entries:
        hold(entry.artifact)
    text = dump_lock(found)
    assert parse_lock(text, "lock") == found, "another lock is read than was written"
    assert dump_lock(parse_lock(text, "lock")) == text, "one lock has two spellings"
    return True


def proof(data: bytes, place: Path) -> bool:
    """The same of proofs, in both spellings."""
    found = parse_proof(data.decode("utf-8", "replace"), "proof")
    hold(found)
    if _is_base64(found.signature):
        again = parse_proof(dump_proof(found), "proof")
        assert again == replace(found, location=None), "another proof is read than was written"
    return True


def _is_base64(text: str) -> bool:
    """Whether it is the one spelling of some bytes."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except ValueError:
        return False


def keys(data: bytes, place: Path) -> bool:
    """No key but under its own id."""
    found = parse_key_list(decoded(data, "keys"), "keys")
    assert all(key.keyid == key_id(key.public) for key in found.keys), "a key under another's id"
    again = parse_key_list(dump_key_list(found), "keys")
    assert set(again.keys) == set(found.keys), "other keys are read than were written"
    for artifact in RECORDS:
        found.find(artifact.keyid)
    return True


def revocations(data: bytes, place: Path) -> bool:
    """A list says the same when it is written and read again, and its objections can be told."""
    found = parse_revocations(decoded(data, "revocations"), "revocations")
    text = dump_revocations(found)
    again = parse_revocations(text, "revocations")
    assert set(again.entries) == set(found.entries), "other entries are read than were written"
    assert dump_revocations(again) == text, "one list has two spellings"
    assert union(found, Revocations()) == found
    objects = objector(found, Policy(), 0.0)
    for artifact in RECORDS:
        objection = objects(artifact)
        assert objection is None or objection.reason.isprintable(), "an objection tells a terminal what to do"
    return True


def pack(data: bytes, place: Path) -> bool:
    """A pack answers within the limit asked for, and never for what changes in place; a damaged one holds nothing."""
    asked: list[str] = []

    def read(name: str, max_bytes: int) -> bytes | None:
        asked.append(name)
        return data if name == PACK else b"itself"

    through = packed(read)
    for name in _CHANGING:
        assert through(name, _LONGEST) == b"itself", f"a pack answers for {name}"
    content = through(_PACKED, _LONGEST)
    assert len(content or b"") <= _LONGEST, "a pack answers with more than was asked for"
    assert asked.count(PACK) == 1
    return content != b"itself"


TARGETS = (
    Target(name="manifest", run=manifest, damage=json_damaged(_RECORD_WORDS)),
    Target(
        name="lock",
        run=lock,
        damage=text_damaged(
            (
                "[[python]]\n",
                "format = 1\n",
                'extra = "{}"\n',
                '"""',
                "'",
                "\\u0000",
                " = ",
                "[",
                ".",
                "é",
                "\r\n",
                "#",
                "{",
            )
        ),
    ),
    Target(name="derived", run=derived, damage=json_damaged(('"gz"', '["newer"]', f'"{"ab" * 32}"'))),
    Target(name="proof", run=proof, damage=json_damaged(_RECORD_WORDS)),
    Target(name="keys", run=keys, damage=json_damaged(('"2026-02-31"', '"ed25519"', "true", f'"{"0" * 64}"'))),
    Target(
        name="revocations",
        run=revocations,
        damage=json_damaged(('"yank"', '"3.12.2t"', '"3.12.2-debug"', '{"build":"20260814"}', '{"version":"3.13.7"}')),
    ),
    Target(name="pack", run=pack, damage=json_damaged(('{"metadata/2.snapshot.json":"x"}', '"x"'))),
)
