"""Where the bytes of an archive may come from: one home for the order that installations and mirrors ask in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.transfer.locations import UPSTREAM, Location, Source


def archive_sources(artifact: Artifact, mirrors: Iterable[Location], index: Location | None) -> list[Source]:
    """In order: the mirrors named, else the index itself, else upstream (`index` is None for the embedded one)."""
    found: list[Source] = []
    for mirror in mirrors:
        names = [] if mirror.is_registry else [mirror.join(artifact.upstream_location)]
        names.append(mirror.blob(artifact.sha256))
        if mirror.is_local:
            names.append(mirror.join(artifact.upstream_location.rpartition("/")[2]))
        found += [*(replace(name, has_other_name=True) for name in names[:-1]), names[-1]]
    if found:
        return found
    if index is not None:
        return [index.blob(artifact.sha256)]
    return [upstream.join(artifact.upstream_location) for upstream in upstream_locations()]


def upstream_locations() -> list[Location]:
    """Upstream's own addresses, the content network first."""
    return [Location.parse(address, Path("/")) for address in UPSTREAM]


def not_carried(artifact: Artifact) -> str:
    """What to do where a mirror's index names an archive that is not there: it may name more than the mirror chose."""
    return (
        "the index names this archive, and the mirror does not carry it: its operator can add it (pyv mirror sync DIR "
        f"--version {artifact.version} …), or take it from upstream with --mirror upstream"
    )
