"""Where private keys may lie, and who may read them: not where files travel from, and nobody else."""

from __future__ import annotations

import os
from pathlib import Path

from pyv.errors import StoreError, TrustError
from pyv.store.atomic import translated

_OTHERS = 0o077


def check_place(directory: Path, *, mirror: Path | None = None) -> None:
    """Refuse a place from which a private key would travel; `mirror` is one that may not exist yet.

    Raises:
        TrustError: `directory` is inside a git work tree or a mirror.
    """
    place = directory.resolve()
    within = (place, *place.parents)
    ignored = False
    for parent in within:
        ignored = ignored or _ignores_itself(parent)
        if (parent / ".git").exists() and not ignored:
            raise _misplaced(directory, f"the git work tree {parent}")
        if parent.joinpath("targets", "trust", "artifact-keys.json").exists():
            raise _misplaced(directory, f"the mirror {parent}")
    if mirror is not None and mirror.resolve() in within:
        raise _misplaced(directory, f"the mirror {mirror}")


def _ignores_itself(directory: Path) -> bool:
    """Whether git leaves a directory alone: it holds a `.gitignore` of `*`, as virtual environments do."""
    try:
        return (directory / ".gitignore").read_text(encoding="utf-8", errors="replace").strip() == "*"
    except OSError:
        return False


def _misplaced(directory: Path, where: str) -> TrustError:
    return TrustError(
        f"private keys do not belong into {where}",
        hint="name a directory outside it, on a disk only you can read",
        path=str(directory),
    )


def check_private(path: Path, wanted: str) -> None:
    """Refuse what others may read; `wanted` is the mode it should have.

    Raises:
        TrustError: they may.
    """
    with translated("read", path):
        mode = path.stat().st_mode
    if mode & _OTHERS:
        raise TrustError(
            f"{path} is open to other users (mode {mode & 0o777:o})",
            hint=f"chmod {wanted} {path}, and consider whether the key has been read already",
            path=str(path),
        )


def check_absent(path: Path) -> None:
    """Refuse to write a key where something is.

    Raises:
        StoreError: something is there.
    """
    if os.path.lexists(path):
        raise StoreError(
            f"{path} is already there",
            hint="keys are never overwritten: use them, or name another directory",
            path=str(path),
        )


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that must not be there.

    Raises:
        StoreError: it is, or the disk refuses.
    """
    check_absent(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except OSError:
        with translated("create", path):
            raise
    with translated("write", path), os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
