"""The signature of a record: what is signed, and the verdict.

Signed is the pre-authentication encoding of DSSE 1.0 over the canonical JSON of the record's payload. Every way to
fail has its own message, and whatever is not plainly right is refused.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pyv.domain.artifact import Artifact
from pyv.domain.lines import canonical_json
from pyv.errors import SignatureError, UnknownKeyError
from pyv.trust.keys import ArtifactKey, KeyList

PAYLOAD_TYPE = "application/vnd.pyv.artifact.v1+json"
SIGNATURE_BYTES = 64


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding (secure-systems-lab/dsse, protocol.md): lengths are decimal, in bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def payload_bytes(artifact: Artifact) -> bytes:
    """The canonical JSON of what a record's signature covers."""
    return canonical_json(artifact.payload()).encode("ascii")


def signed_bytes(artifact: Artifact) -> bytes:
    """The very bytes a key signs for a record."""
    return pae(PAYLOAD_TYPE, payload_bytes(artifact))


def verify_record(artifact: Artifact, keys: KeyList, now: float) -> ArtifactKey:
    """Check the signature of a record; `now` is in seconds since the epoch. Returns the key that vouches.

    Raises:
        SignatureError: it carries no signature, one that is no signature, or one over other bytes.
        UnknownKeyError: the key is not listed, revoked, or outside its time.
    """
    name = artifact.name
    if not artifact.signature or not artifact.keyid:
        raise SignatureError(
            f"the record of {name} is not signed",
            hint="take the record from an index, where every record is signed",
            artifact=name,
        )
    signature = decoded_signature(artifact.signature, name)
    try:
        key = keys.live(artifact.keyid, now)
    except UnknownKeyError as fault:  # a key list does not know of what it is asked
        raise UnknownKeyError(f"{name} is {fault.message}", hint=fault.hint, artifact=name, **fault.fields) from None
    verify_bytes(signature, signed_bytes(artifact), key, name)
    return key


def verify_bytes(signature: bytes, signed: bytes, key: ArtifactKey, name: str) -> None:
    """Hold a signature to the very bytes it should be over; `name` is what errors call the record.

    Raises:
        SignatureError: it is over other bytes, or by another key.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
    except InvalidSignature:
        raise SignatureError(
            f"the record of {name} was altered after it was signed",
            hint="do not use this index or proof: take it from its publisher again",
            artifact=name,
            keyid=key.keyid,
        ) from None


def decoded_signature(text: str, name: str) -> bytes:
    """The bytes of a record's signature; `name` is what errors call the record.

    Raises:
        SignatureError: it is no signature.
    """
    try:
        signature = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        signature = b""
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError(
            f"the signature of {name} is not base64 of {SIGNATURE_BYTES} bytes",
            hint="do not use this index or proof: take it from its publisher again",
            artifact=name,
        )
    return signature
