"""The top level under the name pyenv: version, help, plugins (under any name), and what is no command."""

from __future__ import annotations

import sys

from pyv.environment import Environment
from pyv.plumbing import plugins
from pyv.plumbing.help import overview
from pyv.plumbing.plugin_help import plugin_help
from pyv.plumbing.speech import say

VERSION = "2.8.1"
"""The pyenv whose behaviour is kept here."""


def run(environment: Environment, name: str, arguments: list[str]) -> int:
    """What is no command of pyenv's own; the exit status."""
    if name in {"-v", "--version"}:
        print(f"pyenv {VERSION}")
        return 0
    if name in {"-h", "--help"}:
        sys.stdout.write(overview(environment))
        return 0
    if not name:
        sys.stderr.write(f"pyenv {VERSION}\n{overview(environment)}")
        return 1
    path = plugins.find(name, environment)
    if path is not None:
        return run_plugin(name, path, arguments, environment)
    say(f"no such command `{name}'", environment)
    return 1


def run_plugin(name: str, path: str, arguments: list[str], environment: Environment) -> int:
    """Become a plugin; only its help, asked for by the first argument, is shown without it."""
    if arguments[:1] != ["--help"]:
        return plugins.become(path, arguments, environment)
    if name.startswith("sh-"):
        print(f'{environment.name} help "{name}"')
        return 0
    return plugin_help(name, path, environment)
