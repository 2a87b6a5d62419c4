"""The one publisher: from working copies to an index whose metadata says what they are.

What changed gets a new version, and nothing else does; with nothing new, nothing is written. Where a role's keys are
not at hand, its draft waits in `.pyv/drafts/` for signatures carried there (`pyv.mirror.signatures`), and nothing that
would name something unpublished goes out. The caller holds the mirror's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyv.domain.revocation import Revocations
from pyv.errors import StoreError
from pyv.mirror.generation import Generation, prune, read_generation, write_generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.signatures import drop_draft, read_draft, save_draft
from pyv.mirror.working import contents, wanted_listing
from pyv.trust.authoring import Count, Draft, Listing, RoleKey
from pyv.trust.drafting import first_delegated, first_root, first_targets, snapshot_of, timestamp_of
from pyv.trust.roles import DELEGATED, RELEASES, ROLES, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, Role

_DAY = 86400


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


def publish(mirror: Mirror, keys: KeyDirectory, now: float) -> Published:
    """Bring the published index in line with the working copies and the drafts.

    Raises:
        StoreError: a role has no key in the key directory at the first publication, or the disk refuses.
        TrustError: a key file is open to others, or its passphrase is missing or wrong.
    """
    return _Publishing(mirror, keys, now).run()


class _Publishing:
    """One publication under way."""

    def __init__(self, mirror: Mirror, keys: KeyDirectory, now: float) -> None:
        self.mirror, self.keys, self.now = mirror, keys, now
        self.current = read_generation(mirror)
        self.waiting: list[Waiting] = []
        self.ready: dict[str, Draft] = {}

    def run(self) -> Published:
        if not self.mirror.revocation_list.exists():
            self.mirror.write_revocations(Revocations())
        wanted = wanted_listing(self.mirror)
        root = self._root()
        targets = None if root is None else self._targets(root, wanted[TARGETS.name])
        if root is None or targets is None:
            return self._held()
        listing = {TARGETS.name: targets}
        for role in DELEGATED:
            draft = self._delegated(role, targets, wanted[role.name])
            if draft is None:
                return self._held()
            listing[role.name] = draft
        generation = self._generation(root, listing)
        return self._held() if generation is None else self._written(generation)

    def _root(self) -> Draft | None:
        """The root to publish, else the one in force; None where there is none yet that could be published."""
        before = None if self.current is None else self.current.root
        draft = read_draft(self.mirror, ROOT.name)
        if draft is None and before is None:
            draft = first_root({role.name: self._holders(role) for role in ROLES.values()}, self.now)
        if draft is None:
            return before
        draft = draft.signed_with(self.keys.signers(ROOT.name))
        counts = [draft.count(ROOT.name, draft)] + ([] if before is None else [before.count(ROOT.name, draft)])
        return self._judged(ROOT, draft, counts) or before

    def _targets(self, root: Draft, wanted: Listing) -> Draft | None:
        before = None if self.current is None else self.current.listing[TARGETS.name]
        draft = read_draft(self.mirror, TARGETS.name)
        if draft is None and before is None:
            draft = first_targets({role.name: self._holders(role) for role in ROLES.values()}, self.now)
        if draft is None and before is not None and not self._stands(TARGETS, before, root, wanted):
            draft = before.renewed(TARGETS, self.now)
        if draft is None:
            return before
        return self._signed(TARGETS, draft, root, wanted) or before

    def _delegated(self, role: Role, targets: Draft, wanted: Listing) -> Draft | None:
        before = None if self.current is None else self.current.listing[role.name]
        if before is not None and self._stands(role, before, targets, wanted):
            return before
        held = role == RELEASES and any(each.role == TARGETS.name for each in self.waiting)
        if held and before is not None:
            return before  # its records may be signed by a key that the targets role has yet to name
        draft = read_draft(self.mirror, role.name)
        if draft is None:
            draft = first_delegated(role, self.now) if before is None else before.renewed(role, self.now)
        return self._signed(role, draft, targets, wanted) or before

    def _stands(self, role: Role, draft: Draft, delegator: Draft, wanted: Listing) -> bool:
        """Whether what is published of a role may stay as it is."""
        due = role.renewed and draft.expires - self.now < role.days * _DAY / 2
        return not due and draft.listed == wanted and delegator.count(role.name, draft).is_met

    def _signed(self, role: Role, draft: Draft, delegator: Draft, wanted: Listing) -> Draft | None:
        if draft.listed != wanted:
            draft = draft.listing(wanted)
        draft = draft.signed_with(self.keys.signers(role.name))
        return self._judged(role, draft, [delegator.count(role.name, draft)])

    def _judged(self, role: Role, draft: Draft, counts: list[Count]) -> Draft | None:
        """The draft, if everybody who has to signed it; else it is kept, and None."""
        lacking = next((count for count in counts if not count.is_met), None)
        if lacking is None:
            self.ready[role.name] = draft
            return draft
        save_draft(self.mirror, role.name, draft)
        self.waiting.append(Waiting(role=role.name, version=draft.version, count=lacking))
        return None

    def _generation(self, root: Draft, listing: Mapping[str, Draft]) -> Generation | None:
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
            root=root, listing=listing, snapshot=snapshot, timestamp=timestamp, root_is_new=ROOT.name in self.ready
        )

    def _is_good(self, role: Role, draft: Draft, root: Draft) -> bool:
        return draft.expires - self.now >= role.days * _DAY / 2 and root.count(role.name, draft).is_met

    def _online(self, role: Role, draft: Draft, root: Draft) -> Draft | None:
        """A snapshot or timestamp, signed here and now: nobody carries these about."""
        signed = draft.signed_with(self.keys.signers(role.name))
        count = root.count(role.name, signed)
        if count.is_met:
            self.ready[role.name] = signed
            return signed
        self.waiting.append(Waiting(role=role.name, version=draft.version, count=count))
        return None

    def _holders(self, role: Role) -> list[RoleKey]:
        found = self.keys.publics(role.name)
        if not found:
            raise StoreError(
                f"no key for {role.name} in {self.keys.path}, and this mirror has no metadata yet",
                hint=f"make one: pyv mirror keygen {role.name} --keys {self.keys.path}",
                role=role.name,
            )
        return found

    def _held(self) -> Published:
        """Nothing goes out; what was signed is not lost."""
        for role, draft in self.ready.items():
            if role not in {SNAPSHOT.name, TIMESTAMP.name}:
                save_draft(self.mirror, role, draft)
        root = None if self.current is None else self.current.root
        return Published(changed={}, waiting=tuple(self.waiting), root=root)

    def _written(self, generation: Generation) -> Published:
        if self.ready:
            write_generation(self.mirror, generation, contents(self.mirror))
            prune(self.mirror, generation, self.current)
        for role in self.ready:
            drop_draft(self.mirror, role)
        return Published(
            changed={role: draft.version for role, draft in self.ready.items()},
            waiting=tuple(self.waiting),
            root=generation.root,
        )
