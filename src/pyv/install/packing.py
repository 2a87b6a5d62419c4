"""What is fetched for an artifact: the archive as it was published, or the same tree packed anew by an operator.

A packing is preferred where the policy names the key that vouches for it. It stands for the archive's bytes alone:
what the archive is, and whether it may be installed, was decided on its own record before. Whatever is wrong with a
packing, the archive as it was published takes its place, and a note says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.derived import ZSTD, Derived
from pyv.domain.policy import Policy
from pyv.errors import PyvError, TransferError
from pyv.index.opened import Index
from pyv.index.sources import archive_sources, upstream_locations
from pyv.store.paths import Root
from pyv.transfer.locations import Location, Source
from pyv.trust.derived import verify_derived
from pyv.trust.keys import ArtifactKey, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """The bytes to fetch, and what they have to be."""

    sha256: str
    size: int | None
    compression: str
    unpacked: int | None
    entries: int | None
    sources: tuple[Source, ...]
    keyid: str = ""
    """Whose packing it is; empty for the archive as it was published."""

    @property
    def derivation(self) -> dict[str, str] | None:
        """What a receipt says of it; None for the archive as it was published."""
        if not self.keyid:
            return None
        return {"sha256": self.sha256, "keyid": self.keyid, "compression": self.compression}

    def to_dict(self) -> dict[str, object]:
        """The packing for `--json`."""
        return {
            "sha256": self.sha256,
            "size": self.size,
            "compression": self.compression,
            "keyid": self.keyid,
            "sources": [source.label for source in self.sources],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """Whether another packing of an archive is to be fetched in its place."""

    packing: Packing | None = None
    why: str = ""
    """What follows the reason why the artifact was chosen."""
    notes: tuple[str, ...] = ()
    """What is wrong with packings that would have been preferred: for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where bytes may be had."""

    index: Index
    mirrors: tuple[Location, ...]
    """In order; empty means the index's own place."""
    offline: bool
    root: Root
    """Whose cache is looked into."""

    def sources(self, artifact: Artifact, *, spared: bool) -> tuple[Source, ...]:
        """Where an archive may come from, as it was published; `spared` where it need not come at all.

        Raises:
            TransferError: it would have to, offline, and no place is local.
        """
        found = self._within_reach(archive_sources(artifact, self.mirrors, self.index.location))
        if self.offline and not found and not spared and not self.has(artifact.sha256):
            raise TransferError(
                f"{artifact.name} is only to be had over the network, and --offline forbids that",
                hint="name a directory with --mirror or --index, or leave --offline out",
            )
        return found

    def packing_sources(self, sha256: str, index: Location) -> tuple[Source, ...]:
        """Where a packing may come from: the mirrors named, else the index itself; upstream has none."""
        upstream = upstream_locations()
        places = [place for place in self.mirrors if place not in upstream] if self.mirrors else [index]
        return self._within_reach(place.blob(sha256) for place in places)

    def has(self, sha256: str) -> bool:
        """Whether bytes of this digest are in the cache, or some of them on their way into it."""
        return any((place / sha256).is_file() for place in (self.root.blobs, self.root.partial))

    def _within_reach(self, sources: Iterable[Source]) -> tuple[Source, ...]:
        return tuple(source for source in sources if source.path is not None or not self.offline)


def as_published(artifact: Artifact, sources: Sequence[Source]) -> Packing:
    """The archive itself."""
    return Packing(
        sha256=artifact.sha256,
        size=artifact.size,
        compression=artifact.compression,
        unpacked=artifact.unpacked,
        entries=artifact.entries,
        sources=tuple(sources),
    )


def preferred(artifact: Artifact, places: Places, policy: Policy, now: float) -> Preferred:
    """The packing to fetch in the place of an archive whose own record was found good.

    Nobody is asked where the policy names no key, or the archive is at hand. `now` is in seconds since the epoch.
    """
    index = places.index
    if not policy.repack_keys or index.location is None or artifact.compression == ZSTD or places.has(artifact.sha256):
        return Preferred()
    try:
        records = [record for record in index.derived(artifact.triple) if record.origin == artifact.sha256]
    except PyvError as fault:
        return Preferred(notes=(f"what was repacked is passed over: {fault.message}",))
    notes = []
    for record, key in _vouched(records, policy):
        problem = _problem(record, key, artifact, index, now)
        sources = places.packing_sources(record.sha256, index.location)
        if problem is not None:
            notes.append(f"the repacked archive is passed over: {problem}")
        elif sources or places.has(record.sha256):
            packing = Packing(
                sha256=record.sha256,
                size=record.size,
                compression=record.compression,
                unpacked=artifact.unpacked if record.unpacked is None else record.unpacked,
                entries=artifact.entries if record.entries is None else record.entries,
                sources=sources,
                keyid=key.keyid,
            )
            return Preferred(packing=packing, why=f"; repacked by key {short(key.keyid)}", notes=tuple(notes))
    return Preferred(why="" if notes else "; not repacked by a key of the policy", notes=tuple(notes))


def _vouched(records: Sequence[Derived], policy: Policy) -> Iterator[tuple[Derived, ArtifactKey]]:
    """Records that name a key of the policy, those of its first key first, the smallest of each first."""
    for public in policy.repack_keys:
        key = ArtifactKey.of_public(bytes.fromhex(public))
        for record in sorted(records, key=lambda record: record.size):
            if record.keyid == key.keyid:
                yield record, key


def _problem(record: Derived, key: ArtifactKey, artifact: Artifact, index: Index, now: float) -> str | None:
    """What there is against a derived record; None where nothing is."""
    entry = index.revocations.of_bytes(record.sha256, key.keyid)
    if entry is not None:
        return f"it was taken back: {entry.told}"
    try:
        verify_derived(record, key, f"the repacked {artifact.name}")
        if index.keys.find(key.keyid) is not None:
            index.keys.live(key.keyid, now)  # where the index knows the key, it has to count there
    except PyvError as fault:
        return fault.message
    stated = ((artifact.unpacked, record.unpacked), (artifact.entries, record.entries))
    if any(None not in pair and pair[0] != pair[1] for pair in stated):
        return "it states other contents than the record of its origin"
    return None
