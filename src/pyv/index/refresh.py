"""Refreshing an index: the TUF workflow over a reader, then one accepted state on disk.

Under the index's lock from the first look at the metadata to the last write: `tuf.ngclient` keeps it in place, and
two processes must not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.domain.fields import hinted
from pyv.domain.manifest import MAX_BYTES
from pyv.domain.revocation import Revocations, parse_revocations, union
from pyv.domain.timestamp import parse_utc
from pyv.errors import ClockError, TrustError
from pyv.index.anchors import Anchor
from pyv.index.cache import Cache
from pyv.index.embedded import embedded_directory, published
from pyv.index.opened import decoded
from pyv.index.state import KEYS, REVOKED, Role, State
from pyv.store.atomic import make_directory, translated
from pyv.store.lock import locked
from pyv.transfer.files import read_file
from pyv.trust.keys import parse_key_list
from pyv.trust.read import Read

if TYPE_CHECKING:
    from pyv.trust.refresh import Refreshed

TIMESTAMP = "metadata/timestamp.json"
TIMESTAMP_BYTES = 16 * 1024
ROOT_BYTES = 512 * 1024
"""The largest of these files that are read: `tuf.ngclient`'s own limits."""


def manifest_name(triple: str) -> str:
    """The target name of a manifest."""
    return f"manifest/{triple}.json"


def root_name(version: int) -> str:
    """The file of one version of the root."""
    return f"metadata/{version}.root.json"


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
    from pyv.trust.refresh import refresh_index  # noqa: PLC0415 (tuf: 260 modules that only a refresh needs)

    with locked(cache.lock, waiting=waiting):
        before = cache.state()
        make_directory(cache.metadata)
        _clear_leftovers(cache)
        _raise_floor(anchor, cache)
        known = before.targets if before else {}
        names = sorted({KEYS, REVOKED, *map(manifest_name, triples), *(name for name in known if known[name])})
        with _clock_explained(cache):
            found = refresh_index(
                cache.metadata,
                anchor.root.encode(),
                read,
                names,
                now=now,
                floor=_earliest(before),
                max_staleness=max_staleness,
                kept=_held(anchor, cache, names),
            )
        contents = {name: content for name, content in found.targets.items() if content is not None}
        listed = _parsed(contents, place)
        state = _state(found, {name: _digest(contents.get(name)) for name in names}, cache, place, now)
        if not contacted:
            state = replace(state, refreshed=before.refreshed if before else 0)
        cache.keep(state, list(contents.values()), union(cache.remembered(), listed))
    return state


@contextmanager
def _clock_explained(cache: Cache) -> Iterator[None]:
    """A clock that seems to run behind may be right now, and have been ahead when the index was verified."""
    try:
        yield
    except ClockError as fault:
        fault.hint = f"{fault.hint}; if it is right now and was ahead before, remove {cache.path / 'state.json'}"
        raise


def _parsed(contents: Mapping[str, bytes], place: str) -> Revocations:
    """The revocations of an index, once its small documents are there and can be read."""
    for name in (KEYS, REVOKED):
        if name not in contents:
            raise TrustError(
                f"the index {place} lists no {name}",
                hint="its publisher has to publish it: `pyv mirror sign publish`",
                index=place,
            )
    with hinted(f"tell the operator of {place}: it was published like this"):
        parse_key_list(decoded(contents[KEYS], KEYS), KEYS)
        return parse_revocations(decoded(contents[REVOKED], REVOKED), REVOKED)


def _state(found: Refreshed, targets: Mapping[str, str], cache: Cache, place: str, now: float) -> State:
    timestamp = read_file(cache.metadata / "timestamp.json", TIMESTAMP_BYTES)
    return State(
        place=place,
        refreshed=int(now),
        reference=int(found.reference),
        expires=int(found.expires),
        stale=int(found.stale),
        timestamp=_digest(timestamp),
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
        targets=targets,
    )


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _raise_floor(anchor: Anchor, cache: Cache) -> None:
    """Let the embedded index be what no refresh may go behind, for the index with its root (docs/trust.md).

    An expired timestamp is fine there: `tuf.ngclient` takes it as an intermediate one, for its versions only. It is
    copied last, since it says whether all were.
    """
    embedded = embedded_directory() / "metadata"
    if not anchor.is_embedded or _version(cache.metadata / "timestamp.json") >= _version(embedded / "timestamp.json"):
        return
    with translated("copy", cache.metadata):
        for role in ("revocations", "releases", "targets", "snapshot", "timestamp"):
            found = sorted(embedded.glob(f"*{role}.json"), key=_version)
            if found:
                temporary = cache.metadata / f".{role}.tmp"
                shutil.copyfile(found[-1], temporary)
                temporary.replace(cache.metadata / f"{role}.json")


def _clear_leftovers(cache: Cache) -> None:
    """Remove what a refresh that was killed had half written: `tuf.ngclient` never clears its own away."""
    with translated("clear", cache.path):
        for path in (
            *cache.path.glob(".*.tmp"),
            *(path for path in cache.metadata.iterdir() if path.suffix != ".json"),
        ):
            if path.is_file():
                path.unlink()


def _earliest(before: State | None) -> float:
    """The time before which it cannot be: this pyv was published then, or an index was verified."""
    made = parse_utc(published(embedded_directory())) or 0.0
    return max(made, float(before.reference) if before else 0.0)


def _held(anchor: Anchor, cache: Cache, names: Sequence[str]) -> Callable[[str], bytes | None]:
    """What need not be fetched: kept targets, and for its own line what the embedded index holds."""
    embedded: dict[str, bytes] = {}
    for name in names if anchor.is_embedded else ():
        content = read_file(embedded_directory() / "targets" / name, MAX_BYTES)
        if content is not None:
            embedded[_digest(content)] = content
    return lambda digest: cache.kept(digest) or embedded.get(digest)


def _version(path: Path) -> int:
    """The version a metadata file states; 0 where there is none that can be read."""
    try:
        version = json.loads(path.read_bytes())["signed"]["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0
    return version if isinstance(version, int) else 0
