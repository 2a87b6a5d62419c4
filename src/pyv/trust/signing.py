"""The private half: making artifact keys and signing records.

A signing key is an Ed25519 key as an unencrypted PKCS#8 PEM text. Only publishing loads this module.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pyv.domain.artifact import Artifact
from pyv.errors import DocumentError
from pyv.trust.keys import ArtifactKey
from pyv.trust.record import signed_bytes

_HEADER = b"-----BEGIN PRIVATE KEY-----"
_ENCRYPTED = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private artifact key; it never shows itself."""

    private: Ed25519PrivateKey = field(repr=False)
    public_key: ArtifactKey

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key."""
        return cls._of(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, document: str) -> SigningKey:
        """Read a key file's bytes; `document` is what errors call it.

        Raises:
            DocumentError: it is encrypted, is no PKCS#8 PEM text, or holds another kind of key.
        """
        if any(mark in pem for mark in _ENCRYPTED):
            raise DocumentError(
                f"{document}: the key is encrypted, which this pyv does not read yet",
                hint="decrypt it with `openssl pkey` into a directory only you can read",
                document=document,
            )
        try:
            private = serialization.load_pem_private_key(pem, password=None) if _HEADER in pem else None
        except (ValueError, TypeError, UnsupportedAlgorithm):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            raise DocumentError(
                f"{document}: not an Ed25519 private key in PKCS#8 PEM form",
                hint="name the directory the keys were made in, or make new ones",
                document=document,
            )
        return cls._of(private)

    @classmethod
    def _of(cls, private: Ed25519PrivateKey) -> SigningKey:
        return cls(private=private, public_key=ArtifactKey.of_public(private.public_key().public_bytes_raw()))

    def to_pem(self) -> bytes:
        """The key file's bytes."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def sign_record(self, artifact: Artifact) -> Artifact:
        """The record with this key's id and signature, whatever it carried before."""
        signature = self.private.sign(signed_bytes(artifact))
        return replace(artifact, keyid=self.public_key.keyid, signature=base64.b64encode(signature).decode("ascii"))
