"""`pyv prefix`: where versions are installed."""

from __future__ import annotations

import os

from pyv.environment import Environment
from pyv.errors import NotInstalledError
from pyv.plumbing.chosen import chosen
from pyv.plumbing.speech import say_missing
from pyv.selection.installed import Installed, read_installed
from pyv.selection.lookup import system_program
from pyv.selection.pins import split_names
from pyv.selection.select import SYSTEM, resolve
from pyv.store.paths import Root

HELP = """\
Usage: pyv prefix [VERSION...]

Show where the given versions, or the selected ones, are installed; joined by colons.

Examples:
  pyv prefix          /home/me/.pyv/versions/3.12.2
  pyv prefix 3.13     the newest 3.13 that is installed
"""
SYSTEM_PYTHONS = ("python", "python3", "python2")


def prefix(environment: Environment, arguments: list[str]) -> int:
    """Print the directories.

    Raises:
        NotInstalledError: for the first version that is not there.
    """
    words: tuple[str, ...] | list[str] = split_names(":".join(arguments))
    if words:
        installed = read_installed(Root(environment.root))
    else:
        selection, installed = chosen(environment)
        if selection.missing and selection.pin.kind != "variable":
            say_missing(selection, environment)
            return 1
        words = selection.kept
    print(":".join(prefix_of(word, installed, environment) for word in words))
    return 0


def prefix_of(word: str, installed: Installed, environment: Environment) -> str:
    """The directory of one version, or of the system's Python.

    Raises:
        NotInstalledError: it is not there; `version X' not installed`, as pyenv says.
    """
    choice = resolve(word, installed)
    if choice.name is None:
        raise NotInstalledError(f"version `{word}' not installed", hint=f"pyv install {choice.kept}", name=word)
    if choice.name == SYSTEM:
        return _system_prefix(installed, environment)
    return str(installed.root.version_link(choice.name))


def system_python(installed: Installed, environment: Environment) -> str | None:
    """The first of the system's `python`, `python3` and `python2`."""
    found = (system_program(name, installed, environment) for name in SYSTEM_PYTHONS)
    return next((path for path in found if path is not None), None)


def _system_prefix(installed: Installed, environment: Environment) -> str:
    path = system_python(installed, environment)
    if path is None:
        raise NotInstalledError("system version not found in PATH", hint="select a version: pyv versions")
    directory = os.path.dirname(os.path.join(environment.cwd, path))
    return os.path.dirname(directory) if os.path.basename(directory) in {"bin", "sbin"} else directory
