"""Synchronising a mirror with its upstream: fetch what a plan says is missing, join, publish.

Archives come before the records that name them, and
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
from pyv.domain.revocation import union
from pyv.domain.timestamp import utc
from pyv.errors import PyvError, StoreError
from pyv.index.reading import PACK
from pyv.mirror.carried import take_over
from pyv.mirror.generation import read_generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.merge import joined_keys, joined_records, without_dead
from pyv.mirror.online import named_by
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.select import identity
from pyv.mirror.settings import Settings, Synced, read_settings, write_settings
from pyv.mirror.stocking import Stocking
from pyv.mirror.sync_plan import SyncPlan
from pyv.store.atomic import clear_temporaries, make_directory, store_error, translated
from pyv.store.lock import locked
from pyv.trust.keys import KeyList
from pyv.trust.roles import ROLES, ROOT, SNAPSHOT, TARGETS, TIMESTAMP


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

    @property
    def holds_back(self) -> bool:
        """Whether upstream's new releases wait: a hybrid mirror takes over all of them at once."""
        return self.plan.settings.is_hybrid and bool(self.failed or self.plan.refused)


def unlock(mirror: Mirror, plan: SyncPlan, keys: KeyDirectory) -> None:
    """Ask for passphrases before hours of fetching, not after; only keys that count are opened.

    Raises:
        TrustError: others can read a key, or its passphrase is missing or wrong. DocumentError: a file holds no key.
    """
    current = read_generation(mirror)
    online = (SNAPSHOT, TIMESTAMP)
    for role in online if plan.settings.is_hybrid else (role for role in ROLES.values() if role != ROOT):
        named = None
        if current is not None:
            named = named_by(role, current.root if role.delegator == ROOT.name else current.listing[TARGETS.name])
        keys.signers(role.name, named)


def sync(
    mirror: Mirror, plan: SyncPlan, stocking: Stocking, keys: KeyDirectory, *, jobs: int, now: float
) -> SyncResult:
    """Carry out a plan; the caller holds the mirror's lock for synchronisations.

    Raises:
        StoreError: the disk refuses. TrustError: records contradict those that were added meanwhile.
    """
    _check_space(mirror, plan)
    with locked(mirror.lock):
        _remember(mirror, plan.settings)
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
    needed = plan.size - sum(_begun(mirror, artifact) for artifact in plan.missing)
    if needed > free:
        raise StoreError(
            f"{needed:,} bytes are to be fetched, and {mirror.path} has room for {free:,}",
            hint="choose less (--version, --triple, --builds newest), prune, or put the mirror on a larger disk",
            path=str(mirror.path),
        )


def _begun(mirror: Mirror, artifact: Artifact) -> int:
    """Bytes an earlier run left of an archive."""
    try:
        return min((mirror.work.partial / artifact.sha256).stat().st_size, artifact.size or 0)
    except FileNotFoundError:
        return 0


def _remember(mirror: Mirror, settings: Settings) -> None:
    """Write the settings down, with what a bundle file brought meanwhile; the caller holds the lock."""
    write_settings(mirror, dataclasses.replace(settings, imported=read_settings(mirror).imported))


def _publish(mirror: Mirror, plan: SyncPlan, lacking: set[str], keys: KeyDirectory, now: float) -> Published:
    with locked(mirror.lock):
        _clear(mirror)
        if plan.settings.is_hybrid:
            take_over(mirror, plan.upstream, releases=not (lacking or plan.refused))
        else:
            _join(mirror, plan, lacking)
        published = publish(mirror, keys, now)
        last = Synced(
            at=utc(now), published=plan.upstream.published, revocations=len(plan.upstream.revocations.entries)
        )
        _remember(mirror, dataclasses.replace(plan.settings, synced=last))
    return published


def _clear(mirror: Mirror) -> None:
    """Remove what writers that died left half written; the caller holds the lock they held."""
    for path in (mirror.path / PACK, mirror.uv_list, mirror.settings):
        clear_temporaries(path.parent, path.name)
    documents = (mirror.manifests, mirror.key_list.parent, mirror.revocation_list.parent)
    for directory in (*documents, mirror.metadata, mirror.carried, mirror.drafts):
        clear_temporaries(directory)


def _join(mirror: Mirror, plan: SyncPlan, lacking: set[str]) -> None:
    """Join what was chosen to the working copies of an own mirror.

    New keys come before the records they signed, so that whoever publishes in between can verify all of them.
    """
    upstream, known = plan.upstream, mirror.read_keys()
    together = {
        triple: _joined(mirror.read_manifest(triple), upstream.manifest(triple), plan, lacking)
        for triple in sorted({*mirror.triples(), *(artifact.triple for artifact in plan.chosen)})
    }
    listed = joined_keys(known, upstream.keys, plan.settings.upstream_keys)
    mirror.write_revocations(union(mirror.read_revocations(), upstream.revocations))
    new = (key for key in listed.keys if known.find(key.keyid) is None)
    write_documents(mirror, {}, KeyList(keys=(*known.keys, *new)))
    write_documents(mirror, _nonempty(mirror, without_dead(together, listed)), listed)


def _joined(mine: Sequence[Artifact], theirs: Sequence[Artifact], plan: SyncPlan, lacking: set[str]) -> list[Artifact]:
    """The records of a triple: those that are there as upstream signs them now, and those that were chosen."""
    upstream_keys = plan.settings.upstream_keys
    there = {identity(record) for record in mine if record.keyid in upstream_keys}
    taken = {identity(artifact): artifact for artifact in plan.chosen if artifact.sha256 not in lacking}
    refused = {identity(artifact) for artifact, _ in plan.refused}
    wanted = (each for each in theirs if identity(each) not in refused)
    # a whole record, since another line may have its name, or its bytes under another name, and was not looked at
    return joined_records(
        mine, [each for each in wanted if each == taken.get(identity(each)) or identity(each) in there], upstream_keys
    )


def _nonempty(mirror: Mirror, records: Mapping[str, Sequence[Artifact]]) -> dict[str, Sequence[Artifact]]:
    """Without manifests of nothing, where there is none yet."""
    return {triple: members for triple, members in records.items() if members or mirror.manifest(triple).exists()}
