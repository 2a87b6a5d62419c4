"""Keys: those that run out, those that were revoked, those that stand alone, and those that lie about."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, WARNING, Finding, counted, some
from pyv.mirror.auditing.served_files import private_keys
from pyv.trust.keys import ArtifactKey, short
from pyv.trust.roles import ROOT, TARGETS

_DAY = 86400.0
_SOON = 60
_ROTATE = "sign with a new key: pyv mirror rotate artifact DIR --keys KEYDIR"


def artifact_keys(evidence: Evidence) -> Iterator[Finding]:
    """Keys that signed published records and no longer count, or soon will not."""
    signed: dict[str, list[str]] = {}
    for record in evidence.records:
        signed.setdefault(record.keyid, []).append(record.name)
    for key in evidence.keys.keys:
        found = _judged(key, signed.get(key.keyid, []), evidence.now)
        if found is not None:
            yield found


def _judged(key: ArtifactKey, names: list[str], now: float) -> Finding | None:
    today, soon = (time.strftime("%Y-%m-%d", time.gmtime(moment)) for moment in (now, now + _SOON * _DAY))
    told = f"artifact key {short(key.keyid)}"
    if key.revoked and names:
        return Finding(
            code="revoked-key-signed",
            severity=ERROR,
            what=f"{told} was revoked, and {counted(names, 'record')} it signed are still offered: {some(names)}",
            hint=f"have them signed anew, or take them out: pyv mirror rotate artifact DIR --keys KEYDIR --remove "
            f"{short(key.keyid)}, or pyv mirror sync",
            about=(key.keyid,),
        )
    if key.revoked or key.not_after is None or key.not_after >= soon:
        return None
    is_over = key.not_after < today
    return Finding(
        code="key-expired" if is_over else "key-expiring",
        severity=ERROR if is_over and names else WARNING,
        what=f"{told} counts until {key.not_after} only; it signed {counted(names, 'record')}",
        hint=_ROTATE,
        about=(key.keyid,),
    )


def lonely_keys(evidence: Evidence) -> Iterator[Finding]:
    """Roles that decide everything and need one signature by the one key there is."""
    for role in (ROOT, TARGETS):
        keyids, threshold = evidence.current.root.holders(role.name)
        if len(keyids) == 1 and threshold == 1:
            yield Finding(
                code="single-key",
                severity=WARNING,
                what=f"{role.name} has one key, and it alone is enough: whoever has it decides, and its loss is final",
                hint=f"pyv mirror rotate {role.name} DIR --keys KEYDIR --add FILE.pub --threshold 2",
                about=(role.name,),
            )


def misplaced_keys(evidence: Evidence) -> Iterator[Finding]:
    """Private keys inside the mirror, which is made to be copied to others."""
    found = tuple(private_keys(evidence))
    if found:
        yield Finding(
            code="private-key-inside",
            severity=ERROR,
            what=f"{counted(found, 'private key')} inside the mirror: {some(found)}",
            hint="move them out; if anybody could read them, rotate (SECURITY.md says what each stolen key allows)",
            about=found,
        )
