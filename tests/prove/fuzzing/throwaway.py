"""Keys everybody can compute, and an index signed by them: what metadata in the corpus is signed with."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner

from pyv.domain.manifest import dump_manifest
from pyv.trust.keys import dump_key_list
from tests.prove.fuzzing.genuine import LINUX, RECORDS
from tests.support import repository
from tests.trust.vector import KEYS, NOW

_NUMBERS = {
    "root": (0, 1, 2),
    "targets": (3, 4, 5),
    "timestamp": (6,),
    "snapshot": (7,),
    "releases": (8,),
    "revocations": (9,),
}
"""The keys of a role, in the order `Repository` makes them."""


def _signer(number: int) -> CryptoSigner:
    secret = hashlib.sha256(b"a key of the corpus, number %d" % number).digest()
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(secret))


def canonical(value: Any) -> bytes:
    """The canonical JSON that metadata is signed as (securesystemslib's).

    Raises:
        FormatError: there is none of it.
    """
    text = encode_canonical(value)
    return (text or "").encode()


def signatures(role: str, content: bytes) -> list[dict[str, str]]:
    """The signatures of a role's keys, as metadata spells them."""
    made = [_signer(number).sign(content) for number in _NUMBERS[role]]
    return [{"keyid": each.keyid, "sig": each.signature} for each in made]


def made_index(*, revocations: str = repository.NO_REVOCATIONS) -> repository.Repository:
    """An index of the genuine records, published once; the same in every run."""
    numbers = itertools.count()
    with mock.patch.object(repository, "signer", side_effect=map(_signer, numbers)):
        made = repository.Repository(now=NOW)
    made.fill({LINUX: dump_manifest(LINUX, RECORDS[:2])}, dump_key_list(KEYS), revocations)
    made.publish()
    return made
