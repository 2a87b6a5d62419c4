"""Key files: private keys as PKCS#8 PEM texts, encrypted or not; public ones as SubjectPublicKeyInfo.

Two kinds: Ed25519, and ECDSA on P-256, which is what most tokens offer. Whether a key is encrypted is its owner's
choice; a passphrase is asked for only where a file needs one.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pyv.errors import DocumentError, TrustError

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey
Passphrase = Callable[[str], "bytes | None"]
"""The passphrase of a key file, asked for by the file's name; None: nobody has one."""

ED25519, ECDSA = "ed25519", "ecdsa"
_HEADERS = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def nobody_asked(_: str) -> bytes | None:
    """There is no passphrase."""
    return None


def generate(kind: str = ED25519) -> PrivateKey:
    """A new key of a kind."""
    return ec.generate_private_key(ec.SECP256R1()) if kind == ECDSA else Ed25519PrivateKey.generate()


def to_pem(private: PrivateKey, passphrase: bytes | None = None) -> bytes:
    """The key file's bytes, encrypted where a passphrase is given."""
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def public_pem(public: PublicKey) -> bytes:
    """The public key file's bytes."""
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def from_pem(pem: bytes, document: str, passphrase: Passphrase = nobody_asked) -> PrivateKey:
    """Read a key file's bytes; `document` is what errors call it.

    Raises:
        TrustError: it is encrypted, and the passphrase is missing or wrong.
        DocumentError: it is no PKCS#8 PEM text, or holds another kind of key.
    """
    if not any(header in pem for header in _HEADERS):
        raise _unknown(document)
    secret = None
    if _HEADERS[1] in pem:
        secret = passphrase(document)
        if secret is None:
            raise TrustError(
                f"{document}: the key is encrypted, and there is no passphrase",
                hint="run it on a terminal, or give it in a file (--passphrase-file) or in PYV_KEY_PASSPHRASE",
                document=document,
            )
    try:
        private = serialization.load_pem_private_key(pem, password=secret)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if secret is not None:
            raise TrustError(
                f"{document}: the passphrase is wrong, or the file is damaged",
                hint="try again; a passphrase file's last line feed is left out, blanks are not",
                document=document,
            ) from None
        raise _unknown(document) from None
    if not isinstance(private, (Ed25519PrivateKey, ec.EllipticCurvePrivateKey)) or not _is_known(private.public_key()):
        raise _unknown(document)
    return private


def public_from_pem(pem: bytes, document: str) -> PublicKey:
    """Read a public key file's bytes.

    Raises:
        DocumentError: it is none, or another kind of key.
    """
    try:
        public = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _not_public(document) from None
    if not isinstance(public, (Ed25519PublicKey, ec.EllipticCurvePublicKey)) or not _is_known(public):
        raise _not_public(document)
    return public


def _is_known(public: PublicKey) -> bool:
    return isinstance(public, Ed25519PublicKey) or isinstance(public.curve, ec.SECP256R1)


def _unknown(document: str) -> DocumentError:
    return DocumentError(
        f"{document}: not an Ed25519 or P-256 private key in PKCS#8 PEM form",
        hint="make one with `pyv mirror keygen`, or convert it with `openssl pkcs8 -topk8`",
        document=document,
    )


def _not_public(document: str) -> DocumentError:
    return DocumentError(
        f"{document}: not an Ed25519 or P-256 public key in PEM form",
        hint="name the `.pub` file that `pyv mirror keygen` wrote beside the key",
        document=document,
    )
