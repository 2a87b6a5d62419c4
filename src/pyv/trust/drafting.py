"""What a role's metadata says when it is new: first versions, and the two that are made anew every time.

Nothing here is signed; `pyv.trust.authoring.Draft` takes it from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from pyv.domain.timestamp import utc
from pyv.trust import roles
from pyv.trust.authoring import PUBLISHED, Draft, RoleKey, expiry


def first_root(holders: Mapping[str, Iterable[RoleKey]], now: float) -> Draft:
    """The first root, naming the keys of every top-level role."""
    signed = Root(version=1, expires=expiry(roles.ROOT, now), consistent_snapshot=True)
    for role in roles.TOP_LEVEL:
        for key in holders[role.name]:
            signed.add_key(key.key, role.name)
        signed.roles[role.name].threshold = role.threshold(len(signed.roles[role.name].keyids))
    return Draft(Metadata(signed))


def first_targets(holders: Mapping[str, Iterable[RoleKey]], now: float) -> Draft:
    """The first top-level targets, delegating to the delegated roles."""
    delegated = {
        role.name: DelegatedRole(role.name, [], 1, terminating=True, paths=list(role.paths)) for role in roles.DELEGATED
    }
    signed = Targets(version=1, expires=expiry(roles.TARGETS, now), delegations=Delegations(keys={}, roles=delegated))
    for role in roles.DELEGATED:
        for key in holders[role.name]:
            signed.add_key(key.key, role.name)
    return Draft(Metadata(signed))


def first_delegated(role: roles.Role, now: float) -> Draft:
    """The first, empty version of a delegated role."""
    return Draft(Metadata(Targets(version=1, expires=expiry(role, now))))


def snapshot_of(versions: Mapping[str, int], number: int, now: float) -> Draft:
    """A snapshot of these roles."""
    meta = {f"{name}.json": MetaFile(version) for name, version in sorted(versions.items())}
    return Draft(Metadata(Snapshot(version=number, expires=expiry(roles.SNAPSHOT, now), meta=meta)))


def timestamp_of(snapshot: bytes, version: int, number: int, now: float, published: str = "") -> Draft:
    """A timestamp of a snapshot's file; `published` stays what it was where only the timestamp is signed again."""
    meta = MetaFile(version, len(snapshot), {"sha256": sha256(snapshot).hexdigest()})
    signed = Timestamp(version=number, expires=expiry(roles.TIMESTAMP, now), snapshot_meta=meta)
    signed.unrecognized_fields[PUBLISHED] = published or utc(now)
    return Draft(Metadata(signed))
