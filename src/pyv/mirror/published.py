"""What became of a publication: which roles have a new version, and which wait for signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyv.trust.authoring import Count, Draft

_WARNED = 60 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A draft that cannot be published yet."""

    role: str
    version: int
    count: Count

    @property
    def told(self) -> str:
        """Which signatures it has and lacks, in a line."""
        ids = ", ".join(keyid[:16] for keyid in self.count.missing)
        return (
            f"{self.role} version {self.version} has {len(self.count.signed)} of the {self.count.threshold} signatures "
            f"it needs; keys that can sign: {ids}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of it."""

    changed: Mapping[str, int]
    """The new version of every role that has one."""
    waiting: tuple[Waiting, ...] = ()
    root: Draft | None = None
    """The root in force; None before the first publication."""
    targets: Draft | None = None
    """The targets in force."""
    note: str = ""
    """What other tools cannot have of this mirror, and why; empty where they have all of it."""

    def expiring(self, now: float) -> dict[str, float]:
        """The roles that are renewed by people and expire within two months, with that moment."""
        found = {"root": self.root, "targets": self.targets}
        return {role: each.expires for role, each in found.items() if each and each.expires - now < _WARNED}
