"""A root with fake interpreters, and pyv and its shims run in it with a controlled environment.

Every fake program prints its own path, `PYENV_VERSION` and its arguments, one a line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyv
from pyv.environment import Environment
from pyv.store.paths import Root
from pyv.store.shims import rehash
from tests.support import forked

SOURCE = str(Path(pyv.__file__).resolve().parents[1])
PROGRAM = '#!/bin/sh\necho "$0"\necho "$PYENV_VERSION"\nfor each do echo "<$each>"; done\n'


def write_program(path: Path, text: str = PROGRAM) -> Path:
    """Write an executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a process left behind."""

    out: str
    err: str
    code: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Tree:
    """`root` (versions, shims), `home`, `project` (where commands run) and `system` (the end of PATH)."""

    def __init__(self, base: Path, root: str = "root") -> None:
        self.base = base.resolve()
        self.root = Root(self.base / root)
        self.home, self.project, self.system = (self.base / name for name in ("home", "work/project", "system"))
        for directory in (self.root.versions, self.home, self.project, self.system):
            directory.mkdir(parents=True)

    def install(self, name: str, *programs: str) -> Path:
        """A version with programs (`python` and `python3` by default); its directory."""
        prefix = self.root.versions / name
        (prefix / "bin").mkdir(parents=True)
        for program in programs or ("python", "python3"):
            write_program(prefix / "bin" / program)
        return prefix

    def alias(self, name: str, target: str) -> None:
        """A managed alias."""
        (self.root.versions / name).symlink_to(target)
        with self.root.aliases.open("a", encoding="utf-8") as stream:
            stream.write(f"{name} {target}\n")

    def pin(self, text: str, directory: Path | None = None) -> Path:
        """Write `.python-version`."""
        path = (directory or self.project) / ".python-version"
        path.write_bytes(os.fsencode(text))
        return path

    def rehash(self) -> None:
        """Write shims and launcher for what is installed."""
        rehash(self.root, sys.executable)

    def binary(self, version: str, program: str = "python3") -> str:
        """The path of a version's program."""
        return f"{self.root.versions}/{version}/bin/{program}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every process."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.root.shims}:{self.system}",
            "PYV_ROOT": str(self.root.path),
            "PYTHONPATH": SOURCE,
            "LC_ALL": "C.UTF-8",
        }

    def environment(self, **variables: str) -> Environment:
        """The same as a value."""
        return Environment(vars={**self.variables, **variables}, cwd=self.project, home=self.home)

    def run(self, line: list[str], cwd: Path | None = None, /, **variables: str) -> Ran:
        """Run a program."""
        done = subprocess.run(
            line,
            cwd=cwd or self.project,
            env={**self.variables, **variables},
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        return Ran(out=os.fsdecode(done.stdout), err=os.fsdecode(done.stderr), code=done.returncode)

    def pyv(self, *arguments: str, **variables: str) -> Ran:
        """Run `python -m pyv`: forked from a process that has loaded pyv, where that is the same."""
        if not forked.suits(variables):
            return self.run([sys.executable, "-m", "pyv", *arguments], None, **variables)
        code, out, err = forked.run(arguments, variables={**self.variables, **variables}, cwd=self.project, stdin=b"")
        return Ran(out=os.fsdecode(out), err=os.fsdecode(err), code=code)

    def shim(self, program: str, *arguments: str, shell: Sequence[str] = (), **variables: str) -> Ran:
        """Run a shim, by the kernel or by the shell given."""
        return self.run([*shell, f"{self.root.shims}/{program}", *arguments], None, **variables)


def shells(directory: Path) -> dict[str, list[str]]:
    """How to run a script with each POSIX shell of this machine, `sh` first; zsh is called `sh`, to behave like it."""
    found = {"sh": ["/bin/sh"]}
    for name in ("dash", "bash", "busybox", "zsh", "ksh", "mksh"):
        path = shutil.which(name)
        if path is None:
            continue
        if name == "busybox":
            found[name] = [path, "sh"]
            continue
        link = directory / name / "sh"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
        found[name] = [str(link)]
    return found
