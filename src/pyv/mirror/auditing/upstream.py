"""What upstream took back, and whether this mirror says so: an own mirror must not drop it, nor fall behind unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyv.domain.revocation import Revocation
from pyv.domain.timestamp import parse_utc, utc
from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, WARNING, Finding, counted, some

_DAY = 86400.0
_OLD = 90
"""Days after which an upstream that publishes nothing new is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The standing of upstream's revocations."""

    place: str
    at: float | None
    """When they were carried last, in seconds since the epoch; None: never."""
    age: float | None
    """Seconds since then."""
    entries: int
    """In the mirror's own list."""
    missing: tuple[Revocation, ...]
    """Upstream's entries that the mirror's list lacks."""

    @property
    def told(self) -> str:
        """The standing in a line, whatever it is."""
        if self.age is None:
            return "upstream revocations: absent: this mirror never took any"
        days = int(self.age // _DAY)
        when = "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"
        return f"upstream revocations: last carried {when}"

    def to_dict(self) -> dict[str, object]:
        """The standing for `--json`; the age in seconds."""
        return {
            "upstream": self.place or None,
            "carried": None if self.at is None else utc(self.at),
            "age": None if self.age is None else int(self.age),
            "entries": self.entries,
            "missing": [entry.to_dict() for entry in self.missing],
        }


def carried(evidence: Evidence) -> Carried:
    """How upstream's revocations stand in a mirror."""
    own, at = set(evidence.revocations.entries), _carried_at(evidence)
    theirs = [entry for revocations in evidence.lists.values() for entry in revocations.entries if entry not in own]
    return Carried(
        place=evidence.settings.upstream,
        at=at,
        age=None if at is None else max(0.0, evidence.now - at),
        entries=len(own),
        missing=tuple(dict.fromkeys(theirs)),
    )


def _carried_at(evidence: Evidence) -> float | None:
    settings = evidence.settings
    if settings.synced is not None:
        return parse_utc(settings.synced.at)
    if settings.imported is not None or settings.is_hybrid:  # whoever made this state carried them then, or before
        return parse_utc(evidence.current.timestamp.published)
    return None


def upstream_revocations(evidence: Evidence, days: int) -> Iterator[Finding]:
    """Entries that were dropped, and lists that nobody has looked at for more than `days`."""
    standing = carried(evidence)
    if standing.missing:
        names = tuple(" ".join(entry.match.values()) for entry in standing.missing)
        yield Finding(
            code="revocation-missing",
            severity=ERROR,
            what=f"{counted(names, 'revocation')} of upstream's not in this mirror's list: {some(names)}",
            hint="take them over: pyv mirror sync DIR --keys KEYDIR; or revoke the same here: pyv mirror revoke",
            about=names,
        )
    if evidence.takes_from_upstream and (standing.age is None or standing.age > days * _DAY):
        yield Finding(
            code="revocations-absent" if standing.age is None else "revocations-old",
            severity=ERROR,
            what=standing.told,
            hint="carry them again: pyv mirror sync DIR --keys KEYDIR, or import a new bundle",
        )


def old_upstream(evidence: Evidence) -> Iterator[Finding]:
    """An upstream that has published nothing new for long."""
    last, asked = evidence.settings.synced, evidence.asked
    told = asked.published if asked is not None else "" if last is None else last.published
    published = parse_utc(told)
    if published is not None and evidence.now - published > _OLD * _DAY:
        yield Finding(
            code="upstream-old",
            severity=WARNING,
            what=f"upstream was published on {told[:10]}, {int((evidence.now - published) // _DAY)} days ago",
            hint="look whether it is still maintained; the embedded index is as old as the pyv it came with",
        )
