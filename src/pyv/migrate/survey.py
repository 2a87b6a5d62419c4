"""One walk over people's directories: the files that pin a version, and the virtual environments.

No link is followed; version control, `node_modules`, the trees of interpreters themselves and what is inside a
virtual environment are passed over. A directory that cannot be read is named, not skipped in silence.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import RequestError, StoreError
from pyv.selection.pins import FILE_NAME, read_names

_PASSED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PinFile:
    """A file that pins versions."""

    path: Path
    names: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """The file for `--json`."""
        return {"path": str(self.path), "names": list(self.names)}


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualEnvironment:
    """A virtual environment, and the `bin` of the interpreter it was made with."""

    path: Path
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found."""

    pins: tuple[PinFile, ...]
    environments: tuple[VirtualEnvironment, ...]
    unread: tuple[str, ...]
    """Directories and files that could not be read."""


def survey(directories: Sequence[Path], versions: Path, trees: Iterable[Path]) -> Survey:
    """Walk directories, around the trees of interpreters; a pin's words are judged by what lies in `versions`.

    Raises:
        RequestError: one of the directories is none.
    """
    avoided = [os.path.realpath(tree) for tree in trees]
    pins: dict[str, PinFile] = {}
    environments: dict[str, VirtualEnvironment] = {}
    unread: list[str] = []
    for directory in directories:
        if not directory.is_dir():
            raise RequestError(f"{directory} is not a directory", hint="name the directories your projects are in")
        for parent, names, files in os.walk(directory, onerror=lambda fault: unread.append(str(fault.filename))):
            if os.path.realpath(parent) in avoided:
                names.clear()
                continue
            names[:] = sorted(name for name in names if name not in _PASSED)
            if FILE_NAME in files and os.path.isfile(os.path.join(parent, FILE_NAME)):
                path = Path(parent, FILE_NAME)
                try:
                    pins.setdefault(os.path.realpath(path), read_pin(path, versions))
                except StoreError:
                    unread.append(str(path))
            if "pyvenv.cfg" in files:
                names.clear()
                found = read_environment(Path(parent))
                if found is not None:
                    environments.setdefault(os.path.realpath(parent), found)
    return Survey(pins=tuple(pins.values()), environments=tuple(environments.values()), unread=tuple(unread))


def read_pin(path: Path, versions: Path) -> PinFile:
    """The names a file pins, as pyenv reads it.

    Raises:
        StoreError: it cannot be read.
    """
    return PinFile(path=path, names=read_names(path, versions)[0])


def read_environment(path: Path) -> VirtualEnvironment | None:
    """A virtual environment; None where the directory is none, or its `pyvenv.cfg` names no home."""
    try:
        lines = (path / "pyvenv.cfg").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip().lower() == "home":
            return VirtualEnvironment(path=path, home=value.strip())
    return None
