"""An index a person named, opened: which root it is of, whether what is kept of it will do, or a refresh is due.

What was verified lately serves without a request. What is older, and not expired, serves for planning while the index
is refreshed: `Index.renewal` leads to the result, and nothing is activated without it. Everything else waits.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyv.domain.derived import Derived
from pyv.domain.revocation import parse_revocations, union
from pyv.errors import PyvError, RollbackError, TransferError, TrustError
from pyv.index.anchors import Anchor, accepted, embedded_anchor
from pyv.index.cache import Cache
from pyv.index.derived import derived_reader
from pyv.index.embedded import embedded_index
from pyv.index.opened import FRESH, SIGNED, Index, decoded, nothing_derived
from pyv.index.reading import kept_reader, packed, reader
from pyv.index.refresh import ROOT_BYTES, TIMESTAMP, TIMESTAMP_BYTES, manifest_name, refresh, root_name
from pyv.index.seen import seen_revocations
from pyv.index.state import KEYS, REVOKED, State
from pyv.store.paths import Root
from pyv.transfer.locations import Location
from pyv.trust.keys import parse_key_list
from pyv.trust.read import Read

if TYPE_CHECKING:
    from pyv.transfer.client import Client

LIFETIME = 3600
"""Seconds for which an index on the network is not asked again (shared by listings and installations)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How indexes are reached, and what is allowed on the way."""

    root: Root
    client: Callable[[], Client]
    now: float
    """Seconds since the epoch."""
    offline: bool = False
    max_staleness: float = 0.0
    """Seconds for which expired metadata may still be believed."""
    waiting: Callable[[], None] = lambda: None
    """Called once if another process holds the index's lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A place, and the root its index begins with."""

    location: Location
    anchor: Anchor
    cache: Cache
    derived: Callable[[str], list[Derived]] = field(default=nothing_derived, repr=False, compare=False)
    """What its place says is another packing of archives of a triple; asked once, whatever is renewed meanwhile."""


def open_index(location: Location, triples: Sequence[str], access: Access) -> Index:
    """An index, good for these triples.

    Raises:
        TrustError: its root was never accepted, or what it says does not verify. TransferError: it cannot be read.
    """
    found = recognise(location, access)
    asked = location.is_local or not access.offline
    found = replace(found, derived=derived_reader(reader(location, access.client), found.cache.derived, asked=asked))
    state = found.cache.state()
    usable = state is not None and state.covers(map(manifest_name, triples)) and state.is_valid(access.now)
    if state is not None and usable and _is_current(found, state, access):
        kept = _opened(found, state, access)
        if location.is_local or access.offline:
            return kept
        return replace(kept, again=_once(lambda: _renewed(found, triples, access, kept)))
    if location.is_local or access.offline:
        return _opened(found, renew(found, triples, access), access)
    if state is not None and usable:
        older = _opened(found, state, access)
        return replace(older, renewal=_once(lambda: _renewed(found, triples, access, older)))
    if state is None and found.anchor.is_embedded:
        base = embedded_index(seen=seen_revocations(access.root))
        renewal = _once(lambda: _opened(found, renew(found, triples, access), access))
        return replace(base, label=location.label, location=location, derived=found.derived, renewal=renewal)
    return _opened(found, renew(found, triples, access), access)


def recognise(location: Location, access: Access) -> Recognised:
    """The accepted root of the index at a place: the one it was refreshed with before, else the one it publishes.

    Raises:
        TrustError: none of its roots was accepted, or there is no index. TransferError: it cannot be read.
    """
    anchors = [*_embedded(), *accepted(access.root)]
    known = [Recognised(location=location, anchor=each, cache=Cache(access.root, each.ident)) for each in anchors]
    read = reader(location, access.client)
    before = [each for each in known if location.label in each.cache.places()]
    if location.is_local:  # what lies there may be another index by now, and looking costs nothing
        before = [each for each in before if _has_root(read, each.anchor)]
    if before:
        return max(before, key=lambda each: _refreshed(each.cache))
    if access.offline and not location.is_local:
        raise TransferError(
            f"nothing is kept of the index {location.label}, and it is not asked offline",
            hint=f"fetch it once: pyv index refresh --index {location.label}",
        )
    for version in sorted({each.anchor.version for each in known}):
        content = read(root_name(version), ROOT_BYTES)
        for each in known:
            if each.anchor.version == version and content == each.anchor.root.encode():
                each.cache.remember(location.label)
                return each
    raise _unknown(location, read, anchors)


