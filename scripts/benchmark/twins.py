"""Two roots with the same tree, one pyv's and one pyenv's: many versions with many programs each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.ground import Ground
from benchmark.place import Place
from benchmark.process import Command

MINORS = ("3.9", "3.10", "3.11", "3.12", "3.13")
PATCHES = range(3, 11)
NAMES = 60
EXACT, MINOR = "3.12.7", "3.12"
NEWEST = f"{MINOR}.{PATCHES[-1]}"
EXTRA = "extra-"
_HOUR = 3600
_TOOL = "#!/bin/sh\nexit 0\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to run a command: a program, the PATH it is found on, the variable that names its root."""

    name: str
    program: str
    root: Path
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """The roots, and who asks them."""

    ground: Ground
    place: Place
    pyenv: str
    """The real pyenv's program."""

    @property
    def own(self) -> Path:
        """pyv's root."""
        return self.ground.root / "pyv"

    @property
    def other(self) -> Path:
        """pyenv's root."""
        return self.ground.root / "pyenv"

    @property
    def by_pyenv(self) -> Way:
        return Way(name="pyenv", program=self.pyenv, root=self.other, variables=self._variables(PYENV_ROOT=self.other))

    @property
    def by_launcher(self) -> Way:
        """`bin/pyv`, which needs no variable."""
        return Way(name="bin/pyv", program=f"{self.own}/bin/pyv", root=self.own, variables=self._variables())

    @property
    def by_script(self) -> Way:
        """What pip or uv put on PATH."""
        return Way(
            name="console script", program=self.place.pyv, root=self.own, variables=self._variables(PYV_ROOT=self.own)
        )

    def project(self, pin: str) -> Path:
        """A directory with this pin."""
        return self.ground.root / f"pinned-{pin}"

    def _variables(self, **roots: Path) -> dict[str, str]:
        named = {variable: str(root) for variable, root in roots.items()}
        return {"HOME": str(self.ground.root / "home"), "LANG": "C.UTF-8", **named}

    def command(self, way: Way, *words: str, pin: str = EXACT, program: str | None = None) -> Command:
        """Run this with the program's directory on PATH, as a start-up file puts it there."""
        directory = self.project(pin)
        path = f"{os.path.dirname(way.program)}:/usr/bin:/bin"
        environment = {**way.variables, "PATH": path, "PWD": str(directory)}
        return Command(words=(program or way.program, *words), environment=environment, directory=directory)


def twins(place: Place, ground: Ground, pyenv: str) -> Twins:
    """Make both trees and their shims."""
    made = Twins(ground=ground, place=place, pyenv=pyenv)
    ground.make_way()
    for pin in (EXACT, MINOR):
        made.project(pin).mkdir(parents=True)
        (made.project(pin) / ".python-version").write_text(f"{pin}\n", encoding="utf-8")
    (ground.root / "home").mkdir()
    for minor in MINORS:
        for patch in PATCHES:
            _version(made.own / "versions" / f"{minor}.{patch}", minor)
    _age(made.own / "versions")
    shutil.copytree(made.own, made.other, symlinks=True)
    for way in (made.by_pyenv, made.by_script):
        said(made.command(way, "rehash"))
    return made


def _version(prefix: Path, minor: str) -> None:
    """A version of long ago: the interpreter is this one, the other programs are scripts."""
    binaries = prefix / "bin"
    binaries.mkdir(parents=True)
    for name in ("python", "python3", f"python{minor}"):
        (binaries / name).symlink_to(os.path.realpath(sys.executable))
    own = [f"{stem}{end}" for stem in ("pip", "idle", "pydoc", "2to3") for end in ("", "3", minor, f"-{minor}")]
    others = [*own, f"python{minor}-config", *(f"tool-{number}" for number in range(NAMES))]
    for name in others[: NAMES - 3]:
        (binaries / name).write_text(_TOOL, encoding="utf-8")
        (binaries / name).chmod(0o755)
    for directory in (binaries, prefix):
        _age(directory)


def _age(directory: Path) -> None:
    then = directory.stat().st_mtime - _HOUR
    os.utime(directory, (then, then))


def add_program(root: Path, name: str) -> None:
    """One more program in one of the versions."""
    path = root / "versions" / EXACT / "bin" / name
    path.write_text(_TOOL, encoding="utf-8")
    path.chmod(0o755)


def remove_programs(root: Path, names: Iterable[str]) -> None:
    """Take programs out again."""
    for name in names:
        (root / "versions" / EXACT / "bin" / name).unlink()


def remove_shims(root: Path) -> None:
    """Leave no shim."""
    for entry in list(os.scandir(root / "shims")):
        os.unlink(entry.path)


def said(command: Command) -> str:
    """What a command prints.

    Raises:
        BenchError: it fails.
    """
    done = subprocess.run(
        command.words,
        env=dict(command.environment),
        cwd=command.directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{' '.join(command.words)}: exit status {done.returncode}\n{done.stderr.strip()}")
    return done.stdout
