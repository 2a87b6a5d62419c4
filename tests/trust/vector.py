"""The golden vector: what another implementation must compute, byte for byte. It moves only with the format."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pyv.domain.artifact import Artifact
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.signing import SigningKey

NOW = 1_795_305_600.0
"""2026-11-22, 00:00 UTC."""

PUBLIC = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
KEYID = "63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6fd18e9235b9"
PAYLOAD = (
    b'{"b":"20260814","e":4321,"f":"install_only_stripped",'
    b'"h":"abababababababababababababababababababababababababababababababab",'
    b'"i":"cpython","n":31234567,"t":"x86_64-unknown-linux-gnu","u":98765432,"v":"3.13.7","x":"freethreaded"}'
)
PAE = b"DSSEv1 36 application/vnd.pyv.artifact.v1+json 227 " + PAYLOAD
SIGNATURE = "QgZo6xQOjDf0BPozF5c1/3PeXlxgxINszeFA+6KGAKzeAJxJSVzBsc1u2PfDJsyQLhTWa+mON6QX5DoejeGxDA=="

RECORD = Artifact(
    version="3.13.7",
    triple="x86_64-unknown-linux-gnu",
    flavor="install_only_stripped",
    options="freethreaded",
    build="20260814",
    sha256="ab" * 32,
    size=31234567,
    unpacked=98765432,
    entries=4321,
    keyid=KEYID,
    signature=SIGNATURE,
)
KEYS = KeyList(keys=(ArtifactKey(keyid=KEYID, public=bytes.fromhex(PUBLIC)),))


def golden_key() -> SigningKey:
    """The private key whose 32 secret bytes are 0, 1, …, 31."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey.from_pem(pem, "the test key")
