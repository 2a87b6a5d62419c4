"""Which archives of a mirror something still needs: a record clients may meet, or a synchronisation under way.

Clients may meet the working copies, what is published, and what was published before: its manifests are still there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pyv.domain.artifact import Artifact
from pyv.domain.choice import Choice
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import Revocations, parse_revocations, union
from pyv.index.anchors import accepted, embedded_anchor
from pyv.index.cache import Cache
from pyv.index.opened import decoded
from pyv.index.state import REVOKED
from pyv.mirror.derived import derived_triples, read_derived
from pyv.mirror.holdings import triple_of
from pyv.mirror.imports import imported_archives
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import EMBEDDED, Settings
from pyv.mirror.verified import embedded_whole
from pyv.store.atomic import translated

_HASHED = re.compile(r"[0-9a-f]{64}\.(?P<triple>[A-Za-z0-9_-]+)\.json", re.ASCII)


def reachable(mirror: Mirror, settings: Settings) -> set[str]:
    """The archives, by sha256, that have to stay.

    Raises:
        StoreError, DocumentError: something that may name archives cannot be read.
    """
    revocations = mirror.read_revocations()
    found: set[str] = set()
    listed = imported_archives(mirror) if settings.is_carried_over else None
    for triple, records in _manifests(mirror):
        kept = _chosen(settings.choice, triple, records, revocations) if settings.is_hybrid else records
        found |= {record.sha256 for record in kept if listed is None or record.sha256 in listed}
    for triple, records, theirs in _seen_upstream(mirror, settings):
        chosen = _chosen(settings.choice, triple, records, union(revocations, theirs))
        found |= {record.sha256 for record in chosen}
    for triple in derived_triples(mirror):
        found |= {packing.sha256 for packing in read_derived(mirror, triple) if packing.origin in found}
    return found


def no_longer_chosen(mirror: Mirror, settings: Settings) -> dict[str, list[Artifact]]:
    """Upstream's records in the manifests of an own mirror that the remembered choice does not select, by triple.

    Raises:
        StoreError, DocumentError: a manifest cannot be read.
    """
    if settings.is_hybrid or not settings.upstream_keys:
        return {}
    revocations, found = mirror.read_revocations(), {}
    for triple in mirror.triples():
        theirs = [record for record in mirror.read_manifest(triple) if record.keyid in settings.upstream_keys]
        chosen = {record.sha256 for record in _chosen(settings.choice, triple, theirs, revocations)}
        others = [record for record in theirs if record.sha256 not in chosen]
        if others:
            found[triple] = others
    return found


def _chosen(choice: Choice, triple: str, records: Sequence[Artifact], revocations: Revocations) -> list[Artifact]:
    return choice.chosen(records, revocations) if choice.takes(triple) else []


def _manifests(mirror: Mirror) -> Iterator[tuple[str, list[Artifact]]]:
    """Every manifest that is there: the working copies, and those with a digest in their name."""
    for triple in mirror.triples():
        yield triple, mirror.read_manifest(triple)
    for path in sorted(mirror.manifests.glob("*.json")):
        match = _HASHED.fullmatch(path.name)
        if match is not None:
            with translated("read", path):
                text = path.read_bytes().decode("ascii", "replace")
            yield match["triple"], parse_manifest(text, str(path), match["triple"])


def _seen_upstream(mirror: Mirror, settings: Settings) -> Iterator[tuple[str, list[Artifact], Revocations]]:
    """The manifests of upstream as the mirror saw them last, published here or not yet, with what it took back."""
    if not settings.upstream:
        return
    if settings.upstream == EMBEDDED:
        whole = embedded_whole()
        for triple in filter(settings.choice.takes, whole.triples):
            yield triple, whole.manifest(triple), whole.revocations
    own = embedded_anchor()
    for anchor in (*accepted(mirror.work), *([] if own is None else [own])):
        yield from _kept(Cache(mirror.work, anchor.ident))


def _kept(cache: Cache) -> Iterator[tuple[str, list[Artifact], Revocations]]:
    state = cache.state()
    if state is None:
        return
    listed = cache.listed(state, REVOKED) or b""
    revocations = parse_revocations(decoded(listed, REVOKED), REVOKED)
    for name in state.targets:
        triple, content = triple_of(name), cache.listed(state, name)
        if triple is not None and content is not None:
            yield triple, parse_manifest(decoded(content, name), name, triple), revocations
