"""What a synchronisation would change: archives, records, artifact keys, revocations. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.revocation import Revocation
from pyv.mirror.layout import Mirror
from pyv.mirror.merge import joined_keys
from pyv.mirror.select import identity
from pyv.mirror.sync_plan import SyncPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A mirror beside what it would be."""

    fetched: tuple[Artifact, ...]
    """Archives that would come."""
    added: tuple[Artifact, ...]
    """Records that would be new."""
    resigned: tuple[Artifact, ...]
    """Records upstream signs otherwise now."""
    superseded: tuple[Artifact, ...]
    """Upstream's records that are here and no longer chosen (own), or no longer upstream's (hybrid)."""
    keys: tuple[str, ...]
    """Ids of artifact keys that would be new."""
    retired: tuple[str, ...]
    """Ids of artifact keys that would count no longer."""
    revocations: tuple[Revocation, ...]
    """Entries that would be new."""

    @property
    def is_empty(self) -> bool:
        """Whether a synchronisation would change nothing."""
        changes = (self.fetched, self.added, self.resigned, self.keys, self.retired, self.revocations)
        return not any(changes)


def difference(mirror: Mirror, plan: SyncPlan) -> Difference:
    """Compare.

    Raises:
        DocumentError, StoreError: the mirror is damaged, or there is none.
    """
    upstream, settings = plan.upstream, plan.settings
    mine = [record for triple in mirror.triples() for record in mirror.read_manifest(triple)]
    offered = [record for triple in upstream.triples for record in upstream.manifest(triple)]
    theirs = offered if settings.is_hybrid else plan.chosen
    known_keys = mirror.read_keys()
    keys = upstream.keys if settings.is_hybrid else joined_keys(known_keys, upstream.keys, settings.upstream_keys)
    there = {identity(record): record for record in mine}
    wanted = {identity(record) for record in theirs}
    keyids = {key.keyid for key in known_keys.keys}
    live = {key.keyid for key in keys.keys if not key.revoked}
    refused = {identity(artifact) for artifact, _ in plan.refused}
    known = set(mirror.read_revocations().entries)
    return Difference(
        fetched=plan.missing,
        added=tuple(record for record in theirs if identity(record) not in there),
        resigned=_resigned(there, [each for each in offered if identity(each) not in refused], settings.upstream_keys),
        superseded=tuple(
            record for record in mine if record.keyid in settings.upstream_keys and identity(record) not in wanted
        ),
        keys=tuple(key.keyid for key in keys.keys if key.keyid not in keyids),
        retired=tuple(key.keyid for key in known_keys.keys if not key.revoked and key.keyid not in live),
        revocations=tuple(entry for entry in upstream.revocations.entries if entry not in known),
    )


def _resigned(
    there: dict[tuple[str, str, str, str, str], Artifact], offered: Sequence[Artifact], upstream_keys: Sequence[str]
) -> tuple[Artifact, ...]:
    found = []
    for record in offered:
        known = there.get(identity(record))
        if known is not None and known.keyid in upstream_keys and known.signature != record.signature:
            found.append(record)
    return tuple(found)
