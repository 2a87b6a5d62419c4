"""How PyCharm finds pyenv's interpreters: a model of its rules, written from them, not from pyv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(r"(python|pypy|jython)(\d+(\.\d+)*t?)?")


def root(variables: Mapping[str, str]) -> Path:
    """The root: of the variable, else of the home; an IDE started from a desktop has no variable."""
    return Path(variables.get("PYENV_ROOT") or f"{variables['HOME']}/.pyenv")


def interpreters(variables: Mapping[str, str]) -> list[Path]:
    """What it offers: of each version, the file with the shortest name that looks like an interpreter."""
    versions = root(variables) / "versions"
    found = []
    for entry in sorted(versions.iterdir()) if versions.is_dir() else []:
        for directory in (entry / "bin", entry / "Scripts", entry):
            named = [path for path in directory.iterdir() if _is_interpreter(path)] if directory.is_dir() else []
            if named:
                found.append(min(named, key=lambda path: (len(path.name), path.name)))
                break
    return found


def _is_interpreter(path: Path) -> bool:
    return path.is_file() and _NAME.fullmatch(path.name.lower()) is not None


def takes_for_pyenv(interpreter: Path, variables: Mapping[str, str]) -> bool:
    """Whether it says pyenv beside an interpreter: where the file it leads to lies below the root."""
    real = interpreter.resolve() if interpreter.is_symlink() else interpreter
    return real.is_relative_to(root(variables).resolve())
