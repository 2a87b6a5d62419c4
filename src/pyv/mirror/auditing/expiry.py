"""Metadata that clients refuse, or soon will."""

from __future__ import annotations

from collections.abc import Iterator

from pyv.domain.timestamp import utc
from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, WARNING, Finding
from pyv.trust.roles import DELEGATED, ROLES, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, Role

_DAY = 86400.0
_SOON = 60
"""Days: what people sign takes time. Of what is good for less than that, the last quarter."""


def expiring_roles(evidence: Evidence) -> Iterator[Finding]:
    """Every role in force that has expired, or is in the last part of its time."""
    current = evidence.current
    drafts = {ROOT.name: current.root, SNAPSHOT.name: current.snapshot, TIMESTAMP.name: current.timestamp}
    for name, draft in {**drafts, **current.listing}.items():
        left = draft.expires - evidence.now
        if left < min(_SOON, ROLES[name].days / 4) * _DAY:
            yield Finding(
                code="expired" if left <= 0 else "expiring",
                severity=ERROR if left <= 0 else WARNING,
                what=f"{name} {'expired' if left <= 0 else 'expires'} on {utc(draft.expires)}",
                hint=_hint(ROLES[name], is_hybrid=evidence.settings.is_hybrid),
                about=(name,),
            )


def _hint(role: Role, *, is_hybrid: bool) -> str:
    if role in {ROOT, TARGETS}:
        return f"its holders sign it again: pyv mirror rotate {role.name} DIR --keys KEYDIR"
    if role == TIMESTAMP:
        return "sign it again, every day: pyv mirror sign timestamp DIR --keys KEYDIR"
    if is_hybrid and role in DELEGATED:
        return "upstream signs it: pyv mirror sync DIR --keys KEYDIR"
    return "publish: pyv mirror sign publish DIR --keys KEYDIR"