def _has_root(read: Read, anchor: Anchor) -> bool:
    return read(root_name(anchor.version), ROOT_BYTES) == anchor.root.encode()


def belongs(location: Location, anchor: Anchor, access: Access) -> Recognised:
    """Note that the index at a place is the one with this root, which was accepted for it, and no other's any more."""
    for each in (*_embedded(), *accepted(access.root)):
        Cache(access.root, each.ident).forget(location.label)
    found = Recognised(location=location, anchor=anchor, cache=Cache(access.root, anchor.ident))
    found.cache.remember(location.label)
    return found


def renew(found: Recognised, triples: Sequence[str], access: Access) -> State:
    """Refresh an index now; offline, verify what is kept of it anew.

    Raises:
        TrustError: it does not verify. TransferError: it cannot be read. StoreError: the disk refuses.
    """
    contacted = found.location.is_local or not access.offline
    read = packed(reader(found.location, access.client)) if contacted else kept_reader(found.cache)
    return refresh(
        found.anchor,
        found.cache,
        read,
        triples,
        place=found.location.label,
        now=access.now,
        max_staleness=access.max_staleness,
        contacted=contacted,
        waiting=access.waiting,
    )


def _renewed(found: Recognised, triples: Sequence[str], access: Access, kept: Index) -> Index:
    """The index after a refresh; where its server cannot be reached, what is kept while it is valid."""
    try:
        return _opened(found, renew(found, triples, access), access)
    except TransferError as fault:
        return replace(kept, note=f"{fault.message}; the index as it was verified before is used, which is still valid")


def _refreshed(cache: Cache) -> int:
    state = cache.state()
    return 0 if state is None else state.refreshed


def _embedded() -> list[Anchor]:
    anchor = embedded_anchor()
    return [] if anchor is None else [anchor]


def _is_current(found: Recognised, state: State, access: Access) -> bool:
    """Whether asking again would be no use: its time is not over, or a directory still holds the same timestamp."""
    if found.location.is_local:
        content = reader(found.location, access.client)(TIMESTAMP, TIMESTAMP_BYTES)
        return content is not None and hashlib.sha256(content).hexdigest() == state.timestamp
    return access.offline or access.now < state.refreshed + LIFETIME


def _opened(found: Recognised, state: State, access: Access) -> Index:
    """What was verified, as an index; `state` says which of the kept files it is made of."""
    cache, label = found.cache, found.location.label
    content = cache.listed(state, KEYS) or b""
    listed = cache.listed(state, REVOKED) or b""

    def read(triple: str) -> bytes | None:
        name = manifest_name(triple)
        current = state if state.covers([name]) else renew(found, [triple], access)
        return cache.listed(current, name)

    own = embedded_index(seen=seen_revocations(access.root)).revocations
    return Index(
        label=label,
        keys=parse_key_list(decoded(content, KEYS), KEYS),
        revocations=union(union(own, cache.remembered()), parse_revocations(decoded(listed, REVOKED), REVOKED)),
        location=found.location,
        level=SIGNED if state.stale else FRESH,
        published=state.published,
        stale=float(state.stale),
        read=read,
        derived=found.derived,
    )


def _once(make: Callable[[], Index]) -> Callable[[], Index]:
    """The same call, made once whoever asks first; its error is everybody's."""
    lock = threading.Lock()
    made: list[Index | PyvError] = []

    def ask() -> Index:
        with lock:
            if not made:
                try:
                    made.append(make())
                except PyvError as fault:
                    made.append(fault)
        if isinstance(made[0], PyvError):
            raise made[0]
        return made[0]

    return ask


def _unknown(location: Location, read: Read, anchors: Sequence[Anchor]) -> TrustError:
    if read(TIMESTAMP, TIMESTAMP_BYTES) is None:
        return TrustError(
            f"{location.label} is not an index: it has no {TIMESTAMP}",
            hint="name the directory or URL that `pyv mirror init` made",
            index=location.label,
        )
    first = read(root_name(1), ROOT_BYTES)
    known = next((each for each in anchors if first == each.first.encode()), None)
    if known is not None:
        return RollbackError(
            f"the index {location.label} is behind: root version {known.version} of it was accepted, which it lacks",
            hint="a mirror that is behind offers old metadata, and so does somebody who hides the new: try another",
            index=location.label,
        )
    return TrustError(
        f"the index {location.label} is not trusted: its root was never accepted here",
        hint=f"look at its root and accept it: pyv trust add {location.label}",
        index=location.label,
    )
