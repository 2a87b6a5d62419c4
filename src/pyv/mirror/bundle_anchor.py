"""Which root a bundle is verified from: the one its mirror has, else one accepted on this machine, or one named.

A bundle's own word for itself proves nothing. Its roots are a line, each signed by the keys of the one before, and that
line has to go on from a root that was trusted before the bundle came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from pyv.errors import RollbackError, TrustError
from pyv.index.anchors import Anchor
from pyv.index.offer import root_offered
from pyv.trust.authoring import Draft, parse_draft
from pyv.trust.root import follows


def anchor_for(
    roots: Sequence[bytes],
    place: str,
    *,
    current: Draft | None,
    known: Sequence[Anchor],
    sha256: str | None,
    now: float,
) -> Anchor:
    """The root to verify a bundle from.

    `roots` are the bundle's, `current` is the newest root of the mirror, `known` are the roots this machine accepted,
    `sha256` is the digest a person named of the bundle's first or newest root.

    Raises:
        TrustError: nothing that is trusted leads to the bundle's roots. RollbackError: they end before what is trusted.
    """
    offered = root_offered(roots, place, now)
    digests = [hashlib.sha256(content).hexdigest() for content in (roots[0], roots[-1])]
    if sha256 is not None and sha256.lower().removeprefix("sha256:") not in digests:
        raise TrustError(
            f"the roots of {place} have sha256 {_told(digests)}, not the one named",
            hint="ask who exported it which is right; do not import it before",
            expected=sha256,
            actual=digests[-1],
        )
    if current is not None:
        mine = replace(offered, root=current.to_bytes().decode("utf-8"), version=current.version)
        _check_not_behind(mine, roots, place, "the mirror")
        if not _goes_on(mine, roots):
            raise TrustError(
                f"{place} is another index than the one in the mirror: its roots do not follow the root there",
                hint="import it into a directory of its own, or ask who exported it",
                bundle=place,
            )
        return mine
    if sha256 is not None:
        return offered
    for anchor in known:
        if _goes_on(anchor, roots) and _begins_like(anchor, roots):
            return anchor
        if anchor.first.encode() == roots[0]:
            _check_not_behind(anchor, roots, place, "this machine")
    raise TrustError(
        f"no root that is trusted here leads to {place}: its root version {offered.version} has sha256 {digests[-1]} "
        f"and the keys {', '.join(offered.keyids)}",
        hint=f"compare them with what its operator told you by another way, then pass --sha256 {digests[-1]}; "
        "or accept that root first: pyv trust add",
        sha256=digests[-1],
        keyids=list(offered.keyids),
    )


def _told(digests: Sequence[str]) -> str:
    first, newest = digests
    return newest if first == newest else f"{first} (the first) and {newest} (the newest)"


def _check_not_behind(trusted: Anchor, roots: Sequence[bytes], place: str, who: str) -> None:
    if trusted.version > len(roots):
        raise RollbackError(
            f"{place} ends with root version {len(roots)}, and {who} has version {trusted.version} already",
            hint="it was exported before that: take a newer bundle",
            version=len(roots),
            trusted=trusted.version,
        )


def _goes_on(trusted: Anchor, roots: Sequence[bytes]) -> bool:
    """Whether these roots hold the trusted one, or one that follows it."""
    content = trusted.root.encode()
    if trusted.version > len(roots):
        return False
    if _payload(content) == _payload(roots[trusted.version - 1]):
        return True
    return trusted.version < len(roots) and follows(content, roots[trusted.version])


def _begins_like(trusted: Anchor, roots: Sequence[bytes]) -> bool:
    """Whether the first root that is known of a line is among these.

    A genuine root may follow a forged one that lists a genuine key beside one of the forger's own: clients of before
    could not follow such a history.
    """
    return not trusted.first or _payload(trusted.first.encode()) in map(_payload, roots[: trusted.version])


def _payload(root: bytes) -> bytes:
    return parse_draft(root, "a root").payload
