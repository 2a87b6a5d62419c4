"""What was truly signed: records, a key list, and which payloads a signature may ever fit."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from pyv.domain.artifact import Artifact
from pyv.errors import PyvError
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
_SIGNED = frozenset(payload_bytes(record) for record in RECORDS)


def hold(artifact: Artifact) -> None:
    """Whatever was read: its signature fails, or it says what was signed."""
    try:
        verify_record(artifact, KEYS, NOW)
    except PyvError:
        return
    assert payload_bytes(artifact) in _SIGNED, "a signature fits what was never signed"
