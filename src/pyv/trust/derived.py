"""The signature of a derived record: signed like a record, as another kind of statement, by a key somebody named.

No index names the key: whoever installs does, in the policy. The payload type differs from a record's, so neither can
ever stand for the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyv.domain.derived import Derived
from pyv.domain.lines import canonical_json
from pyv.errors import UnknownKeyError
from pyv.trust.keys import ArtifactKey, short
from pyv.trust.record import decoded_signature, pae, verify_bytes

if TYPE_CHECKING:
    from pyv.trust.signing import SigningKey

PAYLOAD_TYPE = "application/vnd.pyv.derived.v1+json"


def signed_bytes(derived: Derived) -> bytes:
    """The very bytes a key signs for a derived record."""
    return pae(PAYLOAD_TYPE, canonical_json(derived.payload()).encode("ascii"))


def verify_derived(derived: Derived, key: ArtifactKey, name: str) -> None:
    """Check that this key signed a derived record; `name` is what errors call it.

    Raises:
        UnknownKeyError: it states another key. SignatureError: it carries no signature, or one over other bytes.
    """
    if derived.keyid != key.keyid:
        raise UnknownKeyError(
            f"{name} is signed by key {short(derived.keyid)}, not by {short(key.keyid)}",
            hint="name the operator's key in `repack_keys` of the policy, if it is to count",
            keyid=derived.keyid,
        )
    verify_bytes(decoded_signature(derived.signature, name), signed_bytes(derived), key, name)


def sign_derived(derived: Derived, key: SigningKey) -> Derived:
    """The record with this key's id and signature, whatever it carried before."""
    return replace(derived, keyid=key.public_key.keyid, signature=key.sign_bytes(signed_bytes(derived)))
