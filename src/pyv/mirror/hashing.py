"""Archives of a mirror, hashed: several at once, since a disk and a processor both wait for more."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyv.mirror.layout import Mirror
from pyv.transfer.progress import Progress

_CHUNK = 1 << 20


def wrong_digests(
    mirror: Mirror, sizes: Mapping[str, int], *, jobs: int, progress: Progress
) -> Iterator[tuple[str, str]]:
    """The archives (bytes by sha256) whose bytes are not their name's, and why; in alphabetical order."""
    progress.total(sum(sizes.values()))
    hashing = _Hashing(progress)
    executor = ThreadPoolExecutor(max_workers=jobs)
    names = sorted(sizes)
    try:
        verdicts = executor.map(lambda each: hashing.fault(mirror.blob(each), each), names)
        for name, why in zip(names, verdicts, strict=True):
            if why:
                yield name, why
    finally:
        hashing.stopped.set()
        executor.shutdown(wait=True, cancel_futures=True)
        progress.done()


class _Hashing:
    """What the threads share."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.stopped = threading.Event()
        self._counting = threading.Lock()

    def fault(self, path: Path, sha256: str) -> str:
        """Why a file is not what it is called; empty where it is."""
        try:
            found = digest_of(path, self._count)
        except OSError as fault:
            return f"it cannot be read: {(fault.strerror or str(fault)).lower()}"
        return "" if found == sha256 else f"its bytes have sha256 {found}"

    def _count(self, count: int) -> bool:
        with self._counting:
            self.progress.advance(count)
        return not self.stopped.is_set()


def digest_of(path: Path, goes_on: Callable[[int], bool] = lambda _: True) -> str:
    """The sha256 of a file; `goes_on` is told how many bytes were read, and says whether to read more."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            if not goes_on(len(chunk)):
                break
    return digest.hexdigest()
