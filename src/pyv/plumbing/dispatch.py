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
    "commands": Command("commands", "commands", "List all commands"),
    "completions": Command("completions", "completions", "List what may come next on a command line"),
    "exec": Command("exec", "execute", "Run a program with the selected Python"),
    "global": Command("global_pin", "set_global", "Set or show the global Python version(s)"),
    "help": Command("help", "show_help", "Show the help of a command"),
    "hooks": Command("hooks", "hooks", "List pyenv hook scripts"),
    "init": Command("init", "init", "Print the shell set-up"),
    "latest": Command("latest", "latest", "Show the newest version a prefix means"),
    "local": Command("local", "local", "Set or show the Python version(s) of this directory"),
    "prefix": Command("prefix", "prefix", "Show where a version is installed"),
    "rehash": Command("rehash", "rehash_shims", "Renew the shims"),
    "root": Command("root", "root", "Show the root directory"),
    "sh-rehash": Command("sh_rehash", "sh_rehash", "Print what makes a shell rehash"),
    "sh-shell": Command("sh_shell", "sh_shell", "Print what sets the version(s) of a shell"),
    "shell": Command("shell", "shell", "Set or show the Python version(s) of this shell"),
    "shims": Command("shims", "shims", "List the shims"),
    "uninstall": Command("uninstall", "uninstall", "Remove installed versions"),
    "version": Command("version", "version", "Show the selected version(s) and who selected them"),
    "version-file": Command("version_file", "version_file", "Show the version file in force"),
    "version-file-read": Command("version_file_read", "version_file_read", "Show what a version file says"),
    "version-file-write": Command("version_file_write", "version_file_write", "Write a version file"),
    "version-name": Command("version_name", "version_name", "Show the selected version(s)"),
    "version-origin": Command("version_origin", "version_origin", "Show who selected the version(s)"),
    "versions": Command("versions", "versions", "List the installed versions"),
    "whence": Command("whence", "whence", "List the versions that have a program"),
    "which": Command("which", "which", "Show the path of a program of the selected Python"),
}
OTHERS = {
    "available": "List what can be installed",
    "env": "Make a version the Python of a shell or a CI job",
    "index": "The index: refresh it, show it",
    "install": "Install interpreters",
    "lock": "Write pyv.lock: the same interpreters everywhere",
    "migrate": "Move in from pyenv or uv",
    "mirror": "Keep a mirror: an index and its archives",
    "proof": "Show or write the signed record of an archive",
    "trust": "Whose indexes are trusted",
    "verify": "Check what is installed against its record",
}
"""The commands of the command line proper, which costs more to start."""
_SHORT_HELP = {"uninstall"}
"""The commands of pyenv's that know `-h`."""
_KNOWN = {"-k", "--known"}


def summaries() -> dict[str, str]:
    """One line for each command a person types."""
    return {name: command.summary for name, command in COMMANDS.items() if not name.startswith("sh-")}


def is_light(name: str, arguments: list[str]) -> bool:
    """Whether a command is one of these, and needs neither the index nor the command line's own words."""
    if name == "completions":
        return not arguments or arguments[0] not in OTHERS
    return name in COMMANDS and not (name == "latest" and not _KNOWN.isdisjoint(arguments))


def run(environment: Environment, name: str, arguments: list[str]) -> int:
    """Run a command.

    Raises:
        PyvError: whatever the command says went wrong.
    """
    command = COMMANDS[name]
    module = import_module(f"pyv.plumbing.{command.module}")
    if arguments and _is_help(arguments[0], name, environment):
        return _explain(environment, name, module.HELP)
    function: Run = getattr(module, command.function)
    try:
        return function(environment, arguments)
    except UsageError:
        from pyv.plumbing.usage import usage_of  # noqa: PLC0415 (for mistakes only)

        sys.stderr.write(usage_of(name, module.HELP, environment))
        return 1


def _is_help(word: str, name: str, environment: Environment) -> bool:
    return word == "--help" or (word == "-h" and (not environment.is_pyenv or name in _SHORT_HELP))


def _explain(environment: Environment, name: str, text: str) -> int:
    if name.startswith("sh-"):
        # a shell evaluates what comes back, and then asks for the help itself
        print(f'{environment.name} help "{name}"')
    else:
        from pyv.plumbing.usage import help_of  # noqa: PLC0415 (for readers only)

        sys.stdout.write(help_of(name, text, environment))
    return 0
