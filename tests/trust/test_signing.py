"""Signing keys: the golden signature, and key files that are none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pyv.errors import DocumentError, TrustError
from pyv.trust.keys import KeyList
from pyv.trust.record import verify_record
from pyv.trust.signing import SigningKey
from tests.trust.vector import KEYID, NOW, PUBLIC, RECORD, golden_key

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def test_the_golden_key_makes_the_golden_signature() -> None:
    key = golden_key()
    assert (key.public_key.keyid, key.public_key.public.hex()) == (KEYID, PUBLIC)
    assert key.sign_record(replace(RECORD, keyid="", signature="")) == RECORD


def test_signing_replaces_an_earlier_signature_and_keeps_the_location() -> None:
    key = SigningKey.generate()
    signed = key.sign_record(replace(RECORD, location="20260814/a.tar.gz"))
    assert signed.keyid == key.public_key.keyid
    assert signed.location == "20260814/a.tar.gz"
    assert verify_record(signed, KeyList(keys=(key.public_key,)), NOW) == key.public_key


def test_a_key_survives_its_file() -> None:
    key = SigningKey.generate()
    pem = key.to_pem()
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert SigningKey.from_pem(pem, "key").public_key == key.public_key


def test_every_generated_key_is_another() -> None:
    assert SigningKey.generate().public_key != SigningKey.generate().public_key


def test_a_key_does_not_show_itself() -> None:
    key = SigningKey.generate()
    assert repr(key) == f"SigningKey(public_key={key.public_key!r})"


def test_an_encrypted_key_says_so() -> None:
    locked = Ed25519PrivateKey.generate().private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret"))
    with pytest.raises(TrustError) as caught:
        SigningKey.from_pem(locked, "artifact.pem")
    assert caught.value.message == "artifact.pem: the key is encrypted, and there is no passphrase"


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ec.generate_private_key(ec.SECP384R1()).private_bytes(PEM, PKCS8, serialization.NoEncryption()),
        Ed25519PrivateKey.generate().public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        golden_key().to_pem()[:-40],
    ],
    ids=["empty", "nonsense", "another kind", "public", "cut short"],
)
def test_what_is_no_key_is_refused(pem: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        SigningKey.from_pem(pem, "artifact.pem")
    assert caught.value.message == "artifact.pem: not an Ed25519 or P-256 private key in PKCS#8 PEM form"


def test_records_are_signed_with_ed25519_alone() -> None:
    """P-256 serves roles, never records."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, serialization.NoEncryption())
    with pytest.raises(DocumentError) as caught:
        SigningKey.from_pem(pem, "artifact.pem")
    assert caught.value.message == "artifact.pem: not an Ed25519 key, and records are signed with nothing else"
