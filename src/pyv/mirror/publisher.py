"""The one publisher: from working copies to an index whose metadata says what they are.

What changed gets a new version, and nothing else does; with nothing new, nothing is written. Where a role's keys are
not at hand, its draft waits in `.pyv/drafts/` for signatures carried there (`pyv.mirror.signatures`), and nothing that
would name something unpublished goes out. The caller holds the mirror's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyv.domain.revocation import Revocations
from pyv.errors import StoreError
from pyv.mirror.carried import read_carried
from pyv.mirror.generation import Generation, newest_root, prune, read_generation, write_generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.online import Online, named_by
from pyv.mirror.other_tools import offer_to_other_tools
from pyv.mirror.published import Published, Waiting
from pyv.mirror.signatures import drop_draft, save_draft, waiting_draft
from pyv.mirror.working import check_working, contents, wanted_listing
from pyv.trust.authoring import Count, Draft, Listing, RoleKey
from pyv.trust.drafting import first_delegated, first_root, first_targets
from pyv.trust.roles import DELEGATED, RELEASES, ROLES, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, TOP_LEVEL, Role

_DAY = 86400


def publish(mirror: Mirror, keys: KeyDirectory, now: float) -> Published:
    """Bring the published index in line with the working copies and the drafts, then what other tools find there.

    Raises:
        StoreError: a role has no key in the key directory at the first publication, or the disk refuses.
        TrustError: a key file is open to others, or its passphrase is missing or wrong.
    """
    published = _Publishing(mirror, keys, now).run()
    return replace(published, note=offer_to_other_tools(mirror))


class _Publishing:
    """One publication under way.

    A new root or new delegations may name keys that have yet to sign what is below. Then they wait, and the version in
    force serves: clients can always read what is published, and a ceremony under way holds up no revocation.
    """

    def __init__(self, mirror: Mirror, keys: KeyDirectory, now: float) -> None:
        self.mirror, self.keys, self.now = mirror, keys, now
        self.current = read_generation(mirror)
        self.carried = read_carried(mirror)
        self.wanted: Mapping[str, Listing] = {}
        self.waiting: dict[str, Waiting] = {}
        self.ready: dict[str, Draft] = {}
        self.put_off = False
        """Whether a delegator was put off; drafts below it are of its new version, and are left alone."""

    def run(self) -> Published:
        if self.carried is None and not self.mirror.revocation_list.exists():
            self.mirror.write_revocations(Revocations())
        if self.carried is None:
            self.wanted = wanted_listing(self.mirror)
            check_working(self.mirror, {} if self.current is None else self.current.targets, self.now)
        else:
            self.wanted = self.carried.wanted
        root = self._root()
        found = None if root is None else self._under(root)
        if found is None and self.current is not None and self._puts_off(ROOT):
            found = self._under(self.current.root)
        return self._held() if found is None else self._written(found)

    def _under(self, root: Draft) -> Generation | None:
        targets = self._targets(root)
        found = None if targets is None else self._delegated_by(targets, root)
        if found is None and self.current is not None and self._puts_off(TARGETS):
            before = self.current.listing[TARGETS.name]
            found = self._delegated_by(before, root) if root.count(TARGETS.name, before).is_met else None
        return found

    def _delegated_by(self, targets: Draft, root: Draft) -> Generation | None:
        listing = {TARGETS.name: targets}
        for role in DELEGATED:
            draft = self._delegated(role, targets)
            if draft is None:
                return None
            listing[role.name] = draft
        return Online(self.current, self.keys, self.now, self.ready, self.waiting).generation(root, listing)

    def _puts_off(self, role: Role) -> bool:
        """Whether a new version of a delegator was ready; it is kept, and so is what was signed for it."""
        if role.name not in self.ready:
            return False
        for name in [each for each in self.ready if role == ROOT or each != ROOT.name]:
            self._keep(name)
        self.put_off = True
        return True

    def _keep(self, name: str) -> None:
        draft = self.ready.pop(name)
        if name not in {SNAPSHOT.name, TIMESTAMP.name} and not self._is_carried(ROLES[name]):
            save_draft(self.mirror, name, draft)

    def _draft(self, role: Role, before: Draft | None) -> Draft | None:
        """The draft of a role that waits for this publication, if one does."""
        return None if self.put_off else waiting_draft(self.mirror, role.name, before)

    def _root(self) -> Draft | None:
        """The root to publish, else the one in force; None where there is none yet that could be published."""
        before = newest_root(self.mirror) if self.current is None else self.current.root
        draft = self._draft(ROOT, before)
        if draft is None and before is None:
            draft = first_root({role.name: self._holders(role) for role in TOP_LEVEL}, self.now)
        if draft is None:
            return before
        draft = draft.signed_with(self.keys.signers(ROOT.name, named_by(ROOT, draft, before)))
        counts = [draft.count(ROOT.name, draft)] + ([] if before is None else [before.count(ROOT.name, draft)])
        return self._judged(ROOT, draft, counts) or before

    def _targets(self, root: Draft) -> Draft | None:
        before = None if self.current is None else self.current.listing[TARGETS.name]
        if self.put_off:  # a new version now would take the number of the one that waits
            return _accepted(TARGETS, before, root)
        draft = self._draft(TARGETS, before)
        if draft is None and before is None:
            draft = first_targets({role.name: self._holders(role) for role in DELEGATED}, self.now)
        if draft is None and before is not None and not self._stands(TARGETS, before, root):
            draft = before.renewed(TARGETS, self.now)
        if draft is None:
            return before
        return self._signed(TARGETS, draft, root) or _accepted(TARGETS, before, root)

    def _delegated(self, role: Role, targets: Draft) -> Draft | None:
        before = None if self.current is None else self.current.listing[role.name]
        if self.carried is not None:
            return self._taken_over(role, targets, self.carried.listing[role.name], before)
        draft = self._draft(role, before)
        if draft is None and before is not None and self._stands(role, before, targets):
            return before
        if role == RELEASES and before is not None and self._waits_for_keys():
            return _accepted(role, before, targets)  # its records may be signed by a key targets has yet to name
        if draft is None:
            draft = first_delegated(role, self.now) if before is None else before.renewed(role, self.now)
        return self._signed(role, draft, targets) or _accepted(role, before, targets)

    def _is_carried(self, role: Role) -> bool:
        return self.carried is not None and role.name in self.carried.listing

    def _taken_over(self, role: Role, targets: Draft, theirs: Draft, before: Draft | None) -> Draft | None:
        """What upstream signed, once targets name its keys; until then what is in force. Never two of one version."""
        kept = _accepted(role, before, targets)
        if kept is not None and (theirs.version <= kept.version or (role == RELEASES and self._waits_for_keys())):
            return kept
        if not targets.count(role.name, theirs).is_met or (before is not None and not theirs.may_follow(before)):
            return kept
        self.ready[role.name] = theirs
        return theirs

    def _waits_for_keys(self) -> bool:
        """Whether clients have yet to hear of an artifact key, so that records it signed must not go before it."""
        if self.current is None or TARGETS.name in self.ready:
            return False
        return self.current.listing[TARGETS.name].listed != self.wanted[TARGETS.name]

    def _stands(self, role: Role, draft: Draft, delegator: Draft) -> bool:
        """Whether what is published of a role may stay as it is."""
        due = role.renewed and draft.expires - self.now < role.days * _DAY / 2
        if role == TARGETS and self.carried is not None and not self.carried.is_named_by(draft):
            return False
        return not due and draft.listed == self.wanted[role.name] and delegator.count(role.name, draft).is_met

    def _signed(self, role: Role, draft: Draft, delegator: Draft) -> Draft | None:
        if draft.listed != self.wanted[role.name]:
            draft = draft.listing(self.wanted[role.name])
        if role == TARGETS and self.carried is not None:
            draft = self.carried.named_in(draft)
        before = self.current.root if self.current is not None and role == TARGETS else None
        draft = draft.signed_with(self.keys.signers(role.name, named_by(role, delegator, before)))
        return self._judged(role, draft, [delegator.count(role.name, draft)])

    def _judged(self, role: Role, draft: Draft, counts: list[Count]) -> Draft | None:
        """The draft, if everybody who has to signed it; else it is kept, and None."""
        lacking = next((count for count in counts if not count.is_met), None)
        if lacking is None:
            self.ready[role.name] = draft
            return draft
        if not self.put_off:
            save_draft(self.mirror, role.name, draft)
        self.waiting.setdefault(role.name, Waiting(role=role.name, version=draft.version, count=lacking))
        return None

    def _holders(self, role: Role) -> list[RoleKey]:
        if self._is_carried(role):
            return []  # `Carried.named_in` names upstream's
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
        for role in list(self.ready):
            self._keep(role)
        root = None if self.current is None else self.current.root
        targets = None if self.current is None else self.current.listing[TARGETS.name]
        return Published(changed={}, waiting=tuple(self.waiting.values()), root=root, targets=targets)

    def _written(self, generation: Generation) -> Published:
        if self.ready:
            carried = {} if self.carried is None else self.carried.contents()
            write_generation(self.mirror, generation, contents(self.mirror, carried))
            prune(self.mirror, generation, self.current)
        for role in self.ready:
            drop_draft(self.mirror, role)
        return Published(
            changed={role: draft.version for role, draft in self.ready.items()},
            waiting=tuple(self.waiting.values()),
            root=generation.root,
            targets=generation.listing[TARGETS.name],
        )


def _accepted(role: Role, draft: Draft | None, delegator: Draft) -> Draft | None:
    """What is in force of a role, if its delegator as it will be still accepts it."""
    return draft if draft is not None and delegator.count(role.name, draft).is_met else None
