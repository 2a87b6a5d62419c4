"""Start the program a command means here, in the environment pyenv would give it.

The program replaces this process. Only pip that installs or removes something runs as a child, because the shims
follow what it did.

The child's environment: `PYENV_VERSION` is the whole resolved list, so that what it starts stays on the same
versions; `PATH` begins with the chosen version's `bin` (nothing is added for the system's); `PYV_ROOT` is the root,
as pyenv exports its own. `PYENV_ROOT` belongs to the shell set-up (`pyv init`) and is left as it is; so is
`PYV_VERSION`. pyenv's `PYENV_DIR` and `PYENV_HOOK_PATH` serve its own subprocesses, of which pyv has none.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import NoReturn

from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.reporting import report
from pyv.selection.installed import Installed
from pyv.selection.lookup import GUARD, Found, guard_entries
from pyv.selection.select import SYSTEM, Selection
from pyv.store.paths import Root
from pyv.store.rehashing import rehash_alone

_PIP = re.compile(r"pip[0-9.]*t?", re.ASCII)
_PYTHON = re.compile(r"python[0-9.]*t?", re.ASCII)
_TAKES_VALUE = ("-W", "-X", "--check-hash-based-pycs")
_CHANGES = {"install", "uninstall"}
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP)
"""Sent to one process only; Ctrl-C and Ctrl-\\ reach the child from the terminal."""
_CANNOT_EXECUTE = 126


def start(
    found: Found,
    command: str,
    arguments: Sequence[str],
    *,
    selection: Selection,
    installed: Installed,
    environment: Environment,
) -> int:
    """Become the program, or run it and rehash; returns only the exit status of a pip that ran as a child.

    Raises:
        PyvError: the file cannot be executed (126).
    """
    root = installed.root
    variables = child_variables(found, selection, environment, root)
    entries = guard_entries(command, found, environment) if found.version == SYSTEM else None
    line = [found.path, *arguments]
    if not changes_programs(command, arguments):
        _become(line, variables, entries)
    sys.stdout.flush()
    status = run(line, variables, entries)
    if status == 0:
        _rehash(root, environment)
    return status


def child_variables(found: Found, selection: Selection, environment: Environment, root: Root) -> dict[str, str]:
    """The child's environment, without the loop guard."""
    variables = dict(environment.vars)
    variables.pop(GUARD, None)
    variables["PYV_ROOT"] = str(root.path)
    variables["PYENV_VERSION"] = ":".join(selection.kept)
    if found.version != SYSTEM:
        search = environment.variable("PATH")
        variables["PATH"] = found.directory if search is None else f"{found.directory}:{search}"
    return variables


def changes_programs(command: str, arguments: Sequence[str]) -> bool:
    """Whether this is pip about to install or remove something: `pip3 install`, `python -I -m pip uninstall`."""
    name = os.path.basename(command)
    if _PIP.fullmatch(name):
        return not _CHANGES.isdisjoint(arguments)
    if _PYTHON.fullmatch(name):
        rest = _module_arguments(arguments)
        return rest is not None and rest[0] == "pip" and not _CHANGES.isdisjoint(rest)
    return False


def _module_arguments(arguments: Sequence[str]) -> list[str] | None:
    """Of a `python` command line: the module after `-m`, and its arguments; None where there is no `-m`."""
    words = iter(arguments)
    for word in words:
        if word in _TAKES_VALUE:
            next(words, None)
        elif not word.startswith("-") or word in {"-", "--"}:
            return None
        elif not word.startswith("--") and not word.startswith(("-W", "-X")):
            options, found, attached = word.partition("m")
            if "c" in options:
                return None
            if found:
                rest = [attached, *words] if attached else list(words)
                return rest or None
    return None


def _guarded(variables: dict[str, str], entries: list[str] | None) -> dict[str, str]:
    if entries is None:
        return variables
    return {**variables, GUARD: ":".join([str(os.getpid()), *entries])}


def _become(line: list[str], variables: dict[str, str], entries: list[str] | None) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(line[0], line, _guarded(variables, entries))
    except OSError as fault:
        raise _cannot_start(line[0], fault) from fault


def _cannot_start(path: str, fault: OSError) -> PyvError:
    error = PyvError(
        f"cannot execute {path}: {(fault.strerror or str(fault)).lower()}",
        hint="the file is damaged, or built for another kind of machine",
    )
    error.exit_code = _CANNOT_EXECUTE
    return error


def run(
    line: list[str], variables: dict[str, str], entries: list[str] | None = None, *, to_stderr: bool = False
) -> int:
    """Run a child; signals reach it, and its end becomes ours: the exit status, or the same signal.

    `entries` are those of the loop guard; `to_stderr` lets the child's stdout be our stderr.
    """
    pending: list[int] = []
    child = 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if child:
            os.kill(child, number)
        else:
            pending.append(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    child = os.fork()
    if child == 0:
        _be_child(line, variables, entries, before, to_stderr=to_stderr)
    for number in pending:
        os.kill(child, number)
    _, state = os.waitpid(child, 0)
    for number, handler in before.items():
        signal.signal(number, handler)
    status = os.waitstatus_to_exitcode(state)
    if status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
        os.kill(os.getpid(), -status)
    return status


def _be_child(
    line: list[str],
    variables: dict[str, str],
    entries: list[str] | None,
    handlers: Mapping[signal.Signals, object],
    *,
    to_stderr: bool,
) -> NoReturn:
    """In the child: undo the signal handling (what was ignored stays ignored), then become the program."""
    try:
        if to_stderr:
            os.dup2(sys.stderr.fileno(), 1)
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_IGN if handler == signal.SIG_IGN else signal.SIG_DFL)
        _become(line, variables, entries)
    except PyvError as error:
        report(error, None, sys.stderr)
    finally:
        os._exit(_CANNOT_EXECUTE)


def _rehash(root: Root, environment: Environment) -> None:
    """Follow what pip did; it has done its work, so a failure here is told and no more."""
    try:
        rehash_alone(root, environment)
    except PyvError as error:
        report(error, environment, sys.stderr)
