"""The verdict on a record: the golden vector, and every way to fail."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields
from pyv.errors import DocumentError, PyvError, SignatureError, UnknownKeyError
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.record import PAYLOAD_TYPE, pae, payload_bytes, signed_bytes, verify_record
from pyv.trust.signing import SigningKey
from tests.trust.vector import KEYID, KEYS, NOW, PAE, PAYLOAD, RECORD, SIGNATURE

NAME = "cpython-3.13.7+20260814-x86_64-unknown-linux-gnu-freethreaded-install_only_stripped"


def test_the_pre_authentication_encoding_is_dsse() -> None:
    """The example of DSSE's protocol.md."""
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == expected


def test_lengths_count_bytes() -> None:
    assert pae("é", "ü→".encode()) == "DSSEv1 2 é 5 ü→".encode()


def test_the_golden_record_has_the_golden_bytes() -> None:
    assert PAYLOAD_TYPE == "application/vnd.pyv.artifact.v1+json"
    assert payload_bytes(RECORD) == PAYLOAD
    assert signed_bytes(RECORD) == PAE


def test_the_golden_signature_verifies() -> None:
    assert verify_record(RECORD, KEYS, NOW) is KEYS.keys[0]


def test_the_location_is_not_signed() -> None:
    moved = replace(RECORD, location="20260814/elsewhere.tar.gz")
    assert verify_record(moved, KEYS, NOW).keyid == KEYID


@pytest.mark.parametrize(
    "altered",
    [
        replace(RECORD, version="3.13.8"),
        replace(RECORD, triple="aarch64-unknown-linux-gnu"),
        replace(RECORD, flavor="install_only"),
        replace(RECORD, options=""),
        replace(RECORD, build="20260815"),
        replace(RECORD, sha256="ac" * 32),
        replace(RECORD, size=None),
        replace(RECORD, size=31234568),
        replace(RECORD, unpacked=None),
        replace(RECORD, entries=4322),
        replace(RECORD, extra=MappingProxyType({"z": 1})),
        replace(RECORD, signature=base64.b64encode(bytes(64)).decode()),
    ],
)
def test_an_altered_record_is_refused(altered: Artifact) -> None:
    with pytest.raises(SignatureError) as caught:
        verify_record(altered, KEYS, NOW)
    assert caught.value.message == f"the record of {altered.name} was altered after it was signed"
    assert (caught.value.exit_code, caught.value.code) == (4, "bad-signature")


@pytest.mark.parametrize("place", range(64))
def test_every_byte_of_the_signature_counts(place: int) -> None:
    signature = bytearray(base64.b64decode(SIGNATURE))
    signature[place] ^= 1
    with pytest.raises(SignatureError, match="was altered after it was signed"):
        verify_record(replace(RECORD, signature=base64.b64encode(signature).decode()), KEYS, NOW)


@pytest.mark.parametrize("signature", ["!" + SIGNATURE[1:], SIGNATURE[:-4], SIGNATURE + "AAAA", "é", SIGNATURE + "\n"])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(SignatureError) as caught:
        verify_record(replace(RECORD, signature=signature), KEYS, NOW)
    assert caught.value.message == f"the signature of {NAME} is not base64 of 64 bytes"


@pytest.mark.parametrize("bare", [replace(RECORD, signature=""), replace(RECORD, keyid="")])
def test_an_unsigned_record_is_refused(bare: Artifact) -> None:
    with pytest.raises(SignatureError) as caught:
        verify_record(bare, KEYS, NOW)
    assert caught.value.message == f"the record of {NAME} is not signed"


def test_a_foreign_key_is_refused() -> None:
    stranger = SigningKey.generate()
    with pytest.raises(UnknownKeyError, match="which this index does not name"):
        verify_record(stranger.sign_record(RECORD), KEYS, NOW)


def test_a_foreign_signature_under_a_known_id_is_refused() -> None:
    forged = replace(SigningKey.generate().sign_record(RECORD), keyid=KEYID)
    with pytest.raises(SignatureError, match="was altered after it was signed"):
        verify_record(forged, KEYS, NOW)


def test_a_revoked_key_is_refused() -> None:
    revoked = KeyList(keys=(replace(KEYS.keys[0], revoked=True),))
    with pytest.raises(UnknownKeyError, match="which has been revoked"):
        verify_record(RECORD, revoked, NOW)


def test_an_expired_key_is_refused() -> None:
    expired = KeyList(keys=(replace(KEYS.keys[0], not_after="2026-11-21"),))
    with pytest.raises(UnknownKeyError, match="which expired after 2026-11-21"):
        verify_record(RECORD, expired, NOW)


def test_unknown_keys_of_a_record_are_signed_too() -> None:
    record = json.loads(PAYLOAD) | {"c": "d" * 64}
    read = Artifact.from_fields(Fields(record, "record"))
    key = SigningKey.generate()
    signed = key.sign_record(read)
    keys = KeyList(keys=(key.public_key,))
    assert verify_record(signed, keys, NOW) == key.public_key
    with pytest.raises(SignatureError):
        verify_record(replace(signed, extra=MappingProxyType({})), keys, NOW)


def mutated(record: dict[str, object], key: str, value: object) -> Artifact | None:
    try:
        return Artifact.from_fields(Fields({**record, key: value}, "record"))
    except DocumentError:
        return None


@given(
    key=st.sampled_from([*"ivtfxbnuehks", "crit", "c", "zz"]),
    value=st.one_of(st.text(max_size=80), st.integers(0, 2**53), st.none(), st.booleans(), st.just(SIGNATURE)),
)
def test_no_change_of_a_signed_key_verifies(key: str, value: object) -> None:
    """Whatever is put in place of a value: the same record, or a refusal."""
    record = RECORD.to_dict()
    read = mutated(record, key, value)
    if read is None or read == RECORD:
        return
    with pytest.raises(PyvError):
        verify_record(read, KEYS, NOW)


def test_a_public_key_that_is_no_point_verifies_nothing() -> None:
    broken = ArtifactKey(keyid=KEYID, public=b"\xff" * 32)
    with pytest.raises(SignatureError):
        verify_record(RECORD, KeyList(keys=(broken,)), NOW)
