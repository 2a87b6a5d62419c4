"""Which drafts wait for signatures, and whose: read without touching one."""

from __future__ import annotations

from pyv.mirror.generation import Generation, newest_root
from pyv.mirror.layout import Mirror
from pyv.mirror.published import Waiting
from pyv.mirror.signatures import read_draft
from pyv.trust.authoring import Draft
from pyv.trust.roles import ROLES, ROOT, TARGETS


def waiting_drafts(mirror: Mirror, current: Generation | None) -> list[Waiting]:
    """The drafts that are newer than what is published, with what each lacks; a draft that lacks nothing is ready.

    Raises:
        StoreError, DocumentError: a draft is damaged.
    """
    found = []
    for role in ROLES:
        draft = _newer(mirror, role, current)
        if draft is not None:
            counts = [delegator.count(role, draft) for delegator in _delegators(mirror, role, draft, current)]
            lacking = next((count for count in counts if not count.is_met), counts[0] if counts else None)
            if lacking is not None:
                found.append(Waiting(role=role, version=draft.version, count=lacking))
    return found


def _newer(mirror: Mirror, role: str, current: Generation | None) -> Draft | None:
    draft, before = read_draft(mirror, role), _in_force(mirror, role, current)
    return None if draft is None or (before is not None and draft.version <= before.version) else draft


def _in_force(mirror: Mirror, role: str, current: Generation | None) -> Draft | None:
    if role == ROOT.name:
        return newest_root(mirror) if current is None else current.root
    return None if current is None else current.listing.get(role)


def _delegators(mirror: Mirror, role: str, draft: Draft, current: Generation | None) -> list[Draft]:
    """Whoever has a say: a root answers to itself and to the one before."""
    if role == ROOT.name:
        before = _in_force(mirror, role, current)
        return [each for each in (before, draft) if each is not None]
    name = ROOT.name if ROLES[role].delegator == ROOT.name else TARGETS.name
    delegator = _newer(mirror, name, current) or _in_force(mirror, name, current)
    return [] if delegator is None else [delegator]
