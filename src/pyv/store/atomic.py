"""Writes that are whole or not there: a temporary sibling, then one rename.

A crash leaves the old file or the new one. Errors of the operating system become `StoreError` here, with what a
person can do about them.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyv.errors import StoreError

_HINTS = {
    errno.ENOSPC: "free some space there, or use a directory on another disk (PYV_ROOT, or the mirror's)",
    errno.EDQUOT: "your disk quota is used up: free some space, or use a directory on another disk",
    errno.EROFS: "the file system is read-only: use a directory that can be written (PYV_ROOT, or the mirror's)",
    errno.EACCES: "use a directory you own (PYV_ROOT, or the mirror's), or change its permissions",
    errno.EPERM: "use a directory you own (PYV_ROOT, or the mirror's), or change its permissions",
    errno.EXDEV: "the directory spans two file systems: everything below PYV_ROOT (or a mirror) must lie on one",
    errno.ENOTDIR: "a file stands where pyv needs a directory: move it away",
    errno.ENOLCK: "the file system knows no locks (NFS without lockd): use a directory on another one",
    errno.EEXIST: "a file stands where pyv needs a directory: move it away",
    errno.EMFILE: "raise the limit on open files (ulimit -n), or use fewer --jobs",
    errno.ENAMETOOLONG: "use a directory with a shorter path",
}


_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp", re.DOTALL)


def store_error(what: str, path: Path | str, fault: OSError) -> StoreError:
    """The error for a failed operation of the file system."""
    reason = (fault.strerror or str(fault)).lower()
    hint = _HINTS.get(fault.errno or 0, "check the path and its permissions")
    return StoreError(f"cannot {what} {path}: {reason}", hint=hint, path=str(path), errno=fault.errno)


@contextmanager
def translated(what: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into a `StoreError` that names the deed and the path."""
    try:
        yield
    except OSError as fault:
        raise store_error(what, path, fault) from fault


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")


def is_temporary(name: str) -> bool:
    """Whether a file is one that a writer has yet to put in place, or left behind when it died."""
    return _TEMPORARY.fullmatch(name) is not None


def clear_temporaries(directory: Path, name: str = "") -> None:
    """Remove what writers that died left beside their files, or beside the one called `name`.

    The caller holds the lock those writers held.
    """
    with translated("clear", directory):
        names = os.listdir(directory) if directory.is_dir() else []
        for found in names:
            if is_temporary(found) and found.startswith(f".{name}"):
                (directory / found).unlink(missing_ok=True)


def make_directory(path: Path, mode: int = 0o777) -> None:
    """Create a directory and its parents where they are missing."""
    with translated("create", path):
        path.mkdir(mode=mode, parents=True, exist_ok=True)


def write_text(path: Path, text: str, *, mode: int = 0o644, durable: bool = True) -> None:
    """Replace a file by another text, whole; `durable` also survives a power cut."""
    write_bytes(path, text.encode("utf-8", "surrogateescape"), mode=mode, durable=durable)


def write_bytes(path: Path, content: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Replace a file by another content, whole; `durable` also survives a power cut."""
    temporary = _temporary(path)
    with translated("write", path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def replace_link(path: Path, target: str) -> None:
    """Make `path` a symlink to `target`, replacing a link that is there.

    Raises:
        StoreError: something that is not a symlink stands at `path`.
    """
    if path.exists() and not path.is_symlink():
        raise StoreError(f"{path} is not a link pyv made", hint="move it away, then try again", path=str(path))
    temporary = _temporary(path)
    with translated("link", path):
        try:
            os.symlink(target, temporary)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def replace_hard_link(path: Path, target: Path) -> None:
    """Make `path` another name of the file `target`, whatever file it was the name of.

    Raises:
        StoreError: `errno` among its fields says whether there can be hard links at all.
    """
    temporary = _temporary(path)
    with translated("link", path):
        try:
            os.link(target, temporary, follow_symlinks=False)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)  # still there where both names were one file already
