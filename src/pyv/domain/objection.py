"""Objections: why an artifact that answers a request must not be installed all the same.

A publisher objects to what it took back, a policy to what it does not allow. Resolution passes over whatever is
objected to and says so; where nothing else is left, the objection is the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.policy import Policy
from pyv.domain.revocation import Revocation, Revocations
from pyv.errors import PolicyError, RevokedError, TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason against one artifact."""

    reason: str
    """What follows `passed over 3.12.3+20240814:`."""
    error: TrustError
    """What it comes to where nothing else is left."""
    yields: bool = False
    """Whether it gives way to a request that names the version exactly."""

    @property
    def is_revocation(self) -> bool:
        """Whether its publisher took it back, rather than this machine's policy being against it."""
        return isinstance(self.error, RevokedError)


Objector = Callable[[Artifact], "Objection | None"]
"""What there is against an artifact."""


def nobody(_: Artifact) -> Objection | None:
    """Nothing is objected to."""
    return None


def objector(revocations: Revocations, policy: Policy, now: float) -> Objector:
    """What publishers and this machine's policy have against an artifact at `now` (seconds since the epoch)."""

    def object_to(artifact: Artifact) -> Objection | None:
        entry = revocations.of(artifact)
        if entry is not None and entry.blocks:
            return _revoked(artifact, entry)
        reason = policy.objection(artifact, now)
        if reason is not None:
            return _forbidden(artifact, reason)
        return None if entry is None else _revoked(artifact, entry)

    return object_to


def _revoked(artifact: Artifact, entry: Revocation) -> Objection:
    deed = "revoked" if entry.blocks else "yanked"
    day = f" on {entry.date}" if entry.date else ""
    told = f"{deed}{day}: {entry.reason}" + (f" ({entry.ref})" if entry.ref else "")
    if entry.replaced_by:
        hint = f"install `{entry.replaced_by}` in its place"
    elif entry.blocks:
        hint = "choose another version or build: `pyv available --all` lists them"
    else:
        hint = f"choose another version; if it has to be this one, name it exactly: pyv install {artifact.version_name}"
    error = RevokedError(f"{artifact.pinned} was {told}", hint=hint, artifact=artifact.name, revocation=entry.to_dict())
    return Objection(reason=told, error=error, yields=not entry.blocks)


def _forbidden(artifact: Artifact, reason: str) -> Objection:
    error = PolicyError(
        f"{artifact.pinned} is not allowed here: {reason}",
        hint="choose another version, or talk to whoever wrote that file",
        artifact=artifact.name,
    )
    return Objection(reason=reason, error=error)
