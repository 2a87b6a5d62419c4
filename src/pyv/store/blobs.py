"""Archives by digest: what was verified, and what is on its way.

A `PartialBlob` has two hands: the download appends to it, the extractor follows behind, so bytes are inflated and
written while later ones are still on the wire. Nothing enters `blobs/` before its digest was checked, and what is
there is hashed again when it is used, so a file poisoned on disk is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pyv.store.atomic import make_directory, store_error, translated, write_text
from pyv.store.paths import Root

_CHUNK = 1 << 20


class StaleReadError(Exception):
    """The bytes followed so far were forgotten (a mirror served wrong ones): start again."""


class CancelledError(Exception):
    """The other hand gave up."""


class PartialBlob:
    """One archive on its way into the cache. The caller holds the artifact's lock."""

    def __init__(self, root: Root, sha256: str) -> None:
        make_directory(root.partial)
        make_directory(root.blobs)
        self.path = root.partial / sha256
        self.final = root.blobs / sha256
        self.offset = 0
        self.validator: str | None = None
        self.validator_source: str | None = None
        self.generation = 0
        """How often the bytes were forgotten."""
        self._hash = hashlib.sha256()
        self._changed = threading.Condition()
        self._using = threading.Lock()
        """Held around every use of the descriptor, so that `close` never takes it away in between."""
        self._complete = False
        self._cancelled = False
        with translated("write", self.path):
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)

    def resume(self) -> None:
        """Take over what an earlier run left: hash it from the start, and recall who served it.

        The follower may read what was hashed already.
        """
        with translated("read", self.path):
            while chunk := self._read(_CHUNK, self.offset):
                self._hash.update(chunk)
                self._advance(len(chunk))
        if self.offset:
            try:
                told = json.loads(self._sidecar.read_text(encoding="utf-8"))
                self.validator, self.validator_source = str(told["validator"]), str(told["source"])
            except (OSError, ValueError, KeyError, TypeError):
                self.validator = self.validator_source = None

    def _read(self, count: int, position: int) -> bytes:
        with self._using:
            self._stop_if_cancelled()
            return os.pread(self._descriptor, count, position)

    @property
    def _sidecar(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def write(self, chunk: bytes) -> None:
        """Append, and wake the follower.

        Raises:
            CancelledError: the follower gave up.
            StoreError: the disk is full, or the like.
        """
        self._hash.update(chunk)
        rest = memoryview(chunk)
        try:
            while rest:
                with self._using:
                    self._stop_if_cancelled()
                    written = os.pwrite(self._descriptor, rest, self.offset)
                rest = rest[written:]
                self._advance(written)
        except OSError as fault:
            raise store_error("write", self.path, fault) from fault

    def _stop_if_cancelled(self) -> None:
        if self._cancelled:
            raise CancelledError

    def _advance(self, count: int) -> None:
        with self._changed:
            self.offset += count
            self._changed.notify_all()

    def remember(self, validator: str, source_label: str) -> None:
        """Keep the validator (ETag or date) of the bytes, for a later run to resume with."""
        self.validator, self.validator_source = validator, source_label
        write_text(self._sidecar, json.dumps({"validator": validator, "source": source_label}), durable=False)

    def restart(self) -> None:
        """Forget every byte; the follower learns it with its next read."""
        with self._changed:
            self.generation += 1
            self.offset = 0
            self._complete = False
            self._hash = hashlib.sha256()
            self.validator = self.validator_source = None
            with translated("write", self.path), self._using:
                self._stop_if_cancelled()
                os.ftruncate(self._descriptor, 0)
            self._sidecar.unlink(missing_ok=True)
            self._changed.notify_all()

    def hexdigest(self) -> str:
        """The sha256 of the bytes so far."""
        return self._hash.hexdigest()

    def finish(self) -> None:
        """No more bytes will come: the follower may see the end."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Make both hands stop at their next read or write."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def follow(self) -> Callable[[int], bytes]:
        """A `read(count)` over the bytes as they come; at the end it answers `b""`.

        The function raises StaleReadError after a restart and CancelledError after a cancel.
        """
        generation, position = self.generation, 0

        def read(count: int) -> bytes:
            nonlocal position
            with self._changed:
                while self.offset <= position and not (self._complete or self._cancelled):
                    if generation != self.generation:
                        break
                    self._changed.wait()
                if generation != self.generation:
                    raise StaleReadError
                if self._cancelled:
                    raise CancelledError
                available = self.offset - position
            chunk = self._read(min(count, available), position)
            position += len(chunk)
            return chunk

        return read

    def sync(self) -> None:
        """Make the bytes survive a power cut."""
        with self._using:
            os.fsync(self._descriptor)

    def publish(self) -> None:
        """Move the verified bytes into the cache."""
        with translated("write", self.final):
            os.replace(self.path, self.final)
        self._sidecar.unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave no trace."""
        self.path.unlink(missing_ok=True)
        self._sidecar.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the descriptor back; an empty file is not kept."""
        with self._using:
            self._cancelled = True
            empty = os.fstat(self._descriptor).st_size == 0
            os.close(self._descriptor)
        if empty:
            self.discard()


def adopt_cached(root: Root, sha256: str) -> bool:
    """Make an archive that is in the cache the partial blob, to be hashed and followed like any other.

    The archive comes back with `publish`; a crash in between costs a download, never a wrong byte.
    """
    final = root.blobs / sha256
    if not final.is_file():
        return False
    make_directory(root.partial)
    with translated("read", final):
        os.replace(final, root.partial / sha256)
    return True
