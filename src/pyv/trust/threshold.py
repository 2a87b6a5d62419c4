"""A threshold counts keys, and a key counts once: python-tuf counts key ids, and an id is whatever its metadata says.

A root may name one public key under two ids (those of organisations that changed how they write keys down did, for a
while); two signatures by it are those of one holder. So where a role has such keys, its signatures are counted again.
"""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from tuf.api.metadata import Key, Metadata, Root, Targets

from pyv.errors import SignatureError


def check_threshold(delegator: Root | Targets, role: str, metadata: Metadata[Any], document: str) -> None:
    """Check that as many different keys signed `metadata` as its role takes; `document` is what errors call it.

    What python-tuf checks itself (that enough key ids did) is taken for granted.

    Raises:
        SignatureError: one key was counted twice.
    """
    result = delegator.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
    keys = {_identity(key) for key in result.signed.values()}
    if len(keys) < min(result.threshold, len(result.signed)):
        raise SignatureError(
            f"{document} has {len(result.signed)} signatures by {len(keys)} key{'s' if len(keys) > 1 else ''} under "
            f"several ids, and takes {result.threshold} different ones",
            hint="tell the index's operator, and use another index until it is put right",
            role=role,
        )


def has_doubles(delegator: Root | Targets, role: str) -> bool:
    """Whether a delegator names one public key under two ids for a role."""
    keys: dict[str, Key] = {}
    if isinstance(delegator, Root):
        keys = delegator.keys
    elif delegator.delegations is not None:
        keys = delegator.delegations.keys
    named = [_identity(keys[keyid]) for keyid in delegator.get_delegated_role(role).keyids if keyid in keys]
    return len(set(named)) != len(named)


def _identity(key: Key) -> str:
    """The same text for the same public key, however it is written down."""
    public = str(key.keyval.get("public", ""))
    try:
        loaded = serialization.load_pem_public_key(public.encode())
    except (ValueError, UnsupportedAlgorithm):
        return public.lower()
    return loaded.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex()
