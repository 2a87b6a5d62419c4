"""Snapshot and timestamp: signed here and now, since nobody carries these about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyv.mirror.generation import Generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.published import Waiting
from pyv.trust.authoring import Draft
from pyv.trust.drafting import snapshot_of, timestamp_of
from pyv.trust.roles import SNAPSHOT, TIMESTAMP, Role

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Online:
    """What a publication needs to end with them; `ready` and `waiting` are its own, and are added to."""

    current: Generation | None
    keys: KeyDirectory
    now: float
    ready: dict[str, Draft]
    waiting: dict[str, Waiting]

    def generation(self, root: Draft, listing: Mapping[str, Draft]) -> Generation | None:
        """The whole, with a snapshot and a timestamp where new ones are due; None where they cannot be signed."""
        versions = {role: draft.version for role, draft in listing.items()}
        snapshot = None if self.current is None else self.current.snapshot
        timestamp = None if self.current is None else self.current.timestamp
        if snapshot is None or snapshot.versions != versions or not self._is_good(SNAPSHOT, snapshot, root):
            number = 1 if snapshot is None else snapshot.version + 1
            snapshot = self._online(SNAPSHOT, snapshot_of(versions, number, self.now), root)
        if snapshot is None:
            return None
        is_new = SNAPSHOT.name in self.ready
        if timestamp is None or is_new or not self._is_good(TIMESTAMP, timestamp, root):
            number = 1 if timestamp is None else timestamp.version + 1
            told = "" if is_new or timestamp is None else timestamp.published
            made = timestamp_of(snapshot.to_bytes(), snapshot.version, number, self.now, told)
            timestamp = self._online(TIMESTAMP, made, root)
        if timestamp is None:
            return None
        return Generation(
            root=root,
            listing=listing,
            snapshot=snapshot,
            timestamp=timestamp,
            before=self.current.root if self.current is not None else None,
        )

    def _is_good(self, role: Role, draft: Draft, root: Draft) -> bool:
        return draft.expires - self.now >= role.days * _DAY / 2 and root.count(role.name, draft).is_met

    def _online(self, role: Role, draft: Draft, root: Draft) -> Draft | None:
        """A snapshot or timestamp, signed here and now: nobody carries these about."""
        before = None if self.current is None else self.current.root
        signed = draft.signed_with(self.keys.signers(role.name, named_by(role, root, before)))
        count = root.count(role.name, signed)
        if count.is_met:
            self.ready[role.name] = signed
            return signed
        self.waiting.setdefault(role.name, Waiting(role=role.name, version=draft.version, count=count))
        return None


def named_by(role: Role, *delegators: Draft | None) -> set[str]:
    """The keys any of these names for a role: what both the old and the new ones signed, every client can follow."""
    return {keyid for each in delegators if each is not None for keyid in each.holders(role.name)[0]}
