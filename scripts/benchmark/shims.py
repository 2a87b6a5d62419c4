"""What a shim costs: the same interpreter started directly, through pyv's shim and through pyenv's."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.installers import Job, pyv
from benchmark.machine import said
from benchmark.place import VERSION
from benchmark.process import Command, Contender, run
from benchmark.real_pyenv import NO_PYENV, find_pyenv

DIRECT, OWN, PYENV = "direct exec", "pyv shim", "pyenv shim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shims:
    """An installed interpreter and the ways to it."""

    directory: Path
    """A project whose `.python-version` names the version."""
    root: Path
    """pyv's root."""
    contenders: tuple[Contender, ...]
    pyenv: str
    """Which pyenv, or why there is none."""


def shims(job: Job) -> Shims:
    """Install once with pyv, and let pyenv, where there is one, make shims for the same prefix."""
    run(pyv(job).prepare())
    root, project = job.root / "pyv", job.root / "project"
    project.mkdir()
    (project / ".python-version").write_text(f"{VERSION}\n", encoding="utf-8")
    prefix = root / "versions" / VERSION
    ways = [
        _way(job, DIRECT, prefix / "bin" / "python", project, {}),
        _way(job, OWN, root / "shims" / "python", project, {}),
    ]
    program = find_pyenv()
    if program is not None:
        private = _pyenv_root(program, job.root / "pyenv", prefix)
        ways.append(_way(job, PYENV, private / "shims" / "python", project, {"PYENV_ROOT": str(private)}))
    told = said(program, "--version") if program else f"{NO_PYENV}: left out"
    return Shims(directory=project, root=root, contenders=tuple(ways), pyenv=told)


def _way(job: Job, name: str, program: Path, project: Path, more: Mapping[str, str]) -> Contender:
    environment = job.environment(PATH=f"{program.parent}:/usr/bin:/bin", PWD=str(project), **more)
    command = Command(words=(str(program), "-c", "pass"), environment=environment, directory=project)

    def check() -> None:
        asked = [str(program), "-c", "import platform; print(platform.python_version())"]
        done = subprocess.run(asked, cwd=project, env=environment, capture_output=True, text=True, check=False)
        if done.stdout != f"{VERSION}\n":
            raise BenchError(f"{name} leads elsewhere: {done.stdout}{done.stderr}")

    return Contender(name=name, prepare=lambda: command, check=check)


def _pyenv_root(program: str, root: Path, prefix: Path) -> Path:
    """A root of its own for pyenv, with one version: a link to the prefix."""
    (root / "versions").mkdir(parents=True)
    (root / "versions" / VERSION).symlink_to(prefix)
    own = {"PYENV_ROOT": str(root), "HOME": str(root), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([program, "rehash"], env=own, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"pyenv rehash failed: {done.stderr.strip()}")
    return root
