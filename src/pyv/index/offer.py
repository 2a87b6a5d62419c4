"""The root somebody offers to be trusted: read from an index or a file, and shown before it counts.

A place's own word for itself proves nothing. What a person compares is the root's key ids or its digest; an index's
newest root is offered, once every step that led to it from its first one was signed by the keys before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.domain.timestamp import utc
from pyv.errors import TrustError
from pyv.index.anchors import Anchor
from pyv.index.reading import reader
from pyv.index.refresh import ROOT_BYTES, root_name
from pyv.transfer.files import read_file
from pyv.transfer.locations import Location
from pyv.trust.read import Read

if TYPE_CHECKING:
    from pyv.transfer.client import Client

_MOST_ROTATIONS = 65_536


def offered_root(place: str, cwd: Path, client: Callable[[], Client], now: float) -> tuple[Anchor, Location | None]:
    """The newest root at a place (an index's directory or URL, or a root file), and the index it is of.

    Raises:
        TrustError: there is none, or it is not properly signed. DocumentError: it cannot be read.
    """
    path = cwd / place
    if "://" not in place and path.is_file():
        content = read_file(path, ROOT_BYTES) or b""
        return root_offered([content], str(path), now), None
    location = Location.parse(place, cwd)
    return root_offered(read_roots(reader(location, client), location.label), location.label, now), location


def read_roots(read: Read, label: str) -> list[bytes]:
    """Every root of an index, from its first; each is signed by the keys of the one before it, and by its own.

    Raises:
        TrustError: there is none, or one does not follow the root before it.
    """
    from pyv.trust.root import check_root, follows  # noqa: PLC0415 (tuf: only where a root is looked at)

    found: list[bytes] = []
    while len(found) < _MOST_ROTATIONS:
        name = root_name(len(found) + 1)
        content = read(name, ROOT_BYTES)
        if content is None:
            break
        view = check_root(content, f"{label}: {name}")
        if view.version != len(found) + 1 or (found and not follows(found[-1], content)):
            raise TrustError(
                f"{label}: {name} does not follow the root before it",
                hint="do not trust this index: ask its operator",
                index=label,
            )
        found.append(content)
    if not found:
        raise TrustError(
            f"{label} is not an index: it has no {root_name(1)}",
            hint="name the directory or URL that `pyv mirror init` made",
            index=label,
        )
    return found


def root_offered(roots: Sequence[bytes], source: str, now: float) -> Anchor:
    """The last of these roots, as it would be accepted; the first names the line.

    Raises:
        TrustError: it is no root, or not properly signed.
    """
    from pyv.trust.root import check_root  # noqa: PLC0415 (tuf: only where a root is looked at)

    view = check_root(roots[-1], source)
    return Anchor(
        root=roots[-1].decode("utf-8"),
        version=view.version,
        keyids=view.keyids,
        source=source,
        added=utc(now),
        first=roots[0].decode("utf-8"),
    )


def require(anchor: Anchor, keyids: Sequence[str], sha256: str | None) -> None:
    """Hold an offered root to what a person was told by another way.

    Every key of the root must be named, not just one: a forger may list somebody's genuine key beside one of his own.

    Raises:
        TrustError: it is another root.
    """
    digest = anchor.sha256
    if sha256 is not None and sha256.lower().removeprefix("sha256:") != digest:
        raise TrustError(
            f"the root offered has sha256 {digest}, not the one named",
            hint="ask the index's operator which is right; do not accept it before",
            expected=sha256,
            actual=digest,
        )
    if keyids and {keyid.lower() for keyid in keyids} != set(anchor.keyids):
        raise TrustError(
            "the keys of the root offered are not exactly the ones named",
            hint=f"offered: {', '.join(anchor.keyids)}; name every key of the root, or its digest with --sha256",
            keyids=list(anchor.keyids),
        )
