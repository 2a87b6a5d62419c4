"""Pins: which version names are asked for here, and who asks.

`PYV_VERSION`, then `PYENV_VERSION`, then the first `.python-version` upwards from `PYENV_DIR` and from the working
directory, then the global file, then `system`. A pin replaces every later one whole. The syntax of the files is
pyenv's: the first word of each line, `#` comments, CRLF, several names; lines are read in pieces of 1024
characters, as pyenv does to survive junk. Beyond pyenv, a byte-order mark is dropped and empty names are no names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.store.atomic import translated
from pyv.store.paths import Root

VARIABLES = ("PYV_VERSION", "PYENV_VERSION")
FILE_NAME = ".python-version"
_BOM = b"\xef\xbb\xbf"
_PIECE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The names in force here; no names mean `system`."""

    names: tuple[str, ...]
    kind: str
    """`variable`, `local` or `global`."""
    origin: str
    """Who says so, in pyenv's words: a variable's name and `environment variable`, or a file's path."""
    path: Path | None = None
    ignored: tuple[str, ...] = ()
    """Words of the file that would lead out of the versions tree."""


def find_pin(environment: Environment, root: Root) -> Pin:
    """The pin in force.

    Raises:
        PyvError: `PYENV_DIR` is not a directory.
        StoreError: the file in force cannot be read.
    """
    for variable in VARIABLES:
        names = split_names(environment.variable(variable) or "")
        if names:
            return Pin(names=names, kind="variable", origin=f"{variable} environment variable")
    path = version_file(environment, root)
    names, ignored = read_names(path, root.versions) if path.is_file() else ((), ())
    kind = "global" if path == root.global_pin else "local"
    return Pin(names=names, kind=kind, origin=str(path), path=path, ignored=ignored)


def seen_from(environment: Environment, directory: Path) -> Environment:
    """The environment as it would be with this working directory, whatever `PYENV_DIR` says."""
    variables = {name: value for name, value in environment.vars.items() if name != "PYENV_DIR"}
    return replace(environment, vars=variables, cwd=Path(os.path.normpath(environment.cwd / directory)))


def version_file(environment: Environment, root: Root) -> Path:
    """The file in force, variables left aside; the global one when there is no other, even if it is missing."""
    start = _start(environment)
    found = find_upwards(start)
    if found is None and start != environment.cwd:
        found = find_upwards(environment.cwd)
    return found or root.global_pin


def find_upwards(directory: Path) -> Path | None:
    """The nearest `.python-version` at or above a directory, up to `/`."""
    for candidate in (directory, *directory.parents):
        path = candidate / FILE_NAME
        if path.is_file():
            return path
    return None


def local_names(environment: Environment) -> tuple[str, ...]:
    """What the nearest `.python-version` at or above the working directory pins."""
    path = find_upwards(environment.cwd)
    if path is None:
        return ()
    return read_names(path, Root(environment.root).versions)[0]


def split_names(text: str) -> tuple[str, ...]:
    """The names of a colon-separated list; empty ones are dropped."""
    return tuple(name for name in text.split(":") if name)


def read_names(path: Path, versions: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names a file pins, and the words ignored because they lead out of `versions`.

    Raises:
        StoreError: the file cannot be read.
    """
    with translated("read", path):
        content = path.read_bytes()
    names: list[str] = []
    ignored: list[str] = []
    for line in os.fsdecode(content.removeprefix(_BOM).replace(b"\0", b"")).split("\n"):
        for begin in range(0, len(line), _PIECE):
            word = _first_word(line[begin : begin + _PIECE])
            if is_inside(word, versions):
                names += split_names(word)
            else:
                ignored.append(word)
    return tuple(names), tuple(ignored)


def is_inside(word: str, versions: Path) -> bool:
    """Whether a word is a plain name, or a path to a directory strictly below `versions` (CVE-2022-35861)."""
    if word != ".." and "/" not in word:
        return True
    path = os.path.normpath(f"{versions}/{word}")
    return path.startswith(f"{versions}/") and os.path.isdir(path)


def _first_word(piece: str) -> str:
    for word in piece.replace("\r", " ").replace("\t", " ").split(" "):
        if word:
            return "" if word.startswith("#") else word
    return ""


def _start(environment: Environment) -> Path:
    named = environment.variable("PYENV_DIR")
    if named is None:
        return environment.cwd
    start = Path(os.path.normpath(environment.cwd / named))
    if not start.is_dir():
        raise PyvError(
            f"cannot change working directory to `{named}'",
            hint="unset PYENV_DIR, or set it to a directory that exists",
        )
    return start
