"""What installations are written to: a tmpfs, where only the program counts, and a disk.

Runs on a disk are emptied and set aside, and removed when everything is over. ext4 passes over inodes that were freed
in the last minute, one by one, so removing a tree at once would make the next run pay for it, many times over.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmark.machine import file_system

_MEMORY = Path("/dev/shm")
"""The one directory that is a tmpfs on every Linux."""

_REST = 65.0
"""Seconds until ext4 uses inodes again that were freed: a minute, once they are on the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One directory that runs may fill."""

    path: Path
    kind: str
    """The type of its file system."""
    on_disk: bool

    @property
    def name(self) -> str:
        return f"disk ({self.kind})" if self.on_disk else self.kind

    @property
    def root(self) -> Path:
        """Where a run installs."""
        return self.path / "root"

    def settle(self) -> None:
        """What was written before reaches the disk before."""
        if self.on_disk:
            os.sync()
            time.sleep(0.1)

    def make_way(self) -> None:
        """Take away what a run left."""
        if not self.root.exists():
            return
        if self.on_disk:
            emptied(self.root)
            os.rename(self.root, self.path / f"done-{time.monotonic_ns()}")
        else:
            shutil.rmtree(self.root)

    def clear(self) -> None:
        """Remove everything."""
        if self.on_disk and self.path.is_dir() and any(self.path.iterdir()):
            note_removal(self.path.parent)
        shutil.rmtree(self.path, ignore_errors=True)


def emptied(root: Path) -> None:
    """Give the space of a tree back and keep its inodes; files with other names elsewhere lose only this name."""
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            state = os.lstat(path)
            if not stat.S_ISREG(state.st_mode):
                continue
            if state.st_nlink > 1:
                os.unlink(path)
            else:
                with suppress(PermissionError):
                    os.truncate(path, 0)


def grounds(work: Path) -> list[Ground]:
    """Memory first, where there is a tmpfs to write to; then the disk the work directory lies on."""
    disk = work / "runs"
    disk.mkdir(parents=True, exist_ok=True)
    found = [Ground(path=disk, kind=file_system(disk), on_disk=True)]
    if file_system(_MEMORY) == "tmpfs" and os.access(_MEMORY, os.W_OK):
        memory = _MEMORY / f"pyv-bench-{os.getuid()}"
        memory.mkdir(exist_ok=True)
        found.insert(0, Ground(path=memory, kind="tmpfs", on_disk=False))
    return found


def note_removal(work: Path) -> None:
    """Remember that a large tree below `work` is being removed now."""
    (work / "removed").touch()


def rest(work: Path) -> None:
    """Wait until what was removed lately disturbs no longer."""
    try:
        left = _REST - (time.time() - (work / "removed").stat().st_mtime)
    except FileNotFoundError:
        return
    if left > 0:
        os.sync()
        print(f"bench: waiting {left:.0f} s: the disk still remembers removed files", file=sys.stderr)
        time.sleep(left)
