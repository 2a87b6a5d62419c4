"""What it takes to start: time, modules, system calls."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile

from benchmark.installers import Job
from benchmark.process import Command, Contender
from benchmark.shims import Shims

NONE = "–"

_COUNT = """
import sys
sys.argv = ["pyv", *sys.argv[1:]]
from pyv.__main__ import main
try:
    main()
except SystemExit:
    pass
print(len(sys.modules), file=sys.__stderr__)
"""


def starts(job: Job, installed: Shims) -> list[Contender]:
    """Commands that answer at once, pyv's and their like in uv."""
    place = job.place
    own = job.environment(PYV_ROOT=str(installed.root), PWD=str(installed.directory))
    other = job.environment(UV_PYTHON_INSTALL_DIR=f"{job.root}/uv", UV_CACHE_DIR=f"{job.root}/uv-cache")
    asked = [
        ("pyv --version", place.pyv, ("--version",), own),
        ("uv --version", place.uv, ("--version",), other),
        ("pyv which python", place.pyv, ("which", "python"), own),
        ("pyv available 3.12", place.pyv, ("available", "3.12"), own),
        ("uv python list 3.12", place.uv, ("python", "list", "--only-downloads", "--no-config", "3.12"), other),
    ]
    return [
        _always(name, Command(words=(program, *words), environment=environment, directory=installed.directory))
        for name, program, words, environment in asked
    ]


def _always(name: str, command: Command) -> Contender:
    return Contender(name=name, prepare=lambda: command)


def modules(command: Command, job: Job) -> str:
    """How many modules a pyv command has loaded when it ends."""
    if command.words[0] != job.place.pyv:
        return NONE
    python = str(job.place.pyv_environment / "bin" / "python")
    said = _asked((python, "-I", "-c", _COUNT, *command.words[1:]), command).stderr
    return said.split()[-1] if said.split() else NONE


def system_calls(command: Command) -> str:
    """How many system calls it makes, threads and children included; by strace."""
    strace = shutil.which("strace")
    if strace is None:
        return NONE
    with tempfile.NamedTemporaryFile("r") as counted:
        _asked((strace, "-f", "-c", "-o", counted.name, *command.words), command)
        total = re.search(r"^\s*100\.00\s+\S+\s+\S+\s+(\d+)\s", counted.read(), re.MULTILINE)
    return total[1] if total else NONE


def _asked(words: tuple[str, ...], command: Command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=command.directory,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
