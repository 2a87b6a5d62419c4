"""What another tool has installed, as one frozen value; read from its tree, into which nothing is ever written.

An entry is an `interpreter`, an `alias` (a link to another name of the tree), an `environment` (virtualenv or conda's,
in an interpreter or beside it), or `broken`: a link that leads nowhere, a directory without a Python.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import RequestError
from pyv.store.paths import Root

_CPYTHON = re.compile(r"(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)(t?)(-debug)?", re.ASCII)
_FAMILY = re.compile(r"([A-Za-z][A-Za-z_]*)\d?[-.0-9]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name of the other tool's tree."""

    name: str
    path: Path
    kind: str
    """`interpreter`, `alias`, `environment` or `broken`."""
    family: str = ""
    """Of an interpreter: `cpython`, `pypy`, `miniconda`, …; empty where its name does not say."""
    here: str = ""
    """The name it answers to in pyv's tree; empty where it cannot have one."""
    request: str = ""
    """What `pyv install` is asked for its twin; empty where there can be none."""
    target: str = ""
    """The name an alias leads to."""
    cause: str = ""
    """Why it is broken, or cannot have a twin or a name."""

    def to_dict(self) -> dict[str, object]:
        """The entry for `--json`."""
        told: dict[str, object] = {"name": self.name, "path": str(self.path), "kind": self.kind}
        if self.kind == "interpreter":
            told["family"] = self.family or None
        if self.kind == "alias":
            told["target"] = self.target
        if self.cause:
            told["cause"] = self.cause
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """One tree of another tool."""

    tool: str
    """`pyenv` or `uv`."""
    place: Path
    """Its root."""
    versions: Path
    """Where its interpreters lie."""
    is_own: bool = False
    """Whether that is pyv's own tree."""
    global_pin: Path
    """The file with its global version, whether or not it is there."""
    entries: tuple[Entry, ...] = ()

    def of(self, *kinds: str) -> list[Entry]:
        """The entries of some kinds."""
        return [entry for entry in self.entries if entry.kind in kinds]

    def only(self, names: tuple[str, ...]) -> tuple[Entry, ...]:
        """The entries of these names, there or here; all of them where none is named.

        Raises:
            RequestError: a name is none of the tree's.
        """
        for name in names:
            if not any(name in {entry.name, entry.here} for entry in self.entries):
                raise RequestError(
                    f"{self.tool} has no `{name}` in {self.versions}", hint=f"pyv migrate {self.tool} lists what it has"
                )
        return tuple(entry for entry in self.entries if not names or {entry.name, entry.here} & set(names))


def refuse_own(inventory: Inventory, root: Root) -> None:
    """Nothing of pyv's own tree is linked into it, or replaced in it.

    Raises:
        RequestError: the two roots are one.
    """
    if inventory.is_own:
        raise RequestError(
            f"{inventory.tool}'s root is pyv's own, {root.path}: its versions answer already, and stay as they are",
            hint="to move to prebuilt twins, give pyv another root (PYV_ROOT) and use --from",
        )


def twin_request(name: str) -> str:
    """What to ask for the prebuilt twin of a version pyenv calls so; empty where the name is not CPython's."""
    match = _CPYTHON.fullmatch(name)
    return "" if match is None else match[1] + ("t" if match[2] else "") + ("d" if match[3] else "")


def family_of(name: str) -> str:
    """Which Python a directory name means; empty where it does not say."""
    if _CPYTHON.fullmatch(name):
        return "cpython"
    match = _FAMILY.match(name)
    return match[1].lower().rstrip("_") if match else ""


def has_python(prefix: Path) -> bool:
    """Whether there is an interpreter in a prefix."""
    return any(os.path.isfile(prefix / "bin" / name) for name in ("python", "python3", "python2"))


def is_environment(prefix: Path) -> bool:
    """Whether a prefix is a virtual environment, or one of conda's inside a conda."""
    return (prefix / "pyvenv.cfg").is_file()
