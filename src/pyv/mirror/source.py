"""The upstream of a mirror: which index its records come from, read whole and verified each time.

The root it begins with is the operator's decision (`pyv trust add`), copied into the mirror when the upstream is named
first; from then on the mirror follows that line by itself, whoever runs the next synchronisation, and remembers there
what it saw, so that upstream cannot go back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.errors import ExpiredError, RollbackError, TrustError
from pyv.index.anchors import accept
from pyv.index.configured import Access, Recognised, belongs, recognise
from pyv.index.reading import packed, reader
from pyv.mirror.carried import FILE, check_line, read_carried
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import EMBEDDED
from pyv.mirror.verified import Verified, embedded_whole, read_whole
from pyv.transfer.locations import Location

if TYPE_CHECKING:
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The place a mirror takes records from."""

    location: Location | None
    """None for the embedded index, whose archives lie where python-build-standalone publishes them."""

    @classmethod
    def parse(cls, place: str, cwd: Path) -> Upstream:
        """Read what a person typed, or a mirror remembers: `embedded`, an address, a directory.

        Raises:
            RequestError: it is none of these.
        """
        return cls(location=None if place == EMBEDDED else Location.parse(place, cwd))

    @property
    def label(self) -> str:
        """The place as it may be printed and remembered, without credentials."""
        return EMBEDDED if self.location is None else self.location.label


def adopt(mirror: Mirror, upstream: Upstream, access: Access) -> None:
    """Begin to follow an upstream: its root, as the operator accepted it, is the mirror's from now on.

    Raises:
        TrustError: the operator never accepted it. TransferError: it cannot be read.
    """
    if upstream.location is not None:
        anchor = recognise(upstream.location, access).anchor
        if not anchor.is_embedded:
            accept(mirror.work, anchor)
        belongs(upstream.location, anchor, replace(access, root=mirror.work))


def read_upstream(
    mirror: Mirror, upstream: Upstream, client: Callable[[], Client], now: float, *, max_staleness: float = 0.0
) -> Verified:
    """Upstream as it is now, whole and verified; the caller holds the mirror's lock for synchronisations.

    Raises:
        TrustError: it does not verify. TransferError: it cannot be read.
    """
    if upstream.location is None:
        return embedded_whole()
    access = Access(root=mirror.work, client=client, now=now, max_staleness=max_staleness)
    found = _recognised(mirror, upstream.location, access)
    with _expiry_told(upstream.label):
        verified = read_whole(
            found.anchor,
            found.cache,
            packed(reader(upstream.location, client)),
            place=upstream.label,
            now=now,
            max_staleness=max_staleness,
        )
    found.cache.remember(upstream.label)
    return verified


@contextmanager
def _expiry_told(place: str) -> Iterator[None]:
    """Say whose index has expired: an operator has one of his own, and would sign that."""
    try:
        yield
    except ExpiredError as fault:
        fault.message = f"upstream {place}: {fault.message}"
        fault.hint = (
            "whoever publishes it has to sign it again; --max-staleness 7d allows for it. This mirror stays as it is: "
            "pyv mirror sign timestamp keeps it current meanwhile"
        )
        raise


def _recognised(mirror: Mirror, location: Location, access: Access) -> Recognised:
    """The index at a place; of a hybrid mirror, no other than the one it carries."""
    carried = read_carried(mirror) if (mirror.carried / FILE).exists() else None
    try:
        found = recognise(location, access)
    except RollbackError:
        raise
    except TrustError as fault:
        if carried is not None:
            fault.hint = f"this mirror carries the index {carried.line}, and no other: name a place of that with --from"
        raise
    if carried is not None:
        check_line(carried, found.anchor.ident, location.label)
    return found
