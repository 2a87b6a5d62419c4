"""Bringing a mirror to a registry: blobs, then the manifests that name them, then the index, and its tag last.

Until the tag moves, whoever reads sees the mirror of before; what was sent stays, so a push that broke is finished by
the next one. A group of archives whose manifest the registry's index lists is there already, with all its blobs; what
else there is is asked for one by one. Every manifest has a tag too: some registries forget what only an index names.

A registry has no compare-and-swap: the tag is looked at again right before it moves, and two pushers can only be so
close that the later one wins. Each puts a whole state there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pyv.domain import image
from pyv.errors import StoreError, TransferError
from pyv.mirror.held import Held, check_may_replace, held_by
from pyv.mirror.image import EMPTY, Group, Image, Part, image_of
from pyv.mirror.layout import Mirror
from pyv.mirror.outgoing import Outgoing, Sent, Watcher
from pyv.mirror.sessions import sweep
from pyv.store.lock import locked
from pyv.transfer.client import Client
from pyv.transfer.locations import Location
from pyv.transfer.registry import Registry

_LONGEST_TAG = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of it."""

    digest: str
    """sha256 of the image index, which the tag names now (or would)."""
    timestamp: int
    snapshot: int
    is_new: bool = True
    """Whether the registry held something else before."""
    archives: Sent = field(default_factory=Sent)
    files: Sent = field(default_factory=Sent)
    """The files of the index, and the empty config."""
    skipped: int = 0
    """Groups of archives that were there as they are."""


def push(
    mirror: Mirror, location: Location, client: Client, watcher: Watcher, *, jobs: int = 4, dry_run: bool = False
) -> Pushed:
    """Make a registry hold what a mirror has published.

    Raises:
        RollbackError: the registry holds a newer index. TrustError: it holds another one.
        TransferError: it cannot be reached, or refuses. StoreError: nothing is published, or a blob is gone.
    """
    if not mirror.metadata.is_dir():
        raise StoreError(
            f"{mirror.path} is not a mirror", hint="make one with `pyv mirror init`", path=str(mirror.path)
        )
    registry = Registry(client, location, writes=True)
    lock = mirror.work.locks / "push.lock"
    with locked(lock, waiting=lambda: watcher.step("push", "another push from this mirror is under way: waiting")):
        coming = image_of(mirror)
        sweep(mirror)
        held = held_by(registry, coming)
        if held.sha256 == coming.index.sha256:
            return Pushed(digest=held.sha256, timestamp=coming.timestamp, snapshot=coming.snapshot, is_new=False)
        check_may_replace(held, coming, location)

        def bring(known: Held) -> Pushed:
            return _Push(coming, registry, Outgoing(mirror, registry, watcher, jobs=jobs, dry_run=dry_run)).run(known)

        try:
            return bring(held)
        except TransferError as fault:
            if fault.fields.get("status") not in (400, 404) or not held.groups:
                raise
            # The registry's own index lists what it lacks by now: nothing of it is taken for granted.
            watcher.step("push", "the registry lacks some of what its index lists: asking for everything")
            return bring(Held(sha256=held.sha256))


class _Push:
    def __init__(self, coming: Image, registry: Registry, outgoing: Outgoing) -> None:
        self.coming = coming
        self.registry = registry
        self.outgoing = outgoing

    def run(self, held: Held) -> Pushed:
        """Send what is not there, in an order in which no reader meets a gap."""
        groups = [group for group in self.coming.groups[1:] if group.document.sha256 not in held.groups]
        archives = self._blobs(groups, frozenset())
        self._documents(groups)
        files = self._blobs([self.coming.files], held.files)
        self._documents([self.coming.files])
        if not self.outgoing.dry_run:
            self._publish(held)
        return Pushed(
            digest=self.coming.index.sha256,
            timestamp=self.coming.timestamp,
            snapshot=self.coming.snapshot,
            archives=archives,
            files=files,
            skipped=len(self.coming.groups) - 1 - len(groups),
        )

    def _blobs(self, groups: Sequence[Group], known: frozenset[str]) -> Sent:
        found: dict[str, tuple[str, Part]] = {}
        for group in groups:
            for layer, part in zip(group.layers, group.parts, strict=True):
                found.setdefault(part.sha256, (layer.title, part))
        there = [sha256 for sha256 in found if sha256 in known]
        missing = [entry for sha256, entry in found.items() if sha256 not in known]
        sent = self.outgoing.each(missing, lambda entry: self.outgoing.send(*entry))
        return sum(sent, Sent(there=len(there)))

    def _documents(self, groups: Sequence[Group]) -> None:
        if self.outgoing.dry_run or not groups:
            return
        self.outgoing.send("config", EMPTY)
        self.outgoing.each(groups, self._document)

    def _document(self, group: Group) -> None:
        self.registry.put_document(tag_of(group.title), image.MANIFEST_TYPE, group.document.content)

    def _publish(self, before: Held) -> None:
        index = self.coming.index
        self.registry.put_document(f"sha256:{index.sha256}", image.INDEX_TYPE, index.content)
        now = self.registry.document(image.TAG)
        if now is not None and hashlib.sha256(now).hexdigest() not in (before.sha256, index.sha256):
            check_may_replace(held_by(self.registry, self.coming), self.coming, self.registry.location)
        self.registry.put_document(image.TAG, image.INDEX_TYPE, index.content)


def tag_of(title: str) -> str:
    """The tag of a group's manifest: its title as a tag can be, and never the one that says what a mirror holds."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "-", title)
    tag = f"part.{plain}"
    if plain != title or len(tag) > _LONGEST_TAG:
        tag = f"{tag[: _LONGEST_TAG - 17]}.{hashlib.sha256(title.encode()).hexdigest()[:16]}"
    return tag
