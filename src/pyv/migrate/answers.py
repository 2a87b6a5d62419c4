"""What each resolver says in a directory: the other tool by running it, pyv by its own selection.

All see the same variables: the person's, without those that pin a version whatever the files say, and with a PATH
without either tool's shims, so that the system's Python is the same program to both. Paths inside a tree are told
as they are below its root (`versions/3.12.2/bin/python`): the roots differ, and that is no difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.install.configuration import read_configuration
from pyv.migrate.inventory import Inventory
from pyv.selection.installed import read_installed
from pyv.selection.lookup import find_program, is_strict
from pyv.selection.pins import FILE_NAME, VARIABLES, find_pin
from pyv.selection.select import Choice, select
from pyv.store.paths import Root

NOT_FOUND = 127
PINNING = (*VARIABLES, "PYENV_DIR", "UV_PYTHON")
"""Variables that replace what the files say."""
_MISSING = re.compile(r"pyenv: version `(.*)' is not installed \(set by .*\)")
_OWN = ("PYENV_DEBUG", "_PYV_GUARD")
_VERSION = re.compile(
    r"(?:(?:cpython|python|pypy|graalpy|pyodide|cp|pp|gp)[-@]?)?(?:[<>=!~]*\s*\d[^/]*)?", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one resolver says."""

    names: tuple[str, ...]
    """`version-name`: the versions in force."""
    status: int
    missing: tuple[str, ...]
    """The words that it says are not installed."""
    program: str = ""
    """`which python`; empty where there is none."""
    program_status: int = 0
    said: str = ""
    """What else it wrote to stderr."""

    def to_dict(self) -> dict[str, object]:
        """The answer for `--json`."""
        return {
            "version_name": ":".join(self.names),
            "status": self.status,
            "missing": list(self.missing),
            "python": self.program,
            "python_status": self.program_status,
        }

    @property
    def compared(self) -> tuple[object, ...]:
        """What has to be the same."""
        return self.names, self.status, self.missing, self.program, self.program_status


def neutral(environment: Environment, shims: Iterable[Path]) -> dict[str, str]:
    """The variables that every resolver is asked with; `shims` go from PATH, and what would be another directory in
    each place: nothing of the places themselves is run."""
    left_out = {os.path.realpath(directory) for directory in shims}
    path = environment.vars.get("PATH", "")
    kept = [entry for entry in path.split(":") if os.path.isabs(entry) and os.path.realpath(entry) not in left_out]
    variables = {name: value for name, value in environment.vars.items() if name not in PINNING and name not in _OWN}
    return {**variables, "PATH": ":".join(kept)}


def ask_pyenv(executable: Path, inventory: Inventory, directory: Path, variables: Mapping[str, str]) -> Answer:
    """Run `pyenv version-name` and `pyenv which python` there.

    Raises:
        PyvError: it cannot be run.
    """
    told = {**variables, "PYENV_ROOT": str(inventory.place), "PWD": str(directory)}
    named = _run([str(executable), "version-name"], directory, told)
    found = _run([str(executable), "which", "python"], directory, told)
    lines = named.stderr.splitlines()
    matches = [_MISSING.fullmatch(line) for line in lines]
    return Answer(
        names=tuple(named.stdout.strip("\n").split(":")) if named.stdout.strip() else (),
        status=named.returncode,
        missing=tuple(match[1] for match in matches if match),
        program=_below(found.stdout.strip("\n"), inventory.place),
        program_status=found.returncode,
        said="; ".join(line for line, match in zip(lines, matches, strict=True) if not match and line.strip()),
    )


def names_program(content: bytes) -> bool:
    """Whether a pin may name a program or a directory to uv, which runs what it finds there to learn what it is."""
    lines = (line.strip() for line in os.fsdecode(content).splitlines())
    return any(line and not line.startswith("#") and _VERSION.fullmatch(line) is None for line in lines)


def ask_uv(executable: Path, inventory: Inventory, content: bytes, variables: Mapping[str, str]) -> Answer:
    """Run `uv python find`, for its managed interpreters alone; the name is what pyv calls the one it finds.

    It is asked about the `content` of a pin in a directory of its own: files beside a pin are settings to it.

    Raises:
        PyvError: it cannot be run.
    """
    settings = {"UV_PYTHON_INSTALL_DIR": str(inventory.versions), "UV_PYTHON_DOWNLOADS": "never"}
    with tempfile.TemporaryDirectory(prefix="pyv-") as place:
        Path(place, FILE_NAME).write_bytes(content)
        told = {**variables, **settings, "UV_PYTHON_PREFERENCE": "only-managed", "PWD": place}
        found = _run([str(executable), "python", "find", "--system", "--no-project"], Path(place), told)
    below = _below(found.stdout.strip("\n"), inventory.versions).partition("/")[0]
    key = os.path.basename(os.path.realpath(inventory.versions / below)) if below else ""
    here = next((entry.here for entry in inventory.entries if entry.name == key), "") or key
    return Answer(
        names=(here,) if found.returncode == 0 else (),
        status=1 if found.returncode else 0,
        missing=(),
        said="; ".join(found.stderr.splitlines()),
    )


def ask_pyv(
    directory: Path, variables: Mapping[str, str], environment: Environment, root: Root
) -> tuple[tuple[Choice, ...], Answer]:
    """What `pyv version-name` and `pyv which python` say there, and how each word of the pin came to its version."""
    asked = replace(environment, vars=dict(variables), cwd=directory)
    installed = read_installed(root)
    selection = select(find_pin(asked, root), installed)
    missing = tuple(choice.word for choice in selection.missing)
    found = None
    if not (missing and (is_strict(asked) or read_configuration(root.path, directory).policy.strict)):
        found = find_program("python", selection, installed, asked)
    answer = Answer(
        names=tuple(selection.names),
        status=1 if missing else 0,
        missing=missing,
        program="" if found is None else _below(found.path, root.path),
        program_status=NOT_FOUND if found is None else 0,
    )
    return selection.choices, answer


def first_of(answer: Answer, choices: tuple[Choice, ...]) -> Answer:
    """The same, as uv answers: for the first word of a pin alone, and for no program of it."""
    name = choices[0].name if choices else None
    return replace(
        answer, names=(name,) if name else (), status=0 if name else 1, missing=(), program="", program_status=0
    )


def _below(path: str, place: Path) -> str:
    return path.removeprefix(f"{place}/")


def _run(command: list[str], directory: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=directory,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        raise PyvError(f"cannot run {command[0]} in {directory}: {reason}", hint="name the tree with --from") from fault
