"""An index read whole and verified: every role's metadata as it was published, and every target it lists.

A client reads what it needs of an index; a mirror carries all of it. The verdict is the client's own
(`pyv.index.refresh`), so what a mirror takes over is what clients would accept, and the same memory against rollback
stands behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.fields import malformed
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import Revocations, parse_revocations
from pyv.domain.triple import PUBLISHED
from pyv.errors import DocumentError, StoreError
from pyv.index.anchors import Anchor, ident_of
from pyv.index.cache import Cache
from pyv.index.embedded import embedded_directory, published
from pyv.index.opened import decoded
from pyv.index.refresh import manifest_name, refresh
from pyv.index.state import KEYS, REVOKED, State
from pyv.store.atomic import translated
from pyv.trust.keys import KeyList, parse_key_list
from pyv.trust.read import Read
from pyv.trust.roles import ROLES, ROOT

_MANIFEST = re.compile(r"manifest/(?P<triple>[A-Za-z0-9_-]+)\.json", re.ASCII)
_VERSIONED = re.compile(r"(?P<version>[1-9][0-9]{0,9})\.(?P<role>[a-z]+)\.json", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One index, whole."""

    place: str
    """Where it was read, without credentials; `embedded` for the embedded one."""
    line: str = ""
    """Which index it is, wherever it lies: the id of its first root."""
    metadata: Mapping[str, bytes] = field(repr=False)
    """The file of every role in force, by role; of root the newest."""
    roots: Mapping[int, bytes] = field(repr=False)
    """Every root that was followed, by version, from the anchor on."""
    targets: Mapping[str, bytes] = field(repr=False)
    """The content of every target, by name."""
    published: str = ""
    """When its publisher says this state was made, UTC; empty where nobody says."""
    expires: float | None = None
    """The earliest expiry in the chain; None for the embedded index, which does not expire."""
    stale: float = 0.0
    """Seconds since then, where that was allowed; else 0."""

    @property
    def triples(self) -> list[str]:
        """The triples it has manifests of."""
        return [match["triple"] for match in map(_MANIFEST.fullmatch, sorted(self.targets)) if match]

    @property
    def keys(self) -> KeyList:
        """Who may sign its records."""
        return parse_key_list(decoded(self.targets[KEYS], KEYS), KEYS)

    @property
    def revocations(self) -> Revocations:
        """What it takes back."""
        return parse_revocations(decoded(self.targets[REVOKED], REVOKED), REVOKED)

    def manifest(self, triple: str) -> list[Artifact]:
        """Every record of a triple; none where it has no manifest of it.

        Raises:
            DocumentError: the manifest cannot be read.
        """
        content = self.targets.get(manifest_name(triple))
        return [] if content is None else parse_manifest(decoded(content, triple), f"manifest of {triple}", triple)


def read_whole(
    anchor: Anchor,
    cache: Cache,
    read: Read,
    *,
    place: str,
    now: float,
    max_staleness: float = 0.0,
    waiting: Callable[[], None] = lambda: None,
) -> Verified:
    """Bring what is kept of an index up to date, and return all of it; the caller holds whatever guards `cache`.

    A manifest of a platform upstream never published for costs a second run of the workflow when it is new.

    Raises:
        TrustError: it does not verify. TransferError: it could not be read. DocumentError: it lists what no mirror of
        this pyv can carry. StoreError: the disk refuses.
    """

    def refreshed(triples: Sequence[str]) -> State:
        return refresh(anchor, cache, read, triples, place=place, now=now, max_staleness=max_staleness, waiting=waiting)

    state = refreshed(PUBLISHED)
    metadata = _kept_metadata(cache.metadata)
    names = _listed(metadata, place)
    if not state.covers(names):
        state = refreshed([match["triple"] for match in map(_MANIFEST.fullmatch, names) if match])
        metadata = _kept_metadata(cache.metadata)
        names = _listed(metadata, place)
    return Verified(
        place=place,
        line=anchor.ident,
        metadata=metadata,
        roots=_numbered(cache.metadata / "root_history", ROOT.name),
        targets={name: cache.listed(state, name) or b"" for name in names},
        published=state.published,
        expires=float(state.expires),
        stale=float(state.stale),
    )


def embedded_whole(directory: Path | None = None) -> Verified:
    """The index this pyv was published with, which was verified then.

    Raises:
        StoreError, DocumentError: a file of it is missing or damaged.
    """
    base = directory or embedded_directory()
    found = {role: _numbered(base / "metadata", role) for role in ROLES}
    metadata = {role: versions[max(versions)] for role, versions in found.items() if versions}
    with translated("read", base):
        metadata["timestamp"] = (base / "metadata" / "timestamp.json").read_bytes()
        names = _listed(metadata, "embedded")
        targets = {name: (base / "targets" / name).read_bytes() for name in names}
    first = found[ROOT.name][min(found[ROOT.name])]
    return Verified(
        place="embedded",
        line=ident_of(first.decode()),
        metadata=metadata,
        roots=found[ROOT.name],
        targets=targets,
        published=published(base),
    )


def _kept_metadata(directory: Path) -> dict[str, bytes]:
    with translated("read", directory):
        return {role: (directory / f"{role}.json").read_bytes() for role in ROLES}


def _numbered(directory: Path, role: str) -> dict[int, bytes]:
    """The files of a role that carry their version in their name."""
    with translated("read", directory):
        matches = [_VERSIONED.fullmatch(path.name) for path in directory.iterdir()]
        mine = [match for match in matches if match is not None and match["role"] == role]
        return {int(match["version"]): (directory / match[0]).read_bytes() for match in mine}


def _listed(metadata: Mapping[str, bytes], place: str) -> list[str]:
    """The targets the roles list, each of a kind this pyv can carry."""
    found: list[str] = []
    for role in ("targets", "releases", "revocations"):
        try:
            found += json.loads(metadata[role])["signed"]["targets"]
        except KeyError:
            raise StoreError(f"the index {place} has no {role} metadata", hint="fetch it again") from None
        except (ValueError, TypeError, RecursionError):
            raise malformed(f"{role} of {place}", "signed.targets", "not TUF metadata") from None
    unknown = [name for name in found if name not in {KEYS, REVOKED} and not _MANIFEST.fullmatch(name)]
    if unknown:
        raise DocumentError(
            f"the index {place} lists `{unknown[0]}`, which this pyv cannot carry", hint="update pyv", document=place
        )
    return sorted(set(found))
