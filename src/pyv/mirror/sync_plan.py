"""What a synchronisation is about to do, decided before anything is fetched, so that a dry run is free.

A record that is not plainly upstream's is refused by itself: the others come, what upstream took back goes out, and
the operator is told. What was chosen before and is gone from upstream holds up nothing either.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.choice import Choice, Exact, chosen_of
from pyv.domain.revocation import Revocations
from pyv.errors import PyvError, ResolutionError, RevokedError, RollbackError, TrustError
from pyv.mirror.carried import check_next
from pyv.mirror.layout import Mirror
from pyv.mirror.merge import contradiction
from pyv.mirror.select import Identity, identity
from pyv.mirror.settings import EMBEDDED, Settings
from pyv.mirror.stocking import is_stocked
from pyv.mirror.verified import Verified
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
    """Those it does not hold yet, each digest once."""
    refused: tuple[tuple[Artifact, PyvError], ...] = ()
    """Records of upstream that are not taken, and what there is against each."""
    unanswered: tuple[str, ...] = ()
    """Words of the choice that nothing of upstream answers."""

    @property
    def size(self) -> int:
        """Bytes to fetch, as far as records say."""
        return sum(artifact.size or 0 for artifact in self.missing)

    @property
    def unsized(self) -> int:
        """How many of the missing archives have a record that does not say."""
        return sum(artifact.size is None for artifact in self.missing)


def plan_sync(
    mirror: Mirror,
    settings: Settings,
    upstream: Verified,
    now: float,
    *,
    known: Settings,
    named: bool = False,
    exact: bool = False,
) -> SyncPlan:
    """Decide what is to be done; nothing is written. `known` is what the mirror remembers, `named` whether somebody
    said where to read: else nothing but the index it follows is taken. `exact` is whether somebody named archives one
    by one: then each has to be had.

    Raises:
        ResolutionError: nothing of upstream answers a choice that was not synchronised before, or an archive that was
        named is not upstream's. RevokedError: such an archive was taken back.
        RollbackError: this pyv comes with an older index than the mirror took over. TrustError: it is another index.
    """
    if known.is_hybrid:
        check_next(mirror, upstream)
    followed = known.line in {"", upstream.line}
    _check_upstream(upstream, known, followed=followed, named=named)
    if exact:
        _check_exact(settings.choice, upstream)
    found = chosen_of(settings.choice, _manifests(settings.choice, upstream), upstream.revocations)
    unanswered = _unanswered(settings.choice, found)
    if unanswered and (known.synced is None or settings.choice != known.choice):
        _check_new(settings.choice, upstream, found)
    keys = upstream.keys
    mine = {key.keyid for key in mirror.read_keys().keys}.difference(known.upstream_keys, known.foreign_keys)
    keyids = {key.keyid for key in keys.keys if key.keyid not in mine}  # an index may list whatever key it likes
    keyids.update(known.upstream_keys if followed else ())
    settings = dataclasses.replace(
        settings,
        upstream=upstream.place,
        line=upstream.line,
        upstream_keys=tuple(sorted(keyids)),
        foreign_keys=tuple(sorted(keyids.union(known.upstream_keys, known.foreign_keys))),
    )
    refused = _refused(mirror, settings, upstream, found, now)
    against = {identity(artifact) for artifact, _ in refused}
    chosen = tuple(artifact for artifact in found if identity(artifact) not in against)
    missing = {artifact.sha256: artifact for artifact in chosen if not is_stocked(mirror, artifact)}
    return SyncPlan(
        settings=settings,
        upstream=upstream,
        chosen=chosen,
        missing=tuple(missing.values()),
        refused=tuple(refused),
        unanswered=unanswered,
    )


def _check_upstream(upstream: Verified, known: Settings, *, followed: bool, named: bool) -> None:
    if not followed and not named:
        raise TrustError(
            f"{upstream.place} is another index than the one this mirror follows: its first root is {upstream.line}, "
            f"not {known.line}",
            hint=f"ask its operator why; if it is meant, name it: pyv mirror sync … --from {upstream.place}",
            index=upstream.place,
        )
    before = known.synced.published if known.synced and followed else ""
    if upstream.place == EMBEDDED and upstream.published < before:
        raise RollbackError(
            f"the index of this pyv was published on {upstream.published}, and this mirror took over a newer one, of "
            f"{before}",
            hint="update pyv to at least the version that synchronised last, or name an index with --from",
        )


def _manifests(choice: Choice, upstream: Verified) -> dict[str, list[Artifact]]:
    return {triple: upstream.manifest(triple) for triple in upstream.triples if choice.takes(triple)}


def _unanswered(choice: Choice, found: Iterable[Artifact]) -> tuple[str, ...]:
    found = list(found)
    triples = {artifact.triple for artifact in found}
    versions = (word for word in choice.versions if not any(choice.answers(word, artifact) for artifact in found))
    there = {Exact.of(artifact) for artifact in found}
    names = (each.name for each in choice.exact if each not in there)
    return (*versions, *names, *(triple for triple in choice.triples if triple not in triples))


def _check_new(choice: Choice, upstream: Verified, found: list[Artifact]) -> None:
    """Refuse what was typed wrong, the first time; what upstream took back is no such thing."""
    unknown = set(choice.triples) - set(upstream.triples)
    if unknown:
        raise ResolutionError(
            f"{upstream.place} has nothing for {', '.join(sorted(unknown))}",
            hint=f"it has {', '.join(upstream.triples)}",
        )
    if not found and not chosen_of(choice, _manifests(choice, upstream), Revocations()):
        raise ResolutionError(
            f"nothing of {upstream.place} is chosen", hint="widen --version, --triple, --flavor or --variant"
        )


def _check_exact(choice: Choice, upstream: Verified) -> None:
    """Refuse what cannot be had exactly as it is named: who asks for these archives is not served with some of them."""
    offered = [record for records in _manifests(choice, upstream).values() for record in records]
    by_name = {record.name: record for record in offered}
    there, revocations = {Exact.of(record): record for record in offered}, upstream.revocations
    for each in choice.exact:
        record, other = there.get(each), by_name.get(each.name)
        if record is None and other is not None:
            raise TrustError(
                f"{upstream.place} has {each.name} with sha256 {other.sha256}, and a lock names {each.sha256}",
                hint="a published archive never changes: ask the operators of both indexes which one is genuine",
                artifact=each.name,
            )
        if record is None:
            raise ResolutionError(
                f"{upstream.place} has no record of {each.name}, which a lock names",
                hint="name an index that has it with --from, or lock a build that is there: pyv lock --upgrade",
                artifact=each.name,
            )
        entry = revocations.of(record)
        if entry is not None and entry.blocks:
            raise RevokedError(
                f"{each.name}, which a lock names, was revoked: {entry.told}",
                hint="lock a build that was not: pyv lock --upgrade",
                artifact=each.name,
                revocation=entry.to_dict(),
            )


def _refused(
    mirror: Mirror, settings: Settings, upstream: Verified, found: Sequence[Artifact], now: float
) -> list[tuple[Artifact, PyvError]]:
    """What is not taken of the records that were chosen, and of those an own mirror has already."""
    mine: dict[Identity, Artifact] = {}
    if not settings.is_hybrid:
        mine = {identity(record): record for triple in mirror.triples() for record in mirror.read_manifest(triple)}
    chosen: dict[Identity, list[Artifact]] = {}
    for artifact in found:
        chosen.setdefault(identity(artifact), []).append(artifact)
    anew = _signed_anew(mine, upstream, settings)
    keys = upstream.keys
    refused: list[tuple[Artifact, PyvError]] = []
    for artifact in (*found, *(each for each in anew if each not in chosen.get(identity(each), ()))):
        known = mine.get(identity(artifact))
        try:
            verify_record(artifact, keys, now)
            if known is not None and known.sha256 != artifact.sha256:
                raise contradiction(known, artifact)
        except TrustError as fault:
            refused.append((artifact, fault))
    return refused


def _signed_anew(mine: Mapping[Identity, Artifact], upstream: Verified, settings: Settings) -> list[Artifact]:
    """Upstream's records that are here already, as it signs them now: every line, should there be several of one."""
    theirs = {name: record for name, record in mine.items() if record.keyid in settings.upstream_keys}
    triples = {record.triple for record in theirs.values()}
    offered = (record for triple in sorted(triples) for record in upstream.manifest(triple))
    return [each for each in offered if identity(each) in theirs and each != theirs[identity(each)]]
