"""A hybrid mirror whose directory was lost and came back out of a bundle file: it goes on as the hybrid one it was.

A bundle carries nothing of `.pyv`, so nothing there says what kind of mirror it was made from. Its metadata does: where
its targets give releases and revocations the keys an upstream's targets give them, it carries that upstream.
"""

from __future__ import annotations

import dataclasses

from pyv.errors import RequestError
from pyv.mirror.generation import read_generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import HYBRID, Settings
from pyv.mirror.verified import Verified
from pyv.trust.authoring import parse_draft
from pyv.trust.delegations import delegates_like
from pyv.trust.roles import DELEGATED, RELEASES, TARGETS


def resumed(mirror: Mirror, known: Settings, upstream: Verified) -> Settings:
    """What the mirror knows of itself, with the mode it had where all there is came in bundle files.

    Raises:
        StoreError, DocumentError: what is published is damaged, or upstream's targets name nobody for a role.
    """
    current = read_generation(mirror) if known.is_carried_over else None
    if current is None:
        return known
    theirs = parse_draft(upstream.metadata[TARGETS.name], f"targets of {upstream.place}")
    roles = {role.name: role.paths for role in DELEGATED}
    if not delegates_like(current.listing[TARGETS.name], theirs, roles):
        return known
    return dataclasses.replace(known, mode=HYBRID, upstream=upstream.place, line=upstream.line)


def refuse_foreign(mirror: Mirror, known: Settings, keys: KeyDirectory, place: str) -> None:
    """Refuse to make an own mirror of what came in bundle files, where its records are signed by others.

    Raises:
        RequestError: none of its keys for releases is here.
    """
    if known.is_carried_over and not (keys.publics(RELEASES.name) or keys.names(RELEASES.name)):
        raise RequestError(
            f"{mirror.path} came in bundle files, and neither {place} nor a key in {keys.path} signs its releases",
            hint="name with --from the index it was made to carry, or restore .pyv/mirror.json from a backup",
        )
