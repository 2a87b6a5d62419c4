"""The roles of an index, as data: who signs what, by how many keys, and for how long (SECURITY.md, Keys)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role of the TUF metadata."""

    name: str
    days: int
    """How long what it signs is good for."""
    bootstrap_keys: int = 1
    """How many keys a bootstrap makes for it."""
    most_needed: int = 1
    """Its threshold where it has that many keys; with fewer keys it is their number."""
    delegator: str = "root"
    """Whose metadata names its keys."""
    paths: tuple[str, ...] = ()
    """The targets a delegated role may list."""
    renewed: bool = False
    """Whether publishing renews it by itself in the second half of its time."""

    def threshold(self, keys: int) -> int:
        """How many of so many keys have to sign."""
        return max(1, min(self.most_needed, keys))


ROOT = Role(name="root", days=365, bootstrap_keys=3, most_needed=2)
TARGETS = Role(name="targets", days=365, bootstrap_keys=3, most_needed=2)
SNAPSHOT = Role(name="snapshot", days=30, renewed=True)
TIMESTAMP = Role(name="timestamp", days=14, renewed=True)
RELEASES = Role(name="releases", days=1825, delegator="targets", paths=("manifest/*",), renewed=True)
REVOCATIONS = Role(name="revocations", days=1825, delegator="targets", paths=("revocations/*",), renewed=True)

ROLES = {role.name: role for role in (ROOT, TARGETS, RELEASES, REVOCATIONS, SNAPSHOT, TIMESTAMP)}
TOP_LEVEL = (ROOT, TIMESTAMP, SNAPSHOT, TARGETS)
DELEGATED = (RELEASES, REVOCATIONS)
LISTING = (TARGETS, *DELEGATED)
"""The roles that list targets."""


def lister(target: str) -> Role:
    """The role that lists a target."""
    return next((role for role in DELEGATED if target.startswith(role.paths[0].removesuffix("*"))), TARGETS)
