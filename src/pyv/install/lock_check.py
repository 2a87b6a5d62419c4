"""What is wrong with a lock, and what it is behind: decided as `make_lock` would decide, and nothing written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from pyv.domain.lock import Lock
from pyv.domain.lock_change import changes
from pyv.domain.lock_drift import drift
from pyv.domain.request import parse_request
from pyv.errors import ResolutionError, TrustError
from pyv.install.locking import Grounds, Wanted, make_lock

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
            problem = f"{entry.request} for {entry.triple}: {trouble.message}"
            found.append(Finding(kind=REFUSED, request=entry.request, problem=problem))
    settled = {each.request for each in found}
    for request in wanted.requests:
        if request not in settled:
            found += _platforms(request, wanted, lock, grounds) or _newer(request, wanted, lock, grounds)
    order = list(STATUSES)
    return sorted(found, key=lambda each: order.index(each.kind))


def status_of(findings: list[Finding]) -> int:
    """The exit status: the worst finding decides."""
    return max((STATUSES[each.kind] for each in findings), default=0)


def _platforms(request: str, wanted: Wanted, lock: Lock, grounds: Grounds) -> list[Finding]:
    """Platforms that would be locked too, or no longer."""
    have = lock.of(request)
    try:
        kept, _ = make_lock(dataclasses.replace(wanted, requests=(request,)), lock, grounds)
    except (ResolutionError, TrustError) as fault:
        return [Finding(kind=DRIFT, request=request, problem=f"{request}: {fault.message}")]
    would = kept.of(request)
    problems = [f"{request} for {triple}: not locked" for triple in sorted(would.keys() - have.keys())]
    problems += [f"{request} for {triple}: locked, and not asked for" for triple in sorted(have.keys() - would.keys())]
    return [Finding(kind=DRIFT, request=request, problem=problem) for problem in problems]


def _newer(request: str, wanted: Wanted, lock: Lock, grounds: Grounds) -> list[Finding]:
    """What `--upgrade` would change; nothing where it could not."""
    try:
        fresh, _ = make_lock(dataclasses.replace(wanted, requests=(request,)), lock, grounds, renewed=(request,))
    except (ResolutionError, TrustError):
        return []
    own = Lock(entries=tuple(entry for entry in lock.entries if entry.request == request))
    told = [change for change in changes(own, fresh) if change.before and change.after]
    return [Finding(kind=NEWER, request=request, problem=str(change)) for change in told]
