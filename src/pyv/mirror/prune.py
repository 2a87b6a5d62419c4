"""Pruning a mirror: what nothing has referred to for a while is removed.

First the index, then the archives: records of upstream's that are no longer chosen are withdrawn and that is published;
an archive goes only once no record that clients may meet names it, for so many days. So whatever interrupts this, the
index names only what is there. The lock of synchronisations is held throughout: one under way needs what it fetched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.mirror.derived import derived_triples, forget_orphans, read_derived, write_derived
from pyv.mirror.holdings import blobs_of
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, sync_directory, write_documents
from pyv.mirror.other_tools import offer_to_other_tools
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.reachable import no_longer_chosen, reachable
from pyv.mirror.sessions import sweep
from pyv.mirror.settings import read_settings
from pyv.mirror.unreferenced import read_notes, write_notes
from pyv.store.atomic import clear_temporaries, translated
from pyv.store.lock import locked, try_lock
from pyv.store.staging import abandoned

_DAY = 86400.0
_PARTIAL = re.compile(r"(?P<sha256>[0-9a-f]{64})(\.json)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was removed, or would be."""

    unchosen: tuple[Artifact, ...]
    """Records of upstream's that are no longer chosen."""
    published: Published | None
    """What became of their withdrawal; None where there were no keys to publish it."""
    removed: Mapping[str, int]
    """Bytes by sha256 of the archives that nothing referred to for long enough."""
    young: Mapping[str, int]
    """The same of those that nothing refers to yet for that long."""
    partial: Mapping[str, int]
    """Bytes by name of downloads nobody will finish."""
    note: str = ""
    """What other tools cannot have of this mirror, and why."""


def prune(
    mirror: Mirror,
    keys: KeyDirectory | None,
    now: float,
    *,
    keep_days: int,
    dry_run: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> Pruned:
    """Remove what is in no use; `waiting` is called once where a synchronisation is under way.

    Without `keys` nothing is withdrawn. A dry run takes no lock and writes nothing.

    Raises:
        StoreError: there is no mirror here, or the disk refuses. DocumentError: something that may name archives is
        damaged: then nothing is removed. TrustError: a key cannot be used.
    """
    mirror.read_keys()
    with ExitStack() as locks:
        if not dry_run:
            locks.enter_context(locked(mirror.sync_lock, waiting=waiting))
            locks.enter_context(locked(mirror.lock))
        settings = read_settings(mirror)
        unchosen, published = no_longer_chosen(mirror, settings), None
        if keys is not None and not dry_run and not settings.is_hybrid:
            published = _withdraw(mirror, unchosen, keys, now)
        needed = reachable(mirror, settings)
        decided = _decide(mirror, needed, now, keep_days)
        if not dry_run:
            decided.carry_out(mirror)
        note = "" if dry_run else offer_to_other_tools(mirror)
    return Pruned(
        unchosen=tuple(record for records in unchosen.values() for record in records),
        published=published,
        removed=decided.due,
        young=decided.young,
        partial=decided.partial,
        note=note,
    )


def _withdraw(mirror: Mirror, unchosen: Mapping[str, list[Artifact]], keys: KeyDirectory, now: float) -> Published:
    """Take records out of the manifests and publish; also what an earlier run took out and could not publish."""
    kept = {}
    for triple, others in unchosen.items():
        gone = {record.sha256 for record in others}
        kept[triple] = [record for record in mirror.read_manifest(triple) if record.sha256 not in gone]
    write_documents(mirror, kept, mirror.read_keys())
    return publish(mirror, keys, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What goes, and what is noted."""

    due: Mapping[str, int]
    young: Mapping[str, int]
    since: Mapping[str, float]
    partial: Mapping[str, int]

    def carry_out(self, mirror: Mirror) -> None:
        """Remove it; the caller holds both locks."""
        write_notes(mirror, self.since)
        _drop_packings(mirror, self.due)
        _remove([mirror.blob(sha256) for sha256 in self.due], mirror.blobs)
        write_notes(mirror, {sha256: moment for sha256, moment in self.since.items() if sha256 not in self.due})
        _remove([mirror.work.partial / name for name in self.partial], mirror.work.partial)
        _clear_leftovers(mirror)


def _decide(mirror: Mirror, needed: Collection[str], now: float, keep_days: int) -> _Decided:
    there = blobs_of(mirror).sizes
    noted = read_notes(mirror)
    since = {sha256: min(now, noted.get(sha256, now)) for sha256 in there if sha256 not in needed}
    due = {sha256 for sha256, moment in since.items() if now - moment >= keep_days * _DAY}
    return _Decided(
        due={sha256: there[sha256] for sha256 in sorted(due)},
        young={sha256: there[sha256] for sha256 in sorted(since.keys() - due)},
        since=since,
        partial=_partial(mirror, needed),
    )


def _partial(mirror: Mirror, needed: Collection[str]) -> dict[str, int]:
    directory, found = mirror.work.partial, {}
    with translated("read", directory):
        for path in sorted(directory.iterdir()) if directory.is_dir() else []:
            match = _PARTIAL.fullmatch(path.name)
            if match is not None and match["sha256"] not in needed:
                found[path.name] = path.stat().st_size
    return found


def _drop_packings(mirror: Mirror, due: Collection[str]) -> None:
    """Forget the packings of archives that are gone, and those that go now: what names them goes first."""
    forget_orphans(mirror)
    for triple in derived_triples(mirror):
        records = read_derived(mirror, triple)
        kept = [record for record in records if record.sha256 not in due]
        if len(kept) < len(records):
            write_derived(mirror, triple, kept)


def _remove(paths: list[Path], directory: Path) -> None:
    for path in paths:
        with translated("remove", path):
            path.unlink(missing_ok=True)
    if paths:
        sync_directory(directory)


def _clear_leftovers(mirror: Mirror) -> None:
    """Remove what writers that were killed had half written, and uploads of what is not there any more."""
    working = (mirror.manifests, mirror.key_list.parent, mirror.revocation_list.parent)
    for directory in (mirror.path, mirror.metadata, mirror.blobs, *working, mirror.work.path, mirror.drafts):
        clear_temporaries(directory)
    clear_temporaries(mirror.work.partial)
    with abandoned(mirror.work):
        pass
    pushing = try_lock(mirror.work.locks / "push.lock")
    if pushing is not None:  # else a push is under way, and the next one sweeps
        try:
            sweep(mirror)
        finally:
            os.close(pushing)
