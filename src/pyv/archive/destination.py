"""A fresh directory that is filled by descriptor: no path is ever resolved by the kernel, no link ever followed.

Every component is opened with O_NOFOLLOW below the descriptor of its parent, every file is created with O_EXCL.
Modes are 0755 and 0644 whatever the umask, the parent's setgid bit or a default ACL say.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyv.archive.removal import DIRECTORY_FLAGS, remove_tree

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_EXECUTABLE, _PLAIN = 0o755, 0o644
_PROBE, _PROBED_AS = ".pyv-Probe", ".PYV-pROBE"


@contextmanager
def fresh(path: Path) -> Iterator[Destination]:
    """Create a directory to be filled; it is removed again when the block fails.

    Raises:
        OSError: there is something already, or it cannot be created.
    """
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.mkdir(path.name, _EXECUTABLE, dir_fd=parent)
        try:
            destination = Destination(os.open(path.name, DIRECTORY_FLAGS, dir_fd=parent))
            try:
                destination.probe()
                yield destination
            finally:
                destination.close()
        except BaseException:
            with suppress(OSError):  # the fault that led here is the one to tell; the store sweeps what is left
                remove_tree(parent, path.name)
            raise
    finally:
        os.close(parent)


class Destination:
    """The directory being filled.

    Paths are relative to it and checked by `pyv.archive.members`; parents come into being as they are needed.
    """

    def __init__(self, descriptor: int) -> None:
        self._open = [descriptor]
        """Descriptors from the destination down to the current directory."""
        self._current: list[str] = []
        self._current_path = ""
        self._made: set[str] = set()
        self._modes_are_exact = False
        self.case_sensitive = True

    def write(self, path: str, parts: Iterable[memoryview], *, executable: bool) -> None:
        """Create a file.

        Raises:
            OSError: it cannot be created or written.
        """
        parent, name = self._enter(path)
        mode = _EXECUTABLE if executable else _PLAIN
        descriptor = os.open(name, _CREATE, mode, dir_fd=parent)
        try:
            if not self._modes_are_exact:
                os.fchmod(descriptor, mode)
            for part in parts:
                written = os.write(descriptor, part)
                while written < len(part):
                    written += os.write(descriptor, part[written:])
        finally:
            os.close(descriptor)

    def hard_link(self, path: str, existing: str) -> None:
        """Make `path` another name of a file written before.

        Raises:
            OSError: it cannot be made.
        """
        source_parent, source = self._enter(existing)
        source_parent = os.dup(source_parent)
        try:
            parent, name = self._enter(path)
            os.link(source, name, src_dir_fd=source_parent, dst_dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(source_parent)

    def symlink(self, path: str, target: str) -> None:
        """Make a symlink; the last thing to be made, since nothing may be written through one.

        Raises:
            OSError: it cannot be made.
        """
        parent, name = self._enter(path)
        os.symlink(target, name, dir_fd=parent)

    def directory(self, path: str) -> None:
        """Make a directory, unless it is there.

        Raises:
            OSError: it cannot be made.
        """
        self._enter(f"{path}/")

    def _enter(self, path: str) -> tuple[int, str]:
        """The descriptor of the directory a path lies in, and its last component."""
        directory, _, name = path.rpartition("/")
        if directory != self._current_path:
            wanted = directory.split("/") if directory else []
            shared = 0
            for here, there in zip(self._current, wanted):  # noqa: B905 - strict= would refuse what is meant here
                if here != there:
                    break
                shared += 1
            while len(self._current) > shared:
                self._current.pop()
                os.close(self._open.pop())
            for component in wanted[shared:]:
                self._descend(component)
            self._current_path = directory
        return self._open[-1], name

    def _descend(self, component: str) -> None:
        below = "/".join([*self._current, component])
        self._current_path = "/"  # no path is this: a failure half-way leaves no stale answer
        parent, new = self._open[-1], below not in self._made
        if new:
            os.mkdir(component, _EXECUTABLE, dir_fd=parent)
            self._made.add(below)
        self._open.append(os.open(component, DIRECTORY_FLAGS, dir_fd=parent))
        self._current.append(component)
        if new and not self._modes_are_exact:
            os.fchmod(self._open[-1], _EXECUTABLE)

    def probe(self) -> None:
        """Learn what modes come out as, and whether names that differ in case are two."""
        here = self._open[0]
        descriptor = os.open(_PROBE, _CREATE, _EXECUTABLE, dir_fd=here)
        try:
            modes = {stat.S_IMODE(os.fstat(each).st_mode) for each in (descriptor, here)}
        finally:
            os.close(descriptor)
        self._modes_are_exact = modes == {_EXECUTABLE}
        if not self._modes_are_exact:
            os.fchmod(here, _EXECUTABLE)
        self.case_sensitive = not _exists(_PROBED_AS, here)
        os.unlink(_PROBE, dir_fd=here)

    def close(self) -> None:
        """Let go of every descriptor."""
        while self._open:
            os.close(self._open.pop())


def _exists(name: str, parent: int) -> bool:
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
