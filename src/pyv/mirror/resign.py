"""Signing the timestamp alone again, as a daily job does: nobody else's key is needed, and nothing else changes."""

from __future__ import annotations

from pyv.errors import StoreError
from pyv.mirror.generation import Generation, read_generation, write_generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.published import Published, Waiting
from pyv.mirror.working import contents
from pyv.trust.roles import TARGETS, TIMESTAMP


def resign_timestamp(mirror: Mirror, keys: KeyDirectory, now: float) -> Published:
    """Sign the timestamp alone again, for its full time; what it names stays.

    Raises:
        StoreError: nothing is published, the snapshot has expired, or none of the timestamp's keys is at hand.
    """
    current = read_generation(mirror)
    if current is None:
        raise _unpublished(mirror)
    if current.snapshot.expires <= now:
        raise StoreError(
            "the snapshot has expired, so a new timestamp would help nobody",
            hint=f"publish with the snapshot's key: pyv mirror sign publish {mirror.path} --keys KEYDIR",
        )
    draft = current.timestamp.renewed(TIMESTAMP, now).signed_with(
        keys.signers(TIMESTAMP.name, current.root.holders(TIMESTAMP.name)[0])
    )
    count = current.root.count(TIMESTAMP.name, draft)
    if not count.is_met:
        told = Waiting(role=TIMESTAMP.name, version=draft.version, count=count).told
        raise StoreError(
            f"the timestamp was not signed: {told}",
            hint=f"name the directory that holds its key with --keys: {keys.path} does not",
            role=TIMESTAMP.name,
        )
    renewed = Generation(root=current.root, listing=current.listing, snapshot=current.snapshot, timestamp=draft)
    write_generation(mirror, renewed, contents(mirror))
    return Published(changed={TIMESTAMP.name: draft.version}, root=current.root, targets=current.listing[TARGETS.name])


def _unpublished(mirror: Mirror) -> StoreError:
    return StoreError(
        f"{mirror.path} has no metadata yet",
        hint=f"publish it first: pyv mirror sign publish {mirror.path} --keys KEYDIR",
        path=str(mirror.path),
    )
