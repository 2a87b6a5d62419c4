"""What is wrong with a lock, and what it is behind: decided as `make_lock` would decide, and nothing written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from pyv.domain.artifact import build_date
from pyv.domain.lock import Lock
from pyv.domain.lock_change import Change, changes
from pyv.domain.lock_drift import drift
from pyv.domain.request import parse_request
from pyv.domain.version import Version
from pyv.errors import RequestError, ResolutionError, TrustError
from pyv.install.lock_grounds import Grounds, Wanted
from pyv.install.locking import make_lock

DRIFT, REFUSED, NEWER = "drift", "refused", "newer"
STATUSES = {REFUSED: 4, DRIFT: 3, NEWER: 1}
"""Exit statuses, the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a check."""

    kind: str
    """`refused`: revoked, forbidden, or not verifiable; `drift`: not what is asked for; `newer`: could be renewed."""
    request: str
    problem: str
    """The rest of the line, which begins with the request."""
    remedy: str = ""
    """What to do about it, if that is not to lock anew."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.problem}"

    def to_dict(self) -> dict[str, object]:
        """The finding for `--json`."""
        return {"kind": self.kind, "request": self.request, "problem": self.problem}


def check_lock(wanted: Wanted, lock: Lock, grounds: Grounds) -> list[Finding]:
    """Everything there is to say of a lock, what is worst first.

    Raises:
        PyvError: the index cannot be read, or a pin is no version request.
    """
    found = [Finding(kind=DRIFT, request=each.request, problem=str(each)) for each in drift(lock, wanted.requests)]
    for entry in lock.entries:
        trouble = grounds.trouble(entry.artifact, parse_request(entry.request))
        if trouble is not None:
            kind = REFUSED if trouble.is_refused else DRIFT
            problem = f"{entry.request} for {entry.triple}: {trouble.reason}"
            found.append(Finding(kind=kind, request=entry.request, problem=problem, remedy=trouble.remedy))
    settled = {each.request for each in found}
    sound = tuple(each for each in wanted.requests if each not in settled)
    found += _moved(dataclasses.replace(wanted, requests=sound), lock, grounds)
    settled = {each.request for each in found}
    found += [each for each in _newer(wanted, lock, grounds) if each.request not in settled]
    order = list(STATUSES)
    return sorted(found, key=lambda each: order.index(each.kind))


def status_of(findings: list[Finding]) -> int:
    """The exit status: the worst finding decides."""
    return max((STATUSES[each.kind] for each in findings), default=0)


def _moved(wanted: Wanted, lock: Lock, grounds: Grounds) -> list[Finding]:
    """What would be locked too, no longer, or of another build."""
    try:
        kept, _ = make_lock(wanted, lock, grounds)
    except (ResolutionError, TrustError, RequestError) as fault:
        return _impossible(wanted, lock, grounds) or [Finding(kind=DRIFT, request="", problem=fault.message)]
    found = []
    for request in wanted.requests:
        have, would = lock.of(request), kept.of(request)
        for triple in sorted(have.keys() | would.keys()):
            if triple not in have:
                problem = "not locked"
            elif triple not in would:
                problem = "locked, and not asked for"
            elif have[triple].version != would[triple].version:
                problem = f"{have[triple].pinned} is locked, and other platforms have {would[triple].version_name}"
            else:
                problem = f"{have[triple].pinned} is locked, and another request has {would[triple].pinned}"
            if have.get(triple) != would.get(triple):
                found.append(Finding(kind=DRIFT, request=request, problem=f"{request} for {triple}: {problem}"))
    return found


def _impossible(wanted: Wanted, lock: Lock, grounds: Grounds) -> list[Finding]:
    """The requests that cannot be locked, each for itself."""
    found = []
    for request in wanted.requests:
        try:
            make_lock(dataclasses.replace(wanted, requests=(request,)), lock, grounds)
        except (ResolutionError, TrustError) as fault:
            found.append(Finding(kind=DRIFT, request=request, problem=f"{request}: {fault.message}"))
    return found


def _newer(wanted: Wanted, lock: Lock, grounds: Grounds) -> list[Finding]:
    """What `--upgrade` would renew; nothing where it could not, or where this index is behind the lock."""
    try:
        fresh, _ = make_lock(wanted, lock, grounds, renewed=wanted.requests)
    except (ResolutionError, TrustError, RequestError):
        return []
    return [
        Finding(kind=NEWER, request=change.request, problem=str(change))
        for change in changes(lock, fresh)
        if change.before and change.after and _age(fresh, change) >= _age(lock, change)
    ]


def _age(lock: Lock, change: Change) -> tuple[Version, str]:
    artifact = lock.of(change.request)[change.triples[0]]
    return artifact.parsed_version, build_date(artifact.build)
