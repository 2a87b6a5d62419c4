"""Where a mirror stands, at a glance: nothing is hashed, nothing is asked, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyv.domain.artifact import Artifact
from pyv.index.anchors import Anchor
from pyv.mirror.drafts import waiting_drafts
from pyv.mirror.exports import Export, exports
from pyv.mirror.generation import Generation, read_generation
from pyv.mirror.holdings import Blobs, blobs_of, every_packing, every_record, published_manifests, wanted_of
from pyv.mirror.layout import Mirror
from pyv.mirror.published import Waiting
from pyv.mirror.settings import Settings, read_settings
from pyv.store.atomic import translated
from pyv.trust.authoring import Draft
from pyv.trust.keys import ArtifactKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A mirror at one moment."""

    settings: Settings
    root: Anchor | None
    """The newest root; None where none is published."""
    published: str
    """When what is in force was made, UTC; empty before the first publication."""
    roles: Mapping[str, Draft] = field(repr=False)
    """What is in force, by role."""
    records: int
    archives: int
    size: int
    """Bytes of all archives."""
    packings: int
    """How many of the archives are packings of others."""
    missing: int
    """Archives that have to be here and are not."""
    absent: int
    """Records whose archive is not here and need not be."""
    partial: int
    """Downloads under way."""
    waiting: tuple[Waiting, ...]
    exported: tuple[Export, ...]
    keys: tuple[ArtifactKey, ...]
    """Artifact keys that were not revoked, upstream's too."""


def status(mirror: Mirror) -> Status:
    """Look at a mirror.

    Raises:
        StoreError: there is none here, or it is damaged. DocumentError: something of it cannot be read.
    """
    keys, settings, current = mirror.read_keys(), read_settings(mirror), read_generation(mirror)
    blobs, packings = blobs_of(mirror), {packing.sha256 for packing in every_packing(mirror)}
    manifests = _manifests(mirror, current)
    records = every_record(manifests)
    wanted = {record.sha256 for record in wanted_of(mirror, settings, manifests, mirror.read_revocations())}
    lacking = {record.sha256 for record in records} - blobs.sizes.keys()
    return Status(
        settings=settings,
        root=None if current is None else _anchor(mirror, current.root),
        published="" if current is None else current.timestamp.published,
        roles={} if current is None else _roles(current),
        records=len(records),
        archives=len(blobs.sizes),
        size=sum(blobs.sizes.values()),
        packings=len(packings & blobs.sizes.keys()),
        missing=len(lacking & wanted),
        absent=len(lacking - wanted),
        partial=_partial(mirror, blobs),
        waiting=tuple(waiting_drafts(mirror, current)),
        exported=tuple(exports(mirror)),
        keys=tuple(key for key in keys.keys if not key.revoked),
    )


def _manifests(mirror: Mirror, current: Generation | None) -> Mapping[str, list[Artifact]]:
    if current is None:
        return {triple: mirror.read_manifest(triple) for triple in mirror.triples()}
    return published_manifests(mirror, current)


def _anchor(mirror: Mirror, newest: Draft) -> Anchor:
    """The root as a client holds it that accepted it."""
    with translated("read", mirror.metadata):
        versions = [int(path.name.partition(".")[0]) for path in mirror.metadata.glob("[0-9]*.root.json")]
        first = (mirror.metadata / f"{min(versions)}.root.json").read_text(encoding="utf-8")
    return Anchor(
        root=newest.to_bytes().decode("utf-8"),
        version=newest.version,
        keyids=newest.holders("root")[0],
        source=str(mirror.path),
        added="",
        first=first,
    )


def _roles(current: Generation) -> dict[str, Draft]:
    return {"root": current.root, **current.listing, "snapshot": current.snapshot, "timestamp": current.timestamp}


def _partial(mirror: Mirror, blobs: Blobs) -> int:
    directory = mirror.work.partial
    with translated("read", directory):
        names = {path.name for path in directory.iterdir()} if directory.is_dir() else set()
    return len([name for name in names if "." not in name and name not in blobs.sizes])
