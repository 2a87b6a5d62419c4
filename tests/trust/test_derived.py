"""The signature of a derived record: one key, one statement, and no other kind of statement."""

from __future__ import annotations

import base64
from dataclasses import replace
from types import MappingProxyType

import pytest

from pyv.domain.derived import Derived
from pyv.errors import SignatureError, UnknownKeyError
from pyv.trust.derived import PAYLOAD_TYPE, sign_derived, signed_bytes, verify_derived
from pyv.trust.keys import ArtifactKey
from pyv.trust.record import pae
from tests.trust.vector import KEYID, KEYS, golden_key

KEY = KEYS.keys[0]
DERIVED = sign_derived(Derived(origin="ab" * 32, sha256="cd" * 32, size=1000, unpacked=5000, entries=7), golden_key())
PAYLOAD = f'{{"c":"zst","e":7,"h":"{"cd" * 32}","n":1000,"o":"{"ab" * 32}","u":5000}}'.encode()


def test_golden() -> None:
    assert signed_bytes(DERIVED) == b"DSSEv1 35 application/vnd.pyv.derived.v1+json %d %b" % (len(PAYLOAD), PAYLOAD)
    assert DERIVED.keyid == KEYID
    verify_derived(DERIVED, KEY, "it")


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "00" * 32},
        {"sha256": "00" * 32},
        {"size": 1001},
        {"compression": "gz"},
        {"unpacked": None},
        {"entries": 8},
        {"extra": MappingProxyType({"zz": 1})},
        {"signature": base64.b64encode(bytes(64)).decode()},
    ],
)
def test_altered(changes: dict[str, object]) -> None:
    altered = replace(DERIVED, **changes)  # type: ignore[arg-type]  # names are checked at run time
    with pytest.raises(SignatureError, match="the record of it was altered after it was signed"):
        verify_derived(altered, KEY, "it")


@pytest.mark.parametrize("signature", ["", "AAAA", "*", "é"])
def test_no_signature(signature: str) -> None:
    with pytest.raises(SignatureError, match="the signature of it is not base64 of 64 bytes"):
        verify_derived(replace(DERIVED, signature=signature), KEY, "it")


def test_another_key() -> None:
    other = ArtifactKey.of_public(b"\x07" * 32)
    with pytest.raises(UnknownKeyError, match=f"it is signed by key {KEYID[:16]}, not by {other.keyid[:16]}"):
        verify_derived(DERIVED, other, "it")
    with pytest.raises(SignatureError):
        verify_derived(replace(DERIVED, keyid=other.keyid), other, "it")


def test_no_other_statement_of_the_same_words_counts() -> None:
    """A signature over the payload as another type (a record's, say) is none over this."""
    as_record = golden_key().sign_bytes(pae("application/vnd.pyv.artifact.v1+json", PAYLOAD))
    assert PAYLOAD_TYPE != "application/vnd.pyv.artifact.v1+json"
    with pytest.raises(SignatureError):
        verify_derived(replace(DERIVED, signature=as_record), KEY, "it")
