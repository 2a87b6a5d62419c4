"""Work in progress: private directories that the next writing command clears away if their owner died.

An entry holds its own lock for as long as its owner lives, and an *intent* from the moment the tree changes:

    link NAME ID    the prefix ID is about to be linked as NAME
    drop NAME ID    NAME is about to be unlinked, the prefix ID to be removed

The link in `versions/` is the truth: a sweep finishes what was committed and takes back what was not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import StoreError
from pyv.store.atomic import make_directory, store_error, translated, write_text
from pyv.store.lock import try_lock
from pyv.store.paths import Root

_LOCK = "staging-"


@dataclass(frozen=True, slots=True)
class Stage:
    """One private directory below `staging/`."""

    path: Path

    @property
    def prefix(self) -> Path:
        """Where the archive is extracted."""
        return self.path / "prefix"

    def intend(self, verb: str, name: str, store_id: str) -> None:
        """Say what is about to happen to the tree."""
        write_text(self.path / "intent", f"{verb}\n{name}\n{store_id}\n")

    def intent(self) -> tuple[str, str, str] | None:
        """What was about to happen: verb, name, store id."""
        try:
            words = (self.path / "intent").read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        except OSError:
            return None
        return (words[0], words[1], words[2]) if len(words) == 4 else None


def remove_tree(path: Path) -> None:
    """Remove a directory and everything below it, by descriptor, following no link; or the file at this path.

    Raises:
        StoreError: something of it cannot be removed, not even after its directory was made writable.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            import shutil  # noqa: PLC0415 (with every compression there is, and most commands remove nothing)

            shutil.rmtree(path, onerror=_made_writable)
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    except OSError as fault:
        raise store_error("remove", path, fault) from fault


def _made_writable(act: Callable[..., object], path: str, caught: tuple[object, BaseException, object]) -> None:
    """Packages may hold directories without the write bit: their owner can give it back, once."""
    fault = caught[1]
    if not isinstance(fault, PermissionError) or act not in (os.unlink, os.rmdir, os.open, os.scandir):
        raise fault
    place = Path(path)
    for directory in (place.parent, place):
        if directory.is_dir() and not directory.is_symlink():
            directory.chmod(0o700)
    if place.is_dir() and not place.is_symlink():
        import shutil  # noqa: PLC0415 (as above)

        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


@contextmanager
def staged(root: Root) -> Iterator[Stage]:
    """A fresh private directory, gone when the block ends however it ends."""
    make_directory(root.staging)
    make_directory(root.locks)
    descriptor = None
    while descriptor is None:  # a sweep may hold the lock of a name it has just seen
        name = os.urandom(8).hex()
        lock = _lock_path(root, name)
        descriptor = try_lock(lock)
    stage = Stage(root.staging / name)
    try:
        with translated("create", stage.path):
            stage.path.mkdir(mode=0o700)
        yield stage
    finally:
        try:
            _clear(stage, lock)
        finally:
            os.close(descriptor)


def _clear(stage: Stage, lock: Path) -> None:
    """Remove an entry. One that resists stays, for a later sweep: it is nothing a shim can reach."""
    with suppress(StoreError):
        remove_tree(stage.path)
        lock.unlink(missing_ok=True)


def _lock_path(root: Root, name: str) -> Path:
    return root.locks / f"{_LOCK}{name}.lock"


def _names(root: Root) -> list[str]:
    """Every entry, and every lock of one: who died between the two left the lock alone."""
    entries = os.listdir(root.staging) if root.staging.is_dir() else []
    locks = [path.name.removeprefix(_LOCK).removesuffix(".lock") for path in root.locks.glob(f"{_LOCK}*.lock")]
    return sorted({*entries, *locks})


def has_entries(root: Root) -> bool:
    """Whether there is anything to sweep, or somebody at work."""
    return bool(_names(root))


@contextmanager
def abandoned(root: Root) -> Iterator[list[Stage]]:
    """The entries whose owners died, held for the block; those still there afterwards are removed."""
    held: list[tuple[Stage, Path, int]] = []
    try:
        make_directory(root.locks)
        for name in _names(root):
            lock = _lock_path(root, name)
            descriptor = try_lock(lock)
            if descriptor is not None:
                held.append((Stage(root.staging / name), lock, descriptor))
        yield [stage for stage, _, _ in held]
        for stage, lock, _ in held:
            _clear(stage, lock)
    finally:
        for _, _, descriptor in held:
            os.close(descriptor)
