"""A threshold counts keys, and a key counts once: python-tuf counts key ids, and an id is whatever its metadata says.

The specification has a client "calculate each KEYID" in its first versions and leaves ids opaque since; either way a
role that takes two keys must not be met by one that stands there under two names. Metadata that says so is refused.
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from tuf.api.metadata import Key, Role, Root, Signed, Targets

from pyv.errors import SignatureError


def check_keys(delegator: Signed, document: str) -> None:
    """Check that no role of a root, or of delegations, names one public key under two ids.

    Raises:
        SignatureError: one does.
    """
    roles: dict[str, Role] = {}
    keys: dict[str, Key] = {}
    if isinstance(delegator, Root):
        roles, keys = dict(delegator.roles), delegator.keys
    elif isinstance(delegator, Targets) and delegator.delegations is not None:
        roles, keys = dict(delegator.delegations.roles or {}), delegator.delegations.keys
    for name, role in roles.items():
        named = [_identity(keys[keyid]) for keyid in role.keyids if keyid in keys]
        if len(set(named)) != len(named):
            raise SignatureError(
                f"{document} gives its role {name} one key under two ids, which would count it twice",
                hint="tell the index's operator, and use another index until it is put right",
                role=name,
            )


def _identity(key: Key) -> str:
    """The same text for the same public key, however it is written down."""
    public = str(key.keyval.get("public", ""))
    try:
        loaded = serialization.load_pem_public_key(public.encode())
    except (ValueError, UnsupportedAlgorithm):
        return public.lower()
    return loaded.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex()
