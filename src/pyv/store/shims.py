"""Shims: one `sh` script under the name of every program of every installed version.

The script (`shim.sh` beside this file, the root written into it) works out the program from its own name, so all
shims have one content, and are hard links of one file, `shims/.shim`: it reaches the disk once, and a rehash tells
a shim that is up to date by its inode alone. Where links are not possible they are copies. `shims/.seen` lets a
launcher tell that there is nothing to do, or that programs were added: for these it links shims by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import StoreError
from pyv.store.atomic import make_directory, translated, write_text
from pyv.store.launcher import names_root, write_launchers, write_program
from pyv.store.paths import Root
from pyv.store.programs import Programs, find_programs, scan
from pyv.store.script import quoted, script

_MARK = b"#!/bin/sh\n# pyv shim"
_PYENV_MARK = b'#!/usr/bin/env bash\nset -e\n[ -n "$PYENV_DEBUG" ]'
_PROTOTYPE = ".shim"
_TEMPORARY = ".link.tmp"
_RECORD = ".seen"
_MARGIN = 3_000_000_000
"""Nanoseconds: what happened within them counts as later, whatever the file system rounds times to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehash:
    """What a rehash changed: names of shims."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def rehash(root: Root, python: str) -> Rehash:
    """Make the shims those of what is installed, and the launcher one that starts this pyv on `python`.

    The caller holds the tree lock. Stale files that neither pyv nor pyenv made are left alone.

    Raises:
        StoreError: the shims cannot be written.
    """
    if os.path.isdir(root.shims) and not os.access(root.shims, os.W_OK):
        raise StoreError(f"cannot rehash: {root.shims} isn't writable", hint="change its permissions or its owner")
    for name in (str(root.place), python):
        if not _is_utf8(name):
            raise StoreError(
                f"cannot rehash: the name of {os.fsencode(name)!r} is not UTF-8",
                hint="set PYV_ROOT to a directory with another name",
            )
    make_directory(root.shims)
    if root.has_launcher:
        write_launchers(root, python)
    write_program(root.shims / _PROTOTYPE, shim_text(root))
    with translated("rehash", root.shims):
        os.utime(root.shims)
        begun = os.stat(root.shims).st_mtime_ns  # by the clock of the file system
        before = list(scan(str(root.shims)))  # first: a launcher may meanwhile add a shim, for a program seen below
        found = find_programs(root)
        changed = _synchronise(root.shims, before, found.names)
        _record(root, found, begun)
    return changed


def shim_text(root: Root) -> str:
    """The script, with the root written into it."""
    return script("shim.sh", ROOT=quoted(str(root.place)))


def forget_times(root: Root) -> None:
    """Let the next launcher look at everything: the times of the tree are not those at which it changed."""
    (root.shims / _RECORD).unlink(missing_ok=True)


def shims_name(root: Root) -> bool:
    """Whether all shims are those of this root, none of one it was copied from: a rehash may have been cut short."""
    prototype = root.shims / _PROTOTYPE
    try:
        content, inode = prototype.read_bytes(), prototype.stat().st_ino
        others = [entry for entry in scan(str(root.shims)) if entry.inode() != inode and not entry.name.startswith(".")]
        return names_root("PYV_ROOT", content, root) and all(
            _holds(entry, content) or not _is_shim(entry) for entry in others
        )
    except OSError:
        return False


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _synchronise(shims: Path, before: Iterable[os.DirEntry[str]], names: set[str]) -> Rehash:
    prototype = str(shims / _PROTOTYPE)
    inode = os.stat(prototype).st_ino
    content = Path(prototype).read_bytes()
    missing = set(names)
    removed = []
    for entry in before:
        if entry.name in names:
            if entry.inode() == inode or _holds(entry, content) or entry.is_dir():
                missing.discard(entry.name)
        elif entry.name.endswith(".tmp") and entry.name.startswith("."):
            os.unlink(entry.path)  # left by a rehash that was killed
        elif not entry.name.startswith(".") and (entry.inode() == inode or _is_shim(entry)):
            os.unlink(entry.path)
            removed.append(entry.name)
    for name in missing:
        _place(prototype, content, shims, name)
    return Rehash(written=tuple(sorted(missing)), removed=tuple(sorted(removed)))


def _holds(entry: os.DirEntry[str], content: bytes) -> bool:
    try:
        status = os.lstat(entry.path)
        if status.st_size != len(content) or not status.st_mode & 0o111 or entry.is_symlink():
            return False
        with open(entry.path, "rb") as stream:
            return stream.read() == content
    except OSError:
        return False


def _is_shim(entry: os.DirEntry[str]) -> bool:
    """Whether pyv or pyenv made this file."""
    if not entry.is_file(follow_symlinks=False):
        return False
    with open(entry.path, "rb") as stream:
        return stream.read(256).startswith((_MARK, _PYENV_MARK))


def _place(prototype: str, content: bytes, shims: Path, name: str) -> None:
    """Put one shim in its place, whole: linked beside it, then renamed over whatever was there."""
    temporary = str(shims / _TEMPORARY)
    try:
        os.link(prototype, temporary)
    except OSError:
        # a file system without hard links
        write_text(shims / name, content.decode("utf-8"), mode=0o755, durable=False)
        return
    os.replace(temporary, shims / name)


def _record(root: Root, found: Programs, begun: int) -> None:
    """Write down that everything was looked at, for launchers: they compare times, count, and look at what is listed.

    It is `sh`; lists are paths, one a line. It and the directory bear the time the look began, less a margin: every
    change after that is later. Nothing is recorded where times do not tell everything.
    """
    shims, record = root.shims, root.shims / _RECORD
    record.unlink(missing_ok=True)
    if not root.has_launcher or not found.is_plain or any("\n" in path for path in found.paths + found.others):
        return
    lines = [f"_pyv_count={found.words}"]
    for name, paths in {"_pyv_programs": found.paths, "_pyv_others": found.others}.items():
        lines.append(f"{name}={quoted(chr(10).join(paths))}")
    temporary = shims / f"{_RECORD}.tmp"
    temporary.write_bytes(b"".join(os.fsencode(line) + b"\n" for line in lines))
    times = (begun - _MARGIN, begun - _MARGIN)
    os.utime(temporary, ns=times)
    os.replace(temporary, record)
    try:
        os.utime(shims, ns=times)
    except PermissionError:
        record.unlink()  # somebody else's directory
