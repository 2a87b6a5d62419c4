"""`pyv help`: the help of a command, plugins included, or the list of commands."""

from __future__ import annotations

import sys
from importlib import import_module

from pyv.environment import Environment
from pyv.plumbing import plugins
from pyv.plumbing.dispatch import COMMANDS, OTHERS, summaries
from pyv.plumbing.plugin_help import plugin_help, read_comments
from pyv.plumbing.speech import say
from pyv.plumbing.usage import help_of, usage_of

HELP = """\
Usage: pyv help [--usage] [COMMAND]

Show the help of a command, or the list of commands.

  --usage    only the lines of its usage

Examples:
  pyv help local
  pyv help --usage which
"""
_NAME_WIDTH = 9


def show_help(environment: Environment, arguments: list[str]) -> int:
    """Print the help asked for; 1 for what is no command."""
    usage_only = arguments[:1] == ["--usage"]
    words = arguments[1:] if usage_only else arguments
    if not words or words[0] in {"", environment.name}:
        whole = overview(environment)
        sys.stdout.write(whole.partition("\n")[0] + "\n" if usage_only else whole)
        return 0
    name = words[0]
    if name in COMMANDS:
        text: str = import_module(f"pyv.plumbing.{COMMANDS[name].module}").HELP
        sys.stdout.write((usage_of if usage_only else help_of)(name, text, environment))
        return 0
    if name in OTHERS and (not environment.is_pyenv or name == "install"):
        return _other(name, environment, usage_only=usage_only)
    path = plugins.find(name, environment)
    if path is None:
        say(f"no such command `{name}'", environment)
        return 1
    return plugin_help(name, path, environment, usage_only=usage_only)


def _other(name: str, environment: Environment, *, usage_only: bool) -> int:
    if environment.is_pyenv:
        sys.stdout.write(usage_of(name, "", environment))
        return 0
    sys.stdout.write(f"Usage: pyv {name} ...\n" if usage_only else f"{OTHERS[name]}.\nSee: pyv {name} --help\n")
    return 0


def overview(environment: Environment) -> str:
    """Every command, a line each, with what it is for."""
    lines = summaries() if environment.is_pyenv else {**summaries(), **OTHERS}
    if environment.is_pyenv:
        lines["install"] = OTHERS["install"]
    for name in sorted(plugins.names(environment) - lines.keys()):
        if name.startswith("sh-"):
            continue
        path = plugins.find(name, environment)
        said = read_comments(path, environment).summary if path is not None else ""
        if said:
            lines[name] = said
    listed = "".join(f"   {name:<{_NAME_WIDTH}}   {lines[name]}\n" for name in sorted(lines))
    own = environment.name
    return f"Usage: {own} <command> [<args>]\n\nCommands:\n{listed}\nMore about one of them: {own} help <command>\n"
