"""What a mirror holds, and what it has to: the archives that lie there, and the records that name them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.choice import chosen_of
from pyv.domain.derived import Derived
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import Revocations
from pyv.mirror.derived import derived_triples, read_derived
from pyv.mirror.generation import Generation, hashed
from pyv.mirror.imports import imported_archives
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import Settings
from pyv.store.atomic import is_temporary, translated

BLOBS = "blobs/sha256/"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MANIFEST = re.compile(r"manifest/(?P<triple>[A-Za-z0-9_-]+)\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Blobs:
    """What lies below blobs/, as a look at the names tells."""

    sizes: Mapping[str, int]
    """Bytes by sha256."""
    others: tuple[str, ...]
    """The names, in the mirror, of what is no archive; what somebody is just writing is left out."""


def blobs_of(mirror: Mirror) -> Blobs:
    """What lies below blobs/.

    Raises:
        StoreError: it cannot be read.
    """
    sizes: dict[str, int] = {}
    others = [f"blobs/{each.name}" for each in _entries(mirror.blobs.parent) if each.name != mirror.blobs.name]
    for each in _entries(mirror.blobs):
        with translated("read", mirror.blobs):
            told = each.stat(follow_symlinks=False)
        if _DIGEST.fullmatch(each.name) and stat.S_ISREG(told.st_mode):
            sizes[each.name] = told.st_size
        elif not is_temporary(each.name):
            others.append(BLOBS + each.name)
    return Blobs(sizes, tuple(sorted(others)))


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    with translated("read", directory):
        if not directory.is_dir():
            return []
        with os.scandir(directory) as entries:
            return list(entries)


def triple_of(target: str) -> str | None:
    """The triple whose manifest a target is; None where it is none."""
    match = _MANIFEST.fullmatch(target)
    return None if match is None else match["triple"]


def published_manifests(mirror: Mirror, generation: Generation) -> dict[str, list[Artifact]]:
    """The records of a generation, by triple.

    Raises:
        StoreError, DocumentError: a manifest is missing or damaged.
    """
    found = {}
    for target, sha256 in sorted(generation.targets.items()):
        triple = triple_of(target)
        if triple is not None:
            path = mirror.path / hashed(target, sha256)
            with translated("read", path):
                found[triple] = parse_manifest(path.read_bytes().decode("ascii", "replace"), str(path), triple)
    return found


def wanted_of(
    mirror: Mirror, settings: Settings, manifests: Mapping[str, Sequence[Artifact]], revocations: Revocations
) -> list[Artifact]:
    """The records whose archive a mirror has to hold: in a hybrid one those that are chosen, else all.

    In one that was imported they are those the last bundle listed; in a hybrid one that never synchronised, none.
    """
    if settings.is_carried_over:
        listed = imported_archives(mirror) or frozenset()
        return [record for record in every_record(manifests) if record.sha256 in listed]
    if settings.is_hybrid and settings.synced is None:
        return []
    if settings.is_hybrid:
        return chosen_of(settings.choice, manifests, revocations)
    return every_record(manifests)


def every_record(manifests: Mapping[str, Iterable[Artifact]]) -> list[Artifact]:
    """All records, by triple in alphabetical order."""
    return [record for triple in sorted(manifests) for record in manifests[triple]]


def every_packing(mirror: Mirror) -> list[Derived]:
    """All derived records, by triple in alphabetical order.

    Raises:
        DocumentError: a file cannot be read as what it should be.
    """
    return [packing for triple in derived_triples(mirror) for packing in read_derived(mirror, triple)]
