"""Locks between processes: `flock` on files below `locks/`, released by the kernel when a process dies.

Two kinds: one per artifact (held through an install, so that two installs of one artifact fetch it once) and one
for the tree (held for the moment in which links, aliases and shims change). Readers take none.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyv.store.atomic import make_directory, store_error, translated

_POLL = 0.05  # seconds: a blocked `flock` in a thread could not be interrupted


def _nothing() -> None:
    pass


@contextmanager
def locked(
    path: Path, *, waiting: Callable[[], None] = _nothing, check: Callable[[], None] = _nothing
) -> Iterator[None]:
    """Hold the lock at `path`.

    `waiting` is called once if somebody else holds it, `check` at every look at it after that: it may raise to
    give up.

    Raises:
        StoreError: the lock file cannot be made.
    """
    make_directory(path.parent)
    descriptor = try_lock(path)
    if descriptor is None:
        waiting()
    while descriptor is None:
        check()
        time.sleep(_POLL)
        descriptor = try_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Take the lock at `path` if it is free: a descriptor to close, or None.

    A file that was unlinked between opening and locking locks nothing for anybody else: then the next one is taken.
    """
    while True:
        with translated("lock", path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                return descriptor
            os.close(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as fault:
            os.close(descriptor)
            raise store_error("lock", path, fault) from fault


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
