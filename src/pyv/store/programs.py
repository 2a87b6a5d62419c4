"""The programs of every installed version: what there is to be a shim for, and what a later look need not look at."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyv.store.atomic import store_error
from pyv.store.paths import Root

_NAME = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9_+.-]*", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Programs:
    """What is in `versions/*/bin` and `versions/*/envs/*/bin`."""

    names: set[str] = field(default_factory=set)
    """A program is an executable regular file, or a link to one, whose name is made of letters, digits and `_+.-`."""
    paths: list[str] = field(default_factory=list)
    """One program of each name."""
    others: list[str] = field(default_factory=list)
    """Paths that are no programs, and would be with another mode or another target."""
    is_plain: bool = True
    """Whether the times of directories tell all other changes: nothing is hidden, and no link leads out of the tree."""
    counts: list[int] = field(default_factory=lambda: [0, 0])
    """How many entries `versions/*/bin/*` and `versions/*/envs/*/bin/*` mean to a shell, aliases included."""

    @property
    def words(self) -> int:
        """How many words a shell makes of the two patterns: one that means nothing stays as it is."""
        return sum(max(1, count) for count in self.counts)


def find_programs(root: Root) -> Programs:
    """Look at the tree.

    Raises:
        StoreError: a directory cannot be read.
    """
    found = Programs()
    for version in scan(str(root.versions)):
        is_directory = _is_directory(version)
        if version.name.startswith(".") or not is_directory:
            found.is_plain = False
        if not is_directory:
            continue
        is_known = _leads_to_sibling(version)
        found.is_plain = found.is_plain and (is_known or _stays(version, root))
        found.counts[0] += _look(version.path, found, is_known)
        for environment in scan(f"{version.path}/envs"):
            if environment.name.startswith(".") or environment.is_symlink():
                found.is_plain = False
            found.counts[1] += _look(environment.path, found, is_known)
    return found


def _look(directory: str, found: Programs, is_known: bool) -> int:
    """Look at one `bin`, unless it `is_known` by another name; how many of its entries are not hidden."""
    binaries = f"{directory}/bin"
    if os.path.islink(binaries):
        found.is_plain = False
    try:
        names = os.listdir(binaries)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as fault:
        raise store_error("read", binaries, fault) from fault
    for name in names if not is_known else ():
        if name not in found.names and _NAME.fullmatch(name):
            path = f"{binaries}/{name}"
            if _is_executable(path):
                found.names.add(name)
                found.paths.append(path)
            elif not os.path.isdir(path):
                found.others.append(path)
    return sum(not name.startswith(".") for name in names)


def scan(directory: str) -> Iterator[os.DirEntry[str]]:
    """The entries of a directory; none where there is no such directory.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with os.scandir(directory) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as fault:
        raise store_error("read", directory, fault) from fault


def _leads_to_sibling(version: os.DirEntry[str]) -> bool:
    """Whether this is a link to another name in the tree (an alias), which is scanned anyway."""
    return version.is_symlink() and "/" not in os.readlink(version.path)


def _stays(version: os.DirEntry[str], root: Root) -> bool:
    """Whether a version lies in the root, no link between."""
    return not version.is_symlink() or os.readlink(version.path).startswith(("../store/", f"{root.versions}/"))


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link in a circle


def _is_executable(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False  # a link that leads nowhere, or in a circle
    return stat.S_ISREG(mode) and bool(mode & 0o111)
