"""Synchronising a mirror with its upstream: read all of it, choose, fetch what is missing, publish.

Decided first, as one frozen value, so that a dry run is free. Archives come before the records that name them, and
what is published is changed at the very end: until then clients see the mirror as it was. Whatever interrupts a run,
the next one goes on where it stopped. Revocations go out even where archives could not be had.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from pyv.concurrently import side_by_side
from pyv.domain.artifact import Artifact
from pyv.domain.choice import Choice, chosen_of
from pyv.domain.revocation import union
from pyv.domain.timestamp import utc
from pyv.errors import PyvError, ResolutionError, StoreError
from pyv.mirror.carried import take_over
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.merge import joined_keys, joined_records, without_dead
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.select import identity
from pyv.mirror.settings import Settings, Synced, write_settings
from pyv.mirror.stocking import Stocking, is_stocked
from pyv.mirror.verified import Verified
from pyv.store.atomic import make_directory, store_error, translated
from pyv.store.lock import locked
from pyv.trust.record import verify_record


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What a synchronisation is about to do."""

    settings: Settings
    """As they are remembered from now on."""
    upstream: Verified
    chosen: tuple[Artifact, ...]
    """Every archive the mirror is to hold of upstream's."""
    missing: tuple[Artifact, ...]
    """Those it does not hold yet."""

    @property
    def size(self) -> int:
        """Bytes to fetch, as far as records say."""
        return sum(artifact.size or 0 for artifact in self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What came of it."""

    plan: SyncPlan
    published: Published
    transferred: int = 0
    """Bytes that crossed the wire."""
    failed: tuple[tuple[Artifact, PyvError], ...] = field(default=())
    """Archives that could not be had."""

    @property
    def fetched(self) -> int:
        """Archives that are new here."""
        return len(self.plan.missing) - len(self.failed)


def plan_sync(mirror: Mirror, settings: Settings, upstream: Verified, now: float) -> SyncPlan:
    """Decide what is to be done; nothing is written.

    Raises:
        ResolutionError: nothing of upstream is chosen. TrustError: a chosen record does not verify.
    """
    chosen = _chosen(settings.choice, upstream)
    keys = upstream.keys
    for artifact in chosen:
        verify_record(artifact, keys, now)
    named = dataclasses.replace(
        settings,
        upstream=upstream.place,
        upstream_keys=tuple(sorted({*settings.upstream_keys, *(key.keyid for key in keys.keys)})),
    )
    missing = tuple(artifact for artifact in chosen if not is_stocked(mirror, artifact))
    return SyncPlan(settings=named, upstream=upstream, chosen=tuple(chosen), missing=missing)


def _chosen(choice: Choice, upstream: Verified) -> list[Artifact]:
    triples = [triple for triple in upstream.triples if choice.takes(triple)]
    unknown = set(choice.triples) - set(upstream.triples)
    if unknown:
        raise ResolutionError(
            f"{upstream.place} has nothing for {', '.join(sorted(unknown))}",
            hint=f"it has {', '.join(upstream.triples)}",
        )
    found = chosen_of(choice, {triple: upstream.manifest(triple) for triple in triples}, upstream.revocations)
    if not found:
        raise ResolutionError(
            f"nothing of {upstream.place} is chosen", hint="widen --version, --triple, --flavor or --variant"
        )
    return found


def sync(
    mirror: Mirror, plan: SyncPlan, stocking: Stocking, keys: KeyDirectory, *, jobs: int, now: float
) -> SyncResult:
    """Carry out a plan; the caller holds the mirror's lock for synchronisations.

    Raises:
        StoreError: the disk refuses. TrustError: records contradict those that are there, or nothing can be signed.
    """
    _check_space(mirror, plan)
    write_settings(mirror, plan.settings)
    failed: list[tuple[Artifact, PyvError]] = []
    transferred = 0
    for artifact, ended in _fetched(plan, stocking, jobs):
        if isinstance(ended, PyvError):
            failed.append((artifact, ended))
            stocking.watch.step(artifact.name, f"not fetched: {ended.message}")
        else:
            transferred += ended
            stocking.watch.step(artifact.name, "fetched")
    published = _publish(mirror, plan, {artifact.sha256 for artifact, _ in failed}, keys, now)
    return SyncResult(plan=plan, published=published, transferred=transferred, failed=tuple(failed))


def _fetched(plan: SyncPlan, stocking: Stocking, jobs: int) -> Iterator[tuple[Artifact, int | PyvError]]:
    """Every missing archive as it comes in, with the bytes it took or why it did not.

    Raises:
        StoreError: the disk refuses; then nothing more is begun.
    """
    running = side_by_side(
        plan.missing,
        stocking.fetch,
        jobs=jobs,
        cancel=stocking.cancel,
        translate=lambda fault: store_error("write", fault.filename or stocking.mirror.path, fault),
    )
    with closing(running):
        for artifact, ended in running:
            if isinstance(ended, StoreError):
                raise ended
            yield artifact, ended


def _check_space(mirror: Mirror, plan: SyncPlan) -> None:
    """Refuse to begin what the disk cannot hold."""
    make_directory(mirror.path)
    with translated("look at", mirror.path):
        free = shutil.disk_usage(mirror.path).free
    if plan.size > free:
        raise StoreError(
            f"{plan.size:,} bytes are to be fetched, and {mirror.path} has room for {free:,}",
            hint="choose less (--version, --triple, --builds newest), prune, or put the mirror on a larger disk",
            path=str(mirror.path),
        )


def _publish(mirror: Mirror, plan: SyncPlan, lacking: set[str], keys: KeyDirectory, now: float) -> Published:
    with locked(mirror.lock):
        if plan.settings.is_hybrid:
            take_over(mirror, plan.upstream, releases=not lacking)
        else:
            _join(mirror, plan, lacking)
        published = publish(mirror, keys, now)
        last = Synced(
            at=utc(now), published=plan.upstream.published, revocations=len(plan.upstream.revocations.entries)
        )
        write_settings(mirror, dataclasses.replace(plan.settings, synced=last))
    return published


def _join(mirror: Mirror, plan: SyncPlan, lacking: set[str]) -> None:
    """Join what was chosen to the working copies of an own mirror."""
    upstream, settings = plan.upstream, plan.settings
    taken = {artifact.sha256 for artifact in plan.chosen} - lacking
    together = {
        triple: _joined(mirror.read_manifest(triple), upstream.manifest(triple), taken, settings.upstream_keys)
        for triple in sorted({*mirror.triples(), *(artifact.triple for artifact in plan.chosen)})
    }
    listed = joined_keys(mirror.read_keys(), upstream.keys, settings.upstream_keys)
    mirror.write_revocations(union(mirror.read_revocations(), upstream.revocations))
    write_documents(mirror, _nonempty(mirror, without_dead(together, listed)), listed)


def _joined(
    mine: Sequence[Artifact], theirs: Sequence[Artifact], taken: set[str], upstream_keys: Sequence[str]
) -> list[Artifact]:
    """The records of a triple: those that are there as upstream signs them now, and those that were chosen."""
    there = {identity(record) for record in mine if record.keyid in upstream_keys}
    return joined_records(
        mine, [each for each in theirs if each.sha256 in taken or identity(each) in there], upstream_keys
    )


def _nonempty(mirror: Mirror, records: Mapping[str, Sequence[Artifact]]) -> dict[str, Sequence[Artifact]]:
    """Without manifests of nothing, where there is none yet."""
    return {triple: members for triple, members in records.items() if members or mirror.manifest(triple).exists()}
