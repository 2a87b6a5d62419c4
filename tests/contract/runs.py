"""The programs the contract is held against: pyv under its two names, and a pyenv of this machine."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pyv.environment import PYENV
from pyv.store.launcher import launcher_text, write_program
from pyv.store.paths import Root
from tests.contract.case import Case, Outcome
from tests.contract.scene import Place
from tests.support import forked

_LAUNCHERS = {("root", 1), ("version-name", 1), ("which", 2), ("rehash", 1)}
"""What the launcher may answer itself: a command, and how many words."""
# no curl, wget or aria2c: nothing here may fetch or build anything
TOOLS = (
    *("awk", "bash", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "find", "grep", "head", "id"),
    *("ln", "ls", "mkdir", "mktemp", "mv", "ps", "readlink", "realpath", "rm", "rmdir", "sed", "sh", "sleep", "sort"),
    *("tail", "tee", "touch", "tr", "uname", "uniq", "wc", "xargs"),
)
HELD = "2.8.1"
"""The pyenv whose behaviour the tables are."""
_TRIPLE = re.compile(r"(?<= for )[a-z0-9_]+-(?:unknown|apple)-[a-z0-9-]+")
_VERSION = re.compile(r"\A((?:pyenv|pyv|python-build) )[0-9]\S*")


def run_pyv(case: Case, place: Place, name: str) -> Outcome:
    """Run pyv under a name."""
    status, stdout, stderr = forked.run(
        [*map(place.real, case.words)],
        name=name,
        variables=_variables(case, place, root="PYENV_ROOT" if name == "pyenv" else "PYV_ROOT"),
        cwd=Path(place.real(case.cwd)),
        stdin=case.stdin.encode(),
    )
    return _outcome(case, place, status, stdout, stderr)


def run_program(case: Case, place: Place, program: str, *, patience: float = 60) -> Outcome:
    """Run a pyenv; one that is expected to go on for ever is stopped soon."""
    try:
        done = subprocess.run(
            [program, *map(place.real, case.words)],
            env=_variables(case, place, root="PYENV_ROOT"),
            cwd=place.real(case.cwd),
            input=case.stdin.encode(),
            capture_output=True,
            check=False,
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        return replace(case.outcome, never_ends=True)
    prefix = os.path.dirname(os.path.dirname(program))
    return _outcome(case, place, done.returncode, done.stdout, done.stderr, prefix=prefix)


def is_launchers(case: Case) -> bool:
    """Whether the launcher may answer a case itself."""
    knows_its_root = case.variables.get("PYENV_ROOT") != ""
    return knows_its_root and bool(case.words) and (case.words[0], len(case.words)) in _LAUNCHERS


def launcher(place: Place) -> str:
    """`bin/pyenv` of the root, as `init --as-pyenv` writes it."""
    root = Root(place.base / "root")
    root.pyenv.parent.mkdir()
    write_program(root.pyenv, launcher_text(root, sys.executable, PYENV))
    return str(root.pyenv)


@functools.cache
def pyenv_at_hand() -> tuple[str, str] | None:
    """A pyenv of this machine, and its version: `PYENV_REAL`, else `pyenv` on PATH; None where there is none.

    A `pyenv` that is pyv under that name is no pyenv.
    """
    found = os.environ.get("PYENV_REAL") or shutil.which("pyenv")
    if not found:
        return None
    prefix = Path(found).resolve().parents[1]
    if not (prefix / "libexec" / "pyenv-version-file-read").is_file():
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    return str(prefix), said.split()[1]


def copied(prefix: str, destination: Path) -> str:
    """A copy of pyenv alone, without the versions and plugins somebody added to it; its program."""
    for part in ("bin", "libexec", "completions", "pyenv.d", "plugins/python-build"):
        shutil.copytree(f"{prefix}/{part}", destination / part, symlinks=True)
    for document in ("CHANGELOG.md", "README.md"):
        if os.path.exists(f"{prefix}/{document}"):
            shutil.copy(f"{prefix}/{document}", destination)
    return str(destination / "bin" / "pyenv")


def _variables(case: Case, place: Place, *, root: str) -> dict[str, str]:
    given = {
        "HOME": "{home}",
        "PATH": "{root}/shims:{system}:{tools}",
        "PYENV_ROOT": "{root}",
        "SHELL": "/bin/bash",
        "LC_ALL": "C.UTF-8",
        **case.variables,
    }
    named = {name: place.real(value) for name, value in given.items()}
    if root in named or not (value := named.pop("PYENV_ROOT")):
        return named
    return {**named, root: value}


def _outcome(case: Case, place: Place, status: int, stdout: bytes, stderr: bytes, prefix: str = "{pyenv}") -> Outcome:
    told = [place.told(os.fsdecode(text)).replace(prefix, "{pyenv}") for text in (stdout, stderr)]
    texts = [_TRIPLE.sub("{triple}", _VERSION.sub(r"\1{version}", text)) for text in told]
    if case.first_line:
        texts = ["".join(text.splitlines(keepends=True)[:1]) for text in texts]
    return Outcome(
        stdout=texts[0],
        stderr=texts[1],
        status=status,
        after=_files(case.outcome.after, place),
    )


def _files(looked_at: Mapping[str, str | None], place: Place) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for path in looked_at:
        real = Path(place.real(path))
        if real.is_dir():
            found[path] = " ".join(sorted(name for name in os.listdir(real) if not name.startswith(".")))
        else:
            found[path] = place.told(os.fsdecode(real.read_bytes())) if real.exists() else None
    return found
