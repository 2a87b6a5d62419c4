"""What follows what a mirror has: nothing goes back, and clients take what comes.

A client takes a timestamp only if its version is higher than that of the last it saw. The far side may sign its own
timestamp every day; a bundle's may then be behind, whatever it leads to, and another one has to be signed there.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyv.errors import ExpiredError, RollbackError, StoreError, TrustError
from pyv.mirror.generation import Generation
from pyv.mirror.incoming import Incoming
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.published import Waiting
from pyv.trust.authoring import Draft
from pyv.trust.drafting import timestamp_of
from pyv.trust.roles import ROOT, SNAPSHOT, TIMESTAMP


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What is to be published."""

    generation: Generation
    changed: dict[str, int]
    """The version of every role that is new; none where nothing is."""
    signed: bool = False
    """Whether the timestamp was signed here."""


def succession(
    current: Generation | None, incoming: Incoming, keys: KeyDirectory | None, *, place: str, now: float
) -> Succession:
    """Decide what is published after `current`; `keys` may sign a timestamp.

    Raises:
        RollbackError: a role would go back. TrustError: a version has two contents, or no timestamp can be published.
        StoreError: the timestamp's key is not in the key directory.
    """
    if current is not None:
        _check_forward(current, incoming, place)
    timestamp = _timestamp(current, incoming)
    signed = timestamp is None
    if timestamp is None:
        timestamp = _signed(current, incoming, keys, place, now)
    generation = Generation(
        root=incoming.root,
        listing=incoming.listing,
        snapshot=incoming.snapshot,
        timestamp=timestamp,
        before=None if current is None else current.root,
        between=tuple(root for root in incoming.roots[:-1] if current is None or root.version > current.root.version),
    )
    before = {} if current is None else _roles(current)
    changed = {
        role: draft.version
        for role, draft in _roles(generation).items()
        if role not in before or before[role].to_bytes() != draft.to_bytes()
    }
    return Succession(generation=generation, changed=changed, signed=signed)


def _roles(generation: Generation) -> dict[str, Draft]:
    return {
        ROOT.name: generation.root,
        **generation.listing,
        SNAPSHOT.name: generation.snapshot,
        TIMESTAMP.name: generation.timestamp,
    }


def _check_forward(current: Generation, incoming: Incoming, place: str) -> None:
    coming = {ROOT.name: incoming.root, SNAPSHOT.name: incoming.snapshot, **incoming.listing}
    there = _roles(current)
    for role, draft in coming.items():
        mine = there[role]
        if draft.version < mine.version:
            raise RollbackError(
                f"{place} is older than what the mirror has: {role} version {draft.version} after version "
                f"{mine.version}",
                hint="a newer bundle was imported before, or published here: take a bundle exported after that",
                role=role,
                version=draft.version,
                trusted=mine.version,
            )
        if draft.version == mine.version and draft.payload != mine.payload:
            raise TrustError(
                f"{place} has another {role} version {draft.version} than the mirror: one of the two was forged, or "
                "two mirrors publish with the same keys",
                hint="import nothing before it is known which; only one place may publish with these keys",
                role=role,
            )


def _timestamp(current: Generation | None, incoming: Incoming) -> Draft | None:
    """The timestamp to publish, of those that were signed before; None where clients would take neither."""
    theirs = incoming.timestamp
    if current is None:
        return None if incoming.is_late else theirs
    if theirs.version > current.timestamp.version and not incoming.is_late:
        return theirs
    is_same = current.snapshot.to_bytes() == incoming.snapshot.to_bytes()
    stays = is_same and incoming.root.count(TIMESTAMP.name, current.timestamp).is_met
    return current.timestamp if stays else None


def _signed(current: Generation | None, incoming: Incoming, keys: KeyDirectory | None, place: str, now: float) -> Draft:
    if keys is None:
        raise _unsigned(current, incoming, place)
    above = max(incoming.timestamp.version, 0 if current is None else current.timestamp.version)
    snapshot = incoming.snapshot
    draft = timestamp_of(snapshot.to_bytes(), snapshot.version, above + 1, now, incoming.timestamp.published)
    draft = draft.signed_with(keys.signers(TIMESTAMP.name, incoming.root.holders(TIMESTAMP.name)[0]))
    count = incoming.root.count(TIMESTAMP.name, draft)
    if not count.is_met:
        told = Waiting(role=TIMESTAMP.name, version=draft.version, count=count).told
        raise StoreError(
            f"a timestamp has to be signed here, and was not: {told}",
            hint=f"name the directory that holds its key with --keys: {keys.path} does not",
            role=TIMESTAMP.name,
        )
    return draft


def _unsigned(current: Generation | None, incoming: Incoming, place: str) -> TrustError:
    hint = "pass --keys KEYDIR: with timestamp.pem there, a new timestamp is signed over the bundle's snapshot"
    if incoming.is_late or current is None:
        return ExpiredError(f"the timestamp of {place} has expired", hint=hint, role=TIMESTAMP.name)
    mine, theirs = current.timestamp.version, incoming.timestamp.version
    return TrustError(
        f"the mirror's timestamp (version {mine}, signed here) is not behind the one of {place} (version {theirs}), so "
        "clients would never see what it brings",
        hint=hint,
        version=theirs,
        trusted=mine,
    )
