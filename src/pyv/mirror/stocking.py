"""Bringing archives into a mirror: each fetched into the operator's part, verified, then moved to its name for good.

What an interrupted run left is hashed and continued. Nothing is at `blobs/sha256/<hex>` before its digest was checked.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pyv.domain.artifact import Artifact
from pyv.mirror.layout import Mirror, sync_directory
from pyv.store.atomic import make_directory, translated
from pyv.store.blobs import CancelledError, PartialBlob
from pyv.transfer.locations import Source
from pyv.transfer.progress import Progress, Silence

if TYPE_CHECKING:
    from pyv.transfer.client import Client

_HEARTBEAT, _PATIENCE = 0.1, 0.5  # seconds until a stop is noticed, and until a silent server is left


class Watch(Protocol):
    """Somebody who watches archives come in; called from several threads."""

    def step(self, name: str, text: str) -> None:
        """Something happened to the archive called `name`."""

    def progress(self, name: str) -> Progress:
        """Where its bytes are counted."""


class Unwatched:
    """Nobody watches."""

    def step(self, name: str, text: str) -> None:
        """Say nothing."""

    def progress(self, name: str) -> Progress:  # noqa: ARG002 (the protocol's)
        """Count nothing."""
        return Silence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocking:
    """Archives on their way into one mirror."""

    mirror: Mirror
    client: Callable[[], Client]
    sources: Callable[[Artifact], Sequence[Source]]
    watch: Watch = field(default_factory=Unwatched)
    running: list[PartialBlob] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Stop everything under way; what has arrived is kept."""
        self.stopped.set()
        for blob in list(self.running):
            blob.cancel()

    def fetch(self, artifact: Artifact) -> int:
        """Bring one archive in; the bytes that were transferred.

        Raises:
            TransferError, DigestError: no source has it. StoreError: the disk refuses. CancelledError: it was stopped.
        """
        hand = _Hand(self, artifact)
        hand.start()
        while hand.is_alive():
            hand.join(_HEARTBEAT)
            if self.stopped.is_set():
                hand.join(_PATIENCE)
                break
        if hand.is_alive():
            raise CancelledError
        if hand.fault is not None:
            raise hand.fault
        return hand.transferred

    def bring(self, artifact: Artifact) -> int:
        """The same, without giving up on a server that has gone silent."""
        from pyv.transfer.download import download  # noqa: PLC0415 (httpx: only where something is fetched)

        blob = PartialBlob(self.mirror.work, artifact.sha256)
        self.running.append(blob)
        progress = self.watch.progress(artifact.name)
        try:
            if self.stopped.is_set():
                raise CancelledError
            blob.resume()
            fetched = download(
                self.client(),
                self.sources(artifact),
                blob,
                size=artifact.size,
                sha256=artifact.sha256,
                progress=progress,
                what=artifact.name,
            )
            self._settle(blob, artifact)
        finally:
            progress.done()
            self.running.remove(blob)
            blob.close()
        return fetched.bytes_transferred

    def _settle(self, blob: PartialBlob, artifact: Artifact) -> None:
        """Verified bytes, to where the index names them; on disk before anything can name them."""
        make_directory(self.mirror.blobs)
        target = self.mirror.blob(artifact.sha256)
        with translated("write", target):
            blob.sync()
            os.replace(blob.path, target)
        sync_directory(self.mirror.blobs)
        blob.discard()


class _Hand(threading.Thread):
    """Fetches one archive, and is left behind where nothing but its own timeout would end its read."""

    def __init__(self, stocking: Stocking, artifact: Artifact) -> None:
        super().__init__(name=f"fetch {artifact.name}", daemon=True)
        self._stocking, self._artifact = stocking, artifact
        self.transferred = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            self.transferred = self._stocking.bring(self._artifact)
        except BaseException as fault:  # noqa: BLE001 (handed to the thread that waits)
            self.fault = fault


def is_stocked(mirror: Mirror, artifact: Artifact) -> bool:
    """Whether an archive is there, as far as a look without reading it tells: of its size, where that is known."""
    try:
        status = mirror.blob(artifact.sha256).stat()
    except FileNotFoundError:
        return False
    return artifact.size in {None, status.st_size}
