"""The files of a mirror that are no archives: which belong to it, and which are keys nobody should find there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pyv.index.reading import PACK
from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.own_kit import pinned
from pyv.mirror.generation import hashed
from pyv.mirror.layout import Mirror
from pyv.mirror.own_kit import SCRIPT
from pyv.store.atomic import is_temporary, translated
from pyv.trust.authoring import Draft, parse_draft
from pyv.trust.roles import LISTING

_ROOT = re.compile(r"metadata/[1-9][0-9]*\.root\.json")
_PRIVATE = b"PRIVATE KEY-----"
_HEAD = 64
_ARCHIVES = frozenset({"blobs", "pbs"})


def files_of(mirror: Mirror) -> Iterator[str]:
    """Every file in the served tree but archives, by its name in the mirror."""
    for name in _walk(mirror.path):
        if not name.startswith("."):
            yield name


def _walk(base: Path) -> Iterator[str]:
    for place, directories, names in os.walk(base):
        if Path(place) == base:
            directories[:] = [name for name in directories if name not in _ARCHIVES]
        directories.sort()
        yield from (os.path.relpath(os.path.join(place, name), base) for name in sorted(names))


def private_keys(evidence: Evidence) -> Iterator[str]:
    """Files that hold a private key, or are named as one, anywhere in the mirror."""
    base = evidence.mirror.path
    for name in _walk(base):
        path = base / name
        with translated("read", path):
            if path.suffix == ".pem" or (path.is_file() and _PRIVATE in _head(path)):
                yield name


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEAD)


def belonging(evidence: Evidence) -> set[str]:
    """The names of what is published, what was published before, and the operator's working copies."""
    mirror, current = evidence.mirror, evidence.current
    found = {"metadata/timestamp.json", PACK, mirror.uv_list.name, *current.files()}
    found |= {hashed(target, sha256) for target, sha256 in current.targets.items()}
    found |= _before(mirror, current.snapshot.version)
    working = [mirror.key_list, mirror.revocation_list, *(mirror.manifest(triple) for triple in mirror.triples())]
    found |= {str(path.relative_to(mirror.path)) for path in working}
    kit = pinned(evidence)
    if kit is not None:
        found |= {f"self/{SCRIPT}", *(f"self/{part.path}" for part in kit.parts)}
    return found | {f"derived/{triple}.json" for triple in evidence.manifests}


def _before(mirror: Mirror, version: int) -> set[str]:
    """What the publication before led to, as far as it is there; versions may have been left out in between."""
    numbers = (int(path.name.partition(".")[0]) for path in mirror.metadata.glob("[1-9]*.snapshot.json"))
    name = f"metadata/{max((number for number in numbers if number < version), default=0)}.snapshot.json"
    snapshot = _draft(mirror, name)
    if snapshot is None:
        return set()
    found = {name}
    for role in LISTING:
        listing = f"metadata/{snapshot.versions[role.name]}.{role.name}.json"
        draft = _draft(mirror, listing)
        if draft is not None:
            found |= {listing, *(hashed(target, sha256) for target, (sha256, _) in draft.listed.items())}
    return found


def _draft(mirror: Mirror, name: str) -> Draft | None:
    path = mirror.path / name
    with translated("read", path):
        return parse_draft(path.read_bytes(), name) if path.is_file() else None


def strays(evidence: Evidence) -> list[str]:
    """Files in the served tree that belong to nothing; those of writers that died are not among them."""
    known = belonging(evidence)
    others = [name for name in files_of(evidence.mirror) if name not in known and not _ROOT.fullmatch(name)]
    return [name for name in others if not is_temporary(os.path.basename(name))]


def temporaries(evidence: Evidence) -> list[str]:
    """What writers that died left beside their files, archives included."""
    base = evidence.mirror.path
    found = [name for name in _walk(base) if is_temporary(os.path.basename(name))]
    directory = evidence.mirror.blobs
    with translated("read", directory):
        there = sorted(os.listdir(directory)) if directory.is_dir() else []
    return [*found, *(f"blobs/sha256/{name}" for name in there if is_temporary(name))]
