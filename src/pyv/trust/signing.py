"""The private half: making artifact keys and signing records.

A signing key is an Ed25519 key in a key file (`pyv.trust.pem`). Only publishing loads this module.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pyv.domain.artifact import Artifact
from pyv.errors import DocumentError
from pyv.trust import pem
from pyv.trust.keys import ArtifactKey
from pyv.trust.record import signed_bytes


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
    def from_pem(cls, content: bytes, document: str, passphrase: pem.Passphrase = pem.nobody_asked) -> SigningKey:
        """Read a key file's bytes; `document` is what errors call it.

        Raises:
            TrustError: it is encrypted, and the passphrase is missing or wrong.
            DocumentError: it is no key file, or holds another kind of key.
        """
        private = pem.from_pem(content, document, passphrase)
        if not isinstance(private, Ed25519PrivateKey):
            raise DocumentError(
                f"{document}: not an Ed25519 key, and records are signed with nothing else",
                hint="make one with `pyv mirror keygen artifact`",
                document=document,
            )
        return cls._of(private)

    @classmethod
    def _of(cls, private: Ed25519PrivateKey) -> SigningKey:
        return cls(private=private, public_key=ArtifactKey.of_public(private.public_key().public_bytes_raw()))

    def to_pem(self, passphrase: bytes | None = None) -> bytes:
        """The key file's bytes, encrypted where a passphrase is given."""
        return pem.to_pem(self.private, passphrase)

    def sign_record(self, artifact: Artifact) -> Artifact:
        """The record with this key's id and signature, whatever it carried before."""
        return replace(artifact, keyid=self.public_key.keyid, signature=self.sign_bytes(signed_bytes(artifact)))

    def sign_bytes(self, signed: bytes) -> str:
        """Base64 of this key's signature over bytes that state what they are (`pyv.trust.record.pae`)."""
        return base64.b64encode(self.private.sign(signed)).decode("ascii")
