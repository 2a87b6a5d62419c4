"""The one door to process state: variables, working directory, home, arguments, clock, terminals.

Everything below takes an `Environment`; nothing else reads `os.environ`, the working directory or the clock
(ruff's banned-API rule holds the house to it).
"""

from __future__ import annotations

import os
import pwd
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.errors import PyvError, RequestError

PYV, PYENV = "pyv", "pyenv"
_DIGITS = 11
"""Of the seconds of SOURCE_DATE_EPOCH: they reach beyond the year 5000."""
GITHUB, GITLAB = "github", "gitlab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The process as it was when pyv started."""

    vars: Mapping[str, str]
    cwd: Path
    home: Path
    name: str = PYV
    """What this program was called: `pyv`, or `pyenv`, and then its words, root and status are pyenv's."""
    argv: tuple[str, ...] = ()
    now: float = 0.0
    """Seconds since the epoch."""
    stderr_is_terminal: bool = False
    stdout_is_terminal: bool = False
    python: str = field(default=sys.executable)
    """The interpreter pyv itself runs on."""

    @property
    def is_pyenv(self) -> bool:
        """Whether this program was called by pyenv's name."""
        return self.name == PYENV

    def variable(self, name: str) -> str | None:
        """The value of a variable; an empty one counts as unset, as pyenv has it."""
        return self.vars.get(name) or None

    @property
    def root(self) -> Path:
        """`PYV_ROOT`, else `~/.pyv` (of pyenv: `PYENV_ROOT`, else `~/.pyenv`), absolute, without a final slash."""
        variable = "PYENV_ROOT" if self.is_pyenv else "PYV_ROOT"
        named = self.variable(variable)
        if named is None and not self.home.is_absolute():
            message = f"there is no home directory to put {self.name}'s root into"
            raise PyvError(message, hint=f"set HOME, or {variable}")
        root = Path(os.path.normpath(self.cwd / named)) if named else self.home / f".{self.name}"
        if ":" in str(root) or "\n" in str(root):
            raise PyvError(
                f"the root {root} cannot be put on PATH: its name has a colon or a line feed",
                hint=f"set {variable} to a directory without them",
            )
        return root

    @property
    def is_ci(self) -> bool:
        """Whether nobody watches: `CI` is set, as every such service does (`0` and `false` mean no)."""
        return (self.variable("CI") or "0").lower() not in {"0", "false"}

    @property
    def runner(self) -> str:
        """Whose runner reads the log for commands: `github` (and what copies it), `gitlab`, or nobody's."""
        if self.variable("GITHUB_ACTIONS") == "true":
            return GITHUB
        return GITLAB if self.variable("GITLAB_CI") == "true" else ""

    @property
    def draws(self) -> bool:
        """Whether what is on stderr may move: a terminal, and somebody before it."""
        return self.stderr_is_terminal and not self.is_ci

    @property
    def build_time(self) -> int | None:
        """The seconds since the epoch of `SOURCE_DATE_EPOCH` (reproducible-builds.org); None where it is not set.

        It is for what is written, as no time of a build. Whether something is still valid is asked of `now`.

        Raises:
            RequestError: it is no decimal number.
        """
        word = self.variable("SOURCE_DATE_EPOCH")
        if word is None:
            return None
        if not (word.isascii() and word.isdecimal()) or len(word) > _DIGITS:
            raise RequestError(
                f"SOURCE_DATE_EPOCH is `{word}`, which is no decimal number of seconds",
                hint="set it as in: SOURCE_DATE_EPOCH=$(git log -1 --pretty=%ct)",
            )
        return int(word)

    @property
    def colour(self) -> bool:
        """Whether stderr may be coloured: where it may move, unless `NO_COLOR` says no (no-color.org)."""
        if self.variable("NO_COLOR") or self.variable("TERM") == "dumb":
            return False
        return self.draws


def _working_directory() -> Path:
    """The logical working directory where `PWD` names it (pyenv keeps symlinked spellings), else the real one."""
    try:
        actual = Path.cwd()
    except FileNotFoundError:
        raise PyvError("the working directory no longer exists", hint="change to a directory that does") from None
    logical = os.environ.get("PWD")
    if logical and os.path.isabs(logical):
        try:
            if os.path.samefile(logical, actual):
                return Path(logical)
        except OSError:
            pass
    return actual


def _home() -> Path:
    """`HOME`, else what the user database says; a relative path where neither says anything."""
    named = os.environ.get("HOME")
    if not named:
        try:
            named = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            named = ""
    return Path(named)


def clock() -> float:
    """Seconds since the epoch, now: for what goes on after pyv started."""
    return time.time()


def called() -> str:
    """The name this program goes by, from how it was started."""
    return PYENV if os.path.basename(sys.argv[0]) == PYENV else PYV


def current() -> Environment:
    """The environment of this process."""
    return Environment(
        vars=dict(os.environ),
        cwd=_working_directory(),
        home=_home(),
        name=called(),
        argv=tuple(sys.argv),
        now=time.time(),
        stderr_is_terminal=sys.stderr is not None and sys.stderr.isatty(),
        stdout_is_terminal=sys.stdout is not None and sys.stdout.isatty(),
    )
