"""Refreshing an index: the TUF workflow over a reader, then one accepted state on disk.

Under the index's lock from the first look at the metadata to the last write: `tuf.ngclient` keeps it in place, and
two processes must not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pyv.domain.revocation import Revocations, parse_revocations, union
from pyv.errors import TrustError
from pyv.index.anchors import Anchor
from pyv.index.cache import Cache, Role, State
from pyv.index.embedded import embedded_directory
from pyv.index.opened import decoded
from pyv.index.reading import Read
from pyv.store.atomic import make_directory, translated
from pyv.store.lock import locked

KEYS = "trust/artifact-keys.json"
REVOKED = "revocations/revocations.json"


def manifest_name(triple: str) -> str:
    """The target name of a manifest."""
    return f"manifest/{triple}.json"


def refresh(
    anchor: Anchor,
    cache: Cache,
    read: Read,
    triples: Sequence[str],
    *,
    place: str,
    now: float,
    max_staleness: float = 0.0,
    contacted: bool = True,
    waiting: Callable[[], None] = lambda: None,
) -> State:
    """Bring what is kept of an index up to date, and accept it; `contacted` says whether its place was asked.

    Raises:
        TrustError: it does not verify. TransferError: it could not be read. StoreError: the disk refuses.
    """
    from pyv.trust.client import refresh_index  # noqa: PLC0415 (tuf: 260 modules that only a refresh needs)

    with locked(cache.lock, waiting=waiting):
        before = cache.state()
        _raise_floor(anchor, cache)
        known = {name for name, digest in (before.targets.items() if before else ()) if digest}
        names = sorted({KEYS, REVOKED, *map(manifest_name, triples), *known})
        found = refresh_index(
            cache.metadata,
            anchor.root.encode(),
            read,
            names,
            now=now,
            floor=float(before.reference) if before else 0.0,
            max_staleness=max_staleness,
            kept=cache.kept,
        )
        contents = {name: content for name, content in found.targets.items() if content is not None}
        for name in (KEYS, REVOKED):
            if name not in contents:
                raise TrustError(
                    f"the index {place} lists no {name}",
                    hint="its publisher has to publish it: `pyv mirror sign publish`",
                    index=place,
                )
        listed = parse_revocations(decoded(contents[REVOKED], REVOKED), REVOKED)
        state = State(
            place=place,
            refreshed=int(now) if contacted or before is None else before.refreshed,
            reference=int(found.reference),
            expires=int(found.expires),
            stale=int(found.stale),
            published=found.published or "",
            roles=tuple(
                Role(
                    name=role.name,
                    version=role.version,
                    expires=int(role.expires),
                    keyids=role.keyids,
                    threshold=role.threshold,
                )
                for role in found.roles
            ),
            targets={name: _digest(contents.get(name)) for name in names},
        )
        cache.keep(state, list(contents.values()), union(cache.revocations(), listed))
    return state


def _digest(content: bytes | None) -> str:
    import hashlib  # noqa: PLC0415

    return "" if content is None else hashlib.sha256(content).hexdigest()


def embedded_revocations(cache: Cache) -> Revocations:
    """What the publisher of the embedded index took back since, as far as this machine has seen it."""
    return cache.revocations()


def _raise_floor(anchor: Anchor, cache: Cache) -> None:
    """Let the embedded index be what no refresh may go behind, for the index with its root (trust.md, §7).

    An expired timestamp is fine there: `tuf.ngclient` takes it as an intermediate one, for its versions only.
    """
    make_directory(cache.metadata)
    embedded = embedded_directory() / "metadata"
    if anchor.source != "embedded" or _version(cache.metadata / "timestamp.json") >= _version(
        embedded / "timestamp.json"
    ):
        return
    with translated("copy", cache.metadata):
        for role in ("timestamp", "snapshot", "targets", "releases", "revocations"):
            found = sorted(embedded.glob(f"*{role}.json"), key=_version)
            if found:
                temporary = cache.metadata / f".{role}.tmp"
                shutil.copyfile(found[-1], temporary)
                temporary.replace(cache.metadata / f"{role}.json")


def _version(path: Path) -> int:
    """The version a metadata file states; 0 where there is none that can be read."""
    try:
        version = json.loads(path.read_bytes())["signed"]["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0
    return version if isinstance(version, int) else 0
