"""Blobs of a mirror on their way to a registry: those that are not there yet, several at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from pyv.concurrently import side_by_side
from pyv.errors import PyvError, StoreError
from pyv.mirror.image import Part
from pyv.mirror.layout import Mirror
from pyv.mirror.sessions import KeptUpload, Unkept, uploads_of
from pyv.store.atomic import store_error, translated
from pyv.transfer.progress import Progress
from pyv.transfer.registry import Registry
from pyv.transfer.uploads import CHUNK, Blob, Session, upload

Item = TypeVar("Item")
Result = TypeVar("Result")


class Watcher(Protocol):
    """Somebody who watches a push; called from several threads."""

    def step(self, name: str, text: str) -> None:
        """Something was sent, or is waited for."""

    def progress(self, name: str) -> Progress:
        """Where the bytes of `name` are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many blobs were sent, and how many were there."""

    sent: int = 0
    size: int = 0
    """Bytes of those that were sent."""
    there: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(sent=self.sent + other.sent, size=self.size + other.size, there=self.there + other.there)


class Outgoing:
    """What brings blobs to a registry; safe to use from several threads."""

    def __init__(self, mirror: Mirror, registry: Registry, watcher: Watcher, *, jobs: int, dry_run: bool) -> None:
        self.dry_run = dry_run
        self._mirror = mirror
        self._registry = registry
        self._watcher = watcher
        self._jobs = jobs
        self._stopped = threading.Event()

    def each(self, items: Sequence[Item], act: Callable[[Item], Result]) -> list[Result]:
        """What `act` gives for each, several at once; after an error nothing more begins.

        Raises:
            PyvError: the first error.
        """
        if not items:
            return []
        found: list[Result] = []
        failed: list[PyvError] = []

        def guarded(item: Item) -> Result:
            self._check()
            return act(item)

        for _, ended in side_by_side(items, guarded, jobs=self._jobs, cancel=self._stopped.set, translate=self._fault):
            if isinstance(ended, PyvError):
                self._stopped.set()
                failed.append(ended)
            else:
                found.append(ended)
        if failed:
            raise failed[0]
        return found

    def send(self, title: str, part: Part) -> Sent:
        """Send a blob, unless it is there.

        Raises:
            TransferError: the registry does not take it. StoreError: it cannot be read.
        """
        if self._registry.has_blob(part.sha256, part.size):
            return Sent(there=1)
        if not self.dry_run:
            self._upload(title, part)
        return Sent(sent=1, size=part.size)

    def _upload(self, title: str, part: Part) -> None:
        blob = Blob(sha256=part.sha256, size=part.size, read=lambda position, count: self._read(part, position, count))
        progress = self._watcher.progress(title)
        try:
            upload(self._registry, blob, self._session(part), progress)
        finally:
            progress.done()
        if part.path is not None and part.path.parent == self._mirror.blobs:
            self._watcher.step(title, "sent")

    def _session(self, part: Part) -> Session:
        if part.size <= CHUNK:
            return Unkept()
        return KeptUpload(path=uploads_of(self._mirror) / f"{part.sha256}.json", place=self._registry.location.label)

    def _read(self, part: Part, position: int, count: int) -> bytes:
        self._check()
        if part.path is None:
            return part.content[position : position + count]
        return _read_at(part.path, position, count)

    def _check(self) -> None:
        if self._stopped.is_set():
            raise StoreError("the push was stopped", hint="push again: what has arrived stays there")

    def _fault(self, fault: OSError) -> PyvError:
        return store_error("read", fault.filename or self._mirror.path, fault)


def _read_at(path: Path, position: int, count: int) -> bytes:
    with translated("read", path), path.open("rb") as stream:
        content = os.pread(stream.fileno(), count, position)
    if len(content) != count:
        raise StoreError(
            f"{path} became shorter while it was sent",
            hint="see what happened to it: pyv mirror verify",
            path=str(path),
        )
    return content
