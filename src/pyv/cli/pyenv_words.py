"""What `pyenv install` says (2.8.1): programs and people know these lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyv.environment import Environment
from pyv.reporting import printable

HELP = """\
Usage: pyv install [VERSION[:NAME]]...

Install interpreters, each from a signed archive of the index: a version, or
the newest one a prefix means. Without VERSION: what .python-version names.

  -l, --list             every version there is for this host
  -f, --force            install although it is installed
  -s, --skip-existing    pass over what is installed
  -g, --debug            a debug build, as NAME-debug
  -v, --verbose          explain each choice
  -k, --keep             no effect, as nothing is built
  -p, --patch            no effect, as nothing is built
  --version              the python-build whose behaviour is kept here

NAME is the name it gets instead of its version's. PYV_INDEX, PYV_MIRROR and
config.toml below the root say where versions come from.

Examples:
  pyv install 3.12
  pyv install --skip-existing 3.12.2
  pyv install 3.12:work
"""
_OF_BUILDS = ("PYTHON_BUILD_", "PYTHON_CONFIGURE_OPTS", "PYTHON_MAKE_", "PYENV_BUILD_ROOT")


def say_ignored_variables(environment: Environment) -> None:
    """On a terminal: which variables of a build are set, and change nothing."""
    named = sorted(name for name in environment.vars if name.startswith(_OF_BUILDS))
    if named and environment.stderr_is_terminal:
        _write(f"{environment.name}: nothing is built here, so these variables change nothing: {', '.join(named)}\n")


def say_not_found(word: str, names: Sequence[str]) -> None:
    """There is no such version; `names` are those that there are."""
    near = [name for name in names if word in name]
    lines = [f"python-build: definition not found: {word}", ""]
    if near:
        lines += [f"The following versions contain `{word}' in the name:", *(f"  {name}" for name in near), ""]
    lines += ["See all available versions with `pyenv install --list'.", ""]
    lines += ["If the version you need is missing, try upgrading pyenv."]
    _write("".join(f"{printable(line)}\n" for line in lines))


def agreed(path: object, environment: Environment) -> bool:
    """Say that a version is there already, and ask whether to go on; anything but a yes is a no."""
    _write(f"{environment.name}: {printable(str(path))} already exists\n")
    if sys.stdin.isatty():
        _write("continue with installation? (y/N) ")
    return sys.stdin.readline().strip() in {"y", "Y", "yes", "YES"}


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
