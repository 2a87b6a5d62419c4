"""Which file a command is: the first selected version that has it, the system last.

The system's PATH leaves out the shims, and those directories a shim has already come through in this process: a
shim linked elsewhere on PATH, or another version manager's shims, would otherwise call each other for ever. That
list travels in `_PYV_GUARD` as `PID:PROGRAM=DIRECTORY:…` and counts only while the process is the same, which is
as long as programs replace each other by `exec`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pyv.environment import Environment
from pyv.errors import NotInstalledError
from pyv.selection.installed import Installed
from pyv.selection.select import SYSTEM, Selection

GUARD = "_PYV_GUARD"


class StrictSelectionError(NotInstalledError):
    """A selected version is missing, and nothing else may answer in its place."""

    exit_code = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A program: its path, and the version it is part of (`system` for the rest of PATH)."""

    path: str
    version: str

    @property
    def directory(self) -> str:
        """Where the program lies."""
        return os.path.dirname(self.path)


def is_strict(environment: Environment) -> bool:
    """Whether `PYV_STRICT` asks that a missing version be an error."""
    return environment.variable("PYV_STRICT") not in {None, "0"}


def require_all(selection: Selection) -> None:
    """Refuse a selection with a missing version.

    Raises:
        StrictSelectionError: naming the version, who asked for it, and what installs it.
    """
    missing = selection.missing
    if missing:
        import shlex  # noqa: PLC0415 (rare)

        raise StrictSelectionError(
            f"version `{missing[0].kept}' is not installed (set by {selection.pin.origin})",
            hint=f"pyv install {shlex.join(choice.kept for choice in missing)}",
            version=missing[0].kept,
            origin=selection.pin.origin,
        )


def find_program(
    command: str, selection: Selection, installed: Installed, environment: Environment, *, system: bool = True
) -> Found | None:
    """The program a command means here; None where no selected version and no directory of PATH has it."""
    if "/" in command:
        return Found(path=command, version=SYSTEM) if system and is_program(command, environment) else None
    tried_system = False
    for name in [*selection.names, *([SYSTEM] if system else [])]:
        if name != SYSTEM:
            path = f"{installed.binaries(name)}/{command}"
            if is_program(path, environment):
                return Found(path=path, version=name)
        elif not tried_system:
            tried_system = True
            found = system_program(command, installed, environment)
            if found is not None:
                return Found(path=found, version=SYSTEM)
    return None


def system_program(command: str, installed: Installed, environment: Environment) -> str | None:
    """The program on PATH without the shims."""
    search = environment.variable("PATH")
    if search is None or not command:
        return None
    shims = str(installed.root.shims)
    skipped = {shims, f"{shims}/", *guarded_directories(command, environment)}
    for directory in search.split(":"):
        place = _expanded(directory, environment)
        path = f"{place}/{command}"
        if place not in skipped and is_program(path, environment):
            return path
    return None


def is_program(path: str, environment: Environment) -> bool:
    """Whether a path is a regular file that may be executed."""
    absolute = os.path.join(environment.cwd, path)
    return os.path.isfile(absolute) and os.access(absolute, os.X_OK)


def holders(command: str, installed: Installed) -> list[str]:
    """The installed versions, environments included, that have a command; managed aliases are left out."""
    if "/" in command:
        return []
    names = [each for name in installed.names() for each in (name, *installed.environments(name))]
    return [name for name in names if _is_executable(f"{installed.binaries(name)}/{command}")]


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def guarded_directories(command: str, environment: Environment) -> list[str]:
    """Where a shim of this command has been before, in this very process."""
    pid, *entries = environment.vars.get(GUARD, "").split(":")
    if pid != str(os.getpid()):
        return []
    pairs = (entry.partition("=") for entry in entries)
    return [directory for program, _, directory in pairs if program == command]


def guard_entries(command: str, found: Found, environment: Environment) -> list[str]:
    """What `_PYV_GUARD` holds behind the process id when a program of the system starts."""
    pid, *entries = environment.vars.get(GUARD, "").split(":")
    kept = entries if pid == str(os.getpid()) else []
    return [*kept, f"{command}={found.directory}"] if os.path.basename(found.directory) == "shims" else kept


def _expanded(directory: str, environment: Environment) -> str:
    if directory == "~" or directory.startswith("~/"):
        return f"{environment.home}{directory[1:]}"
    return directory or "."
