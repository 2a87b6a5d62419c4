"""What a directory tree looks like, to be compared before and after."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def shape(top: Path) -> dict[str, tuple[str, bytes]]:
    """Mode and content of everything below a directory, by relative path; a link's content is its target."""
    found = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            content = ("link", os.readlink(path).encode())
        elif stat.S_ISDIR(status.st_mode):
            content = (f"{status.st_mode:o}", b"")
        else:
            content = (f"{status.st_mode:o}", path.read_bytes())
        found[path.relative_to(top).as_posix()] = content
    return found


def state(top: Path) -> dict[str, tuple[object, ...]]:
    """`shape`, and inode, owner and modification time: what must not change when nothing may be touched."""
    found: dict[str, tuple[object, ...]] = {}
    for name, content in shape(top).items():
        status = (top / name).lstat()
        found[name] = (*content, status.st_ino, status.st_uid, status.st_gid, status.st_nlink, status.st_mtime_ns)
    return found
