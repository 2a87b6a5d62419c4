"""Which command is pyenv's, and how each is started: by name, importing nothing of the others.

A command is a function `(environment, arguments) -> exit status` in a module of its own, which also holds `HELP`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from pyv.environment import Environment

Run = Callable[[Environment, list[str]], int]


class UsageError(Exception):
    """The arguments are not those of the command: its usage is printed, as pyenv does, and the status is 1."""


class Command(NamedTuple):
    """Where a command is defined, and what it does."""

    module: str
    function: str
    summary: str


COMMANDS = {
    "exec": Command("exec", "execute", "Run a program with the selected Python"),
    "global": Command("global_pin", "set_global", "Set or show the global Python version(s)"),
    "init": Command("init", "init", "Print the shell set-up"),
    "local": Command("local", "local", "Set or show the Python version(s) of this directory"),
    "prefix": Command("prefix", "prefix", "Show where a version is installed"),
    "rehash": Command("rehash", "rehash_shims", "Renew the shims"),
    "root": Command("root", "root", "Show pyv's root directory"),
    "uninstall": Command("uninstall", "uninstall", "Remove installed versions"),
    "version": Command("version", "version", "Show the selected version(s) and who selected them"),
    "version-file": Command("version_file", "version_file", "Show the version file in force"),
    "version-name": Command("version_name", "version_name", "Show the selected version(s)"),
    "version-origin": Command("version_origin", "version_origin", "Show who selected the version(s)"),
    "versions": Command("versions", "versions", "List the installed versions"),
    "which": Command("which", "which", "Show the path of a program of the selected Python"),
}
_HELP = {"--help", "-h"}


def summaries() -> dict[str, str]:
    """One line for each command."""
    return {name: command.summary for name, command in COMMANDS.items()}


def run(environment: Environment, name: str, arguments: list[str]) -> int:
    """Run a command.

    Raises:
        PyvError: whatever the command says went wrong.
    """
    command = COMMANDS[name]
    module = import_module(f"pyv.plumbing.{command.module}")
    text: str = module.HELP
    if arguments and arguments[0] in _HELP:
        sys.stdout.write(text)
        return 0
    function: Run = getattr(module, command.function)
    try:
        return function(environment, arguments)
    except UsageError:
        sys.stderr.write(text.partition("\n\n")[0] + "\n")
        return 1
