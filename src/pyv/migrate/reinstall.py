"""Packages again, in the twin: the same names and versions, by the twin's own pip.

All at once; where pip refuses that, one by one, so that each that cannot be had is named with pip's reason. Nothing
is resolved (`--no-deps`): the list is whole, as pip had it. A package that is there in any version stays.
pip reads its own settings: `PIP_*` variables and configuration files are the person's and are passed on.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import PyvError
from pyv.migrate.packages import Package, packages_of

_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The packages of one interpreter: what to do about each, decided."""

    name: str
    """The version's name in pyv's tree."""
    prefix: Path
    wanted: tuple[Package, ...]
    left: tuple[Package, ...]
    """Those from no index."""
    present: tuple[tuple[Package, str], ...]
    """Those that are there already, with the version that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of it."""

    move: Move
    installed: tuple[Package, ...]
    failed: tuple[tuple[Package, str], ...]
    """With pip's reason."""

    def to_dict(self) -> dict[str, object]:
        """What became of each package, for `--json`."""
        move = self.move
        return {
            "name": move.name,
            "installed": [package.requirement for package in self.installed],
            "failed": [{"package": package.requirement, "reason": reason} for package, reason in self.failed],
            "left": [{"package": package.name, "origin": package.origin} for package in move.left],
            "present": [{"package": package.requirement, "version": version} for package, version in move.present],
        }


def plan_move(name: str, old: Path, new: Path) -> Move:
    """Compare two prefixes."""
    there = {package.key: package.version for package in packages_of(new)}
    had = packages_of(old)
    return Move(
        name=name,
        prefix=new,
        wanted=tuple(package for package in had if not package.origin and package.key not in there),
        left=tuple(package for package in had if package.origin and package.key not in there),
        present=tuple((package, there[package.key]) for package in had if package.key in there),
    )


def carry_out(move: Move, variables: Mapping[str, str], step: Callable[[str], None]) -> Moved:
    """Let pip install what is wanted.

    Raises:
        PyvError: the interpreter cannot be run, or has no pip.
    """
    if not move.wanted:
        return Moved(move=move, installed=(), failed=())
    step(f"pip installs {len(move.wanted)} package{'s' if len(move.wanted) > 1 else ''}")
    if _pip(move, move.wanted, variables) is None:
        return Moved(move=move, installed=move.wanted, failed=())
    step("pip refused them together: one by one")
    ended = [(package, _pip(move, [package], variables)) for package in move.wanted]
    return Moved(
        move=move,
        installed=tuple(package for package, reason in ended if reason is None),
        failed=tuple((package, reason) for package, reason in ended if reason is not None),
    )


def _pip(move: Move, packages: Iterable[Package], variables: Mapping[str, str]) -> str | None:
    """Run pip; its reason where it failed."""
    python = move.prefix / "bin" / "python"
    with tempfile.NamedTemporaryFile("w", prefix="pyv-", suffix=".txt", encoding="utf-8") as requirements:
        requirements.write("".join(f"{package.requirement}\n" for package in packages))
        requirements.flush()
        options = ["--no-input", "--disable-pip-version-check", "--no-deps"]
        command = [str(python), "-I", "-m", "pip", "install", *options, "-r", requirements.name]
        try:
            run = subprocess.run(
                command,
                env={name: value for name, value in variables.items() if not name.startswith("PYTHON")},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            raise PyvError(f"cannot execute {python}: {reason}", hint=f"pyv verify {move.name}") from fault
    if run.returncode == 0:
        return None
    lines = [line.strip() for line in (run.stderr + run.stdout).splitlines() if line.strip()]
    if any("No module named pip" in line for line in lines):
        raise PyvError(f"{move.name} has no pip", hint=f"{python} -m ensurepip, then again")
    told = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")] or lines[-1:]
    return "; ".join(dict.fromkeys(told[-_LINES:])) or f"pip ended with status {run.returncode}"
