"""How VS Code finds interpreters: a model of the rules of its locator (python-environment-tools), for pyenv and for PATH.

Written from those rules, not from pyv: where they change, this changes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PURE = re.compile(r"\d+\.\d+\.\d+")
_DEVELOPMENT = re.compile(r"\d+\.\d+-.*")
_BEFORE_RELEASE = re.compile(r"\d+\.\d+.\d+\w\d+")
_HEADER = re.compile(r'#define\s+PY_VERSION\s+"([^"]*)"')
_PYTHON = re.compile(r"python(\d+\.?)*")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An entry of the list a person chooses from."""

    kind: str
    executable: Path
    version: str | None
    manager: Path | None


def pyenv_environments(variables: Mapping[str, str]) -> list[Environment]:
    """What it lists for pyenv; variables are those of the editor's process, which may know nothing of a shell."""
    versions, manager = _places(variables)
    found = []
    for entry in sorted(versions.iterdir()) if versions else []:
        python = next(
            (entry / "bin" / name for name in ("python", "python3") if (entry / "bin" / name).is_file()), None
        )
        if python is not None and not (entry / "conda-meta").is_dir():
            is_virtual = (entry / "pyvenv.cfg").is_file()
            found.append(
                Environment(
                    kind="PyenvVirtualEnv" if is_virtual else "Pyenv",
                    executable=python,
                    version=_version(entry),
                    manager=manager,
                )
            )
    return found


def _places(variables: Mapping[str, str]) -> tuple[Path | None, Path | None]:
    """The versions directory and pyenv itself; the default in the home serves for whichever is missing."""
    named = variables.get("PYENV_ROOT") or variables.get("PYENV")
    roots = [Path(named)] if named else []
    roots.append(Path(variables["HOME"]) / ".pyenv")
    programs = [Path(entry) / "pyenv" for entry in variables["PATH"].split(":")]
    programs += [root / "bin" / "pyenv" for root in roots]
    versions = next((root / "versions" for root in roots if (root / "versions").exists()), None)
    return versions, next((program for program in programs if program.is_file()), None)


def _version(prefix: Path) -> str | None:
    """What the C headers say, else what the name of the directory does."""
    include = prefix / "include"
    headers = [include / "patchlevel.h"]
    if include.is_dir():
        headers += [entry / "patchlevel.h" for entry in include.iterdir() if entry.is_dir() and not entry.is_symlink()]
    for header in headers:
        if header.is_file() and (said := _HEADER.search(header.read_text())):
            return said[1]
    name = prefix.name
    if _PURE.fullmatch(name) or _DEVELOPMENT.fullmatch(name):
        return name
    begins = _BEFORE_RELEASE.match(name)
    return begins[0] if begins else None


def programs_it_runs(variables: Mapping[str, str]) -> list[Path]:
    """What it starts to ask for their versions, as it goes along PATH: never pyenv's shims, if it knows them for that."""
    found: list[Path] = []
    for directory in dict.fromkeys(map(Path, variables["PATH"].split(":"))):
        if directory.name == "shims" and "pyenv" in directory.parent.name.lower():
            continue
        if any((directory / name).exists() for name in ("python", "python3")) or directory.name == "bin":
            names = sorted(os.listdir(directory)) if directory.is_dir() else []
            found += [directory / name for name in names if _PYTHON.fullmatch(name) and (directory / name).is_file()]
    return found
