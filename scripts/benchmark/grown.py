"""Synthetic indexes: today's records, and as many more of the same kinds as a factor asks for.

The further copies of a record are later builds of later versions on the same triple, with digests nothing has. A
throw-away key really signs all of them, and pyv's own publisher publishes them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.place import CHECKOUT
from pyv.domain.artifact import Artifact
from pyv.domain.manifest import parse_manifest
from pyv.domain.triple import PUBLISHED
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.publisher import publish
from pyv.store.lock import locked

_YEARS = 8
"""From one copy of a build to the next, so that no two have one tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """One index, published."""

    factor: int
    mirror: Mirror
    keys: KeyDirectory
    records: int
    largest: int
    """Records in the largest manifest."""
    seconds: float
    """What signing and publishing it took."""


def grow(directory: Path, factor: int, only: str | None, archives: bool) -> Grown:
    """Make a mirror of `factor` times today's records; with `only`, that triple grows and the others stay as they are.

    With `archives` they are there too, as files of the right size with nothing in them.
    """
    begun = time.perf_counter()
    mirror, keys = Mirror(directory / "mirror"), KeyDirectory(path=directory / "keys")
    init(mirror.path, keys, time.time())
    key, listed = keys.artifact_key(), mirror.read_keys()
    counts = {}
    for triple in PUBLISHED:
        times = factor if only in {None, triple} else 1
        signed = [key.sign_record(record) for record in copies(today(triple), times)]
        write_documents(mirror, {triple: signed}, listed)
        counts[triple] = len(signed)
        for record in signed if archives else ():
            with mirror.blob(record.sha256).open("ab") as blob:  # some archives have two names
                blob.truncate(max(blob.tell(), record.size or 0))
    with locked(mirror.lock):
        publish(mirror, keys, time.time())
    return Grown(
        factor=factor,
        mirror=mirror,
        keys=keys,
        records=sum(counts.values()),
        largest=max(counts.values()),
        seconds=time.perf_counter() - begun,
    )


def today(triple: str) -> list[Artifact]:
    """The records of the index this checkout embeds."""
    path = CHECKOUT / "manifests" / "targets" / "manifest" / f"{triple}.json"
    return parse_manifest(path.read_text(encoding="ascii"), str(path), triple) if path.exists() else []


def copies(records: Sequence[Artifact], factor: int) -> Iterator[Artifact]:
    """Every record, and `factor - 1` later ones like it."""
    for number in range(factor):
        for record in records:
            yield later(record, number)


def later(record: Artifact, number: int) -> Artifact:
    """The same kind of archive, `number` builds on: of a later patch, unless it is a pre-release."""
    if number == 0:
        return record
    version = record.parsed_version
    if not version.is_prerelease:
        version = version._replace(patch=version.patch + number)
    build = f"{int(record.build[:4]) + _YEARS * number}{record.build[4:]}"
    name = None if record.location is None else record.location.partition("/")[2]
    moved = dataclasses.replace(
        record, version=str(version), build=build, location=None if name is None else f"{build}/{name}"
    )
    return dataclasses.replace(moved, sha256=hashlib.sha256(f"{moved.name} {name}".encode()).hexdigest())
