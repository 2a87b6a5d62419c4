"""`pyv completions` for the commands of the command line proper: their options and subcommands, as typer knows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer


def complete(app: typer.Typer, words: Sequence[str]) -> None:
    """Print what may come after `words`, one a line: subcommands, then options."""
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
