"""What was truly signed: records, a key list, and which payloads a signature may ever fit."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived
from pyv.errors import PyvError
from pyv.trust.derived import sign_derived
from pyv.trust.record import payload_bytes, verify_record
from tests.trust.vector import KEYS, NOW, RECORD, golden_key

LINUX = RECORD.triple
RECORDS = tuple(
    golden_key().sign_record(record)
    for record in (
        RECORD,
        replace(RECORD, version="3.12.2", options="", build="20240224", sha256="cd" * 32, location="20240224/x.tar.gz"),
        replace(RECORD, version="3.14.0rc2", options="debug", flavor="full", sha256="01" * 32),
        replace(RECORD, version="3.9.2", options="", size=None, unpacked=None, entries=None, sha256="23" * 32),
        replace(RECORD, extra=MappingProxyType({"crit": ["v"], "zz": {"a": [1, "é", None, True]}})),
    )
)
DERIVED = tuple(
    sign_derived(record, golden_key())
    for record in (
        Derived(origin=RECORDS[0].sha256, sha256="ce" * 32, size=1000, unpacked=98765432, entries=4321),
        Derived(origin=RECORDS[1].sha256, sha256="df" * 32, size=2000),
        Derived(origin="12" * 32, sha256="13" * 32, size=0, extra=MappingProxyType({"crit": ["o"], "zz": [None, "é"]})),
    )
)
_SIGNED = frozenset(payload_bytes(record) for record in RECORDS)


def hold(artifact: Artifact) -> None:
    """Whatever was read: its signature fails, or it says what was signed."""
    try:
        verify_record(artifact, KEYS, NOW)
    except PyvError:
        return
    assert payload_bytes(artifact) in _SIGNED, "a signature fits what was never signed"
