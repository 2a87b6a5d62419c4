"""`pyv completions` for the commands of the command line proper: subcommands and options, as typer knows them.

Before the options, where a command is about installed versions, stand those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from pyv.environment import Environment
from pyv.selection.installed import read_installed
from pyv.store.paths import Root

_OF_INSTALLED = {"env", "verify"}


def complete(app: typer.Typer, words: Sequence[str], environment: Environment) -> None:
    """Print what may come after `words`, one a line: subcommands or versions, then options."""
    if not _OF_INSTALLED.isdisjoint(words[:1]):
        for name in read_installed(Root(environment.root)).names():
            typer.echo(name)
    for word in completions_of(app, words):
        typer.echo(word)


def completions_of(app: typer.Typer, words: Sequence[str]) -> Iterator[str]:
    """What may come after `words`: a command, perhaps a subcommand, options."""
    command: Any = typer.main.get_command(app)
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    yield from getattr(command, "commands", {})
    yield "--help"
    for parameter in command.params:
        yield from (option for option in parameter.opts if option.startswith("--") and option != "--help")
