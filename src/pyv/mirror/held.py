"""What a registry holds of a mirror before something is pushed to it, and whether it may be replaced.

None of it is verified: who runs the registry could say anything, and all he gains is that nothing is pushed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pyv.domain import image
from pyv.errors import RollbackError, TrustError
from pyv.index.refresh import TIMESTAMP, TIMESTAMP_BYTES, root_name
from pyv.index.tagged import files_of, listed_manifests
from pyv.mirror.image import Image
from pyv.transfer.locations import Location
from pyv.transfer.registry import Registry
from pyv.trust.authoring import parse_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the tag names; nothing, where there is none."""

    sha256: str = ""
    """Of the image index."""
    groups: frozenset[str] = frozenset()
    """The manifests it lists, by sha256: they are there, and all they list."""
    files: frozenset[str] = frozenset()
    """The files of its index, by sha256."""
    first_root: str = ""
    """The sha256 of the root it began with."""
    timestamp: int = 0
    snapshot: int = 0


def held_by(registry: Registry, coming: Image) -> Held:
    """What the registry holds; what nobody could read any more, because parts of it are gone, counts as nothing.

    Raises:
        DocumentError: the tag is something else's. TransferError: the registry cannot be asked.
    """
    index = registry.document(image.TAG)
    if index is None:
        return Held()
    sha256 = hashlib.sha256(index).hexdigest()
    if sha256 == coming.index.sha256:
        return Held(sha256=sha256)
    manifests = listed_manifests(registry.location, index)
    content = registry.document(f"sha256:{manifests[0].sha256}")
    files = {} if content is None else files_of(registry.location, content)
    stamp = registry.blob(files[TIMESTAMP].sha256, TIMESTAMP_BYTES) if TIMESTAMP in files else None
    if stamp is None:
        return Held(sha256=sha256)
    timestamp = parse_draft(stamp, f"{registry.location.label}: {TIMESTAMP}")
    root = files.get(root_name(1))
    return Held(
        sha256=sha256,
        groups=frozenset(each.sha256 for each in manifests),
        files=frozenset(each.sha256 for each in files.values()),
        first_root="" if root is None else root.sha256,
        timestamp=timestamp.version,
        snapshot=timestamp.versions.get("snapshot", 0),
    )


def check_may_replace(held: Held, coming: Image, location: Location) -> None:
    """Refuse to put an index in the place of a newer one, or of another.

    Raises:
        RollbackError: the registry holds a newer one. TrustError: it holds one that began with another root.
    """
    roots = [layer.sha256 for layer in coming.files.layers if layer.title == root_name(1)]
    if held.first_root and roots and held.first_root not in roots:
        raise TrustError(
            f"{location.label} holds another index: it began with root sha256 {held.first_root}",
            hint="push to another repository, or remove the tag `index` there if nobody installs from it",
            index=location.label,
        )
    if held.timestamp > coming.timestamp or held.snapshot > coming.snapshot:
        raise RollbackError(
            f"{location.label} holds a newer index than this mirror: timestamp {held.timestamp} and snapshot "
            f"{held.snapshot} there, {coming.timestamp} and {coming.snapshot} here",
            hint="bring this mirror up to date, and push that; clients that saw the newer one refuse an older",
            index=location.label,
        )
