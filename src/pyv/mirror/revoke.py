"""Taking something back: one more entry in the mirror's list of revocations, published at once."""

from __future__ import annotations

from dataclasses import dataclass

from pyv.domain.revocation import Revocation, Revocations, dump_revocations, parse_revocations, union
from pyv.errors import DocumentError, RequestError
from pyv.mirror.carried import refuse_carried
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.store.lock import locked


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeResult:
    """What came of it."""

    entry: Revocation
    hits: tuple[str, ...]
    """The artifacts of this mirror it is about."""
    published: Published


def revoke(mirror: Mirror, entry: Revocation, keys: KeyDirectory, now: float) -> RevokeResult:
    """Add an entry to the list; nothing is ever taken out of it.

    Raises:
        RequestError: the entry says nothing a client could act on. StoreError: there is no mirror.
    """
    try:
        parse_revocations(dump_revocations(Revocations((entry,))), "revocation")
    except DocumentError as fault:
        raise RequestError(fault.message, hint="see `pyv mirror revoke --help`") from None
    mirror.read_keys()
    refuse_carried(mirror, "an entry of your own")
    with locked(mirror.lock):
        mirror.write_revocations(union(mirror.read_revocations(), Revocations((entry,))))
        published = publish(mirror, keys, now)
    records = (record for triple in mirror.triples() for record in mirror.read_manifest(triple))
    return RevokeResult(entry=entry, hits=tuple(r.name for r in records if entry.hits(r)), published=published)
