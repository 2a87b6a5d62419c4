"""`pyv commands`: the name of every command, plugins included."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing import plugins
from pyv.plumbing.arguments import only_options
from pyv.plumbing.dispatch import COMMANDS, OTHERS

HELP = """\
Usage: pyv commands [--sh|--no-sh]

List every command, plugins included, one a line.

  --sh       only those a shell function has to evaluate
  --no-sh    only the others

Examples:
  pyv commands
  pyv commands --sh    rehash and shell, and those of plugins
"""
_SHELL = "sh-"
_ONLY_EVALUATED = {"shell"}
"""Commands that, run as they are, only say that a shell has to evaluate them."""


def commands(environment: Environment, arguments: list[str]) -> int:
    """Print the list."""
    options = only_options(arguments[:1], {"--sh": "sh", "--no-sh": "no-sh"})
    print("\n".join(sorted(command_names(environment, options))))
    return 0


def command_names(environment: Environment, options: set[str]) -> set[str]:
    """The names: all, those with a form for shells (`sh`), those that do something without one (`no-sh`)."""
    own = {*COMMANDS, "--version", *(["install"] if environment.is_pyenv else OTHERS)}
    every = own | plugins.names(environment)
    shell = {name.removeprefix(_SHELL) for name in every if name.startswith(_SHELL)}
    plain = {name for name in every if not name.startswith(_SHELL)}
    if "sh" in options:
        return shell
    return plain - _ONLY_EVALUATED if "no-sh" in options else plain | shell
