"""What an import is going to do: everything in a bundle but its archives is verified, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.derived import Derived
from pyv.domain.image import Descriptor
from pyv.index.anchors import Anchor
from pyv.index.offer import read_roots
from pyv.mirror.bundle_anchor import anchor_for
from pyv.mirror.bundled import Bundled
from pyv.mirror.derived import read_derived
from pyv.mirror.generation import Generation, read_generation
from pyv.mirror.incoming import Incoming, archives_to_take, check_files, derived_of, read_incoming, records_of
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.succession import Succession, succession


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What a person trusted before the bundle came."""

    known: Sequence[Anchor] = field(default=(), repr=False)
    """Roots accepted on this machine."""
    sha256: str | None = None
    """The digest of the bundle's first or newest root, as a person named it."""
    keys: KeyDirectory | None = None
    """Where a key for timestamps may be."""
    max_staleness: float = 0.0
    """How many seconds ago metadata may have expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """One import, decided: nothing is written yet, and the archives are not looked at yet."""

    bundled: Bundled
    current: Generation | None
    incoming: Incoming
    following: Succession
    taken: tuple[Descriptor, ...]
    derived: Mapping[str, Sequence[Derived]]
    """By triple, where the mirror's own are to change."""
    repacked: int


def plan_import(mirror: Mirror, bundled: Bundled, trusted: Trusted, place: Path, now: float) -> ImportPlan:
    """Verify all of a bundle but its archives, and decide; `place` is an empty directory.

    Raises:
        TrustError: something does not verify, or would go back. ArchiveError, DocumentError: it cannot be read.
        RequestError: it lacks archives. StoreError: the mirror is damaged, or no timestamp can be signed.
    """
    path = str(bundled.bundle.path)
    check_files(bundled)
    current = None if was_interrupted(mirror) else read_generation(mirror)
    roots = read_roots(bundled.file, path)
    mine = None if current is None else current.root
    anchor = anchor_for(roots, path, current=mine, known=trusted.known, sha256=trusted.sha256, now=now)
    incoming = read_incoming(
        bundled,
        anchor,
        roots,
        place,
        now=now,
        max_staleness=trusted.max_staleness,
        late=trusted.keys is not None or current is not None,
    )
    following = succession(current, incoming, trusted.keys, place=path, now=now)
    verified = incoming.verified
    records = records_of(verified, () if current is None else set(current.targets.values()), now)
    derived = derived_of(bundled, verified, records)
    sizes = {sha256: record.size for sha256, record in records.items()}
    sizes |= {each.sha256: each.size for lines in derived.values() for each in lines}
    joined = {triple: _joined(mirror, triple, lines) for triple, lines in derived.items()}
    return ImportPlan(
        bundled=bundled,
        current=current,
        incoming=incoming,
        following=following,
        taken=tuple(archives_to_take(mirror, bundled, sizes)),
        derived={triple: lines for triple, (lines, new) in joined.items() if new},
        repacked=sum(new for _, new in joined.values()),
    )


def _joined(mirror: Mirror, triple: str, lines: Sequence[Derived]) -> tuple[list[Derived], int]:
    """A mirror's derived records with these in the place of those of the same origin and key; how many are new."""
    there = {(each.origin, each.keyid): each for each in read_derived(mirror, triple)}
    coming = {(each.origin, each.keyid): each for each in lines}
    new = sum(there.get(key) != each for key, each in coming.items())
    return list({**there, **coming}.values()), new


def first_import(mirror: Mirror) -> Path:
    """The mark of a first import under way: without a timestamp, a mirror that has it is as good as empty."""
    return mirror.work.path / "first-import"


def was_interrupted(mirror: Mirror) -> bool:
    """Whether a first import was, before there was anything a client could read."""
    return first_import(mirror).exists() and not (mirror.metadata / "timestamp.json").exists()
