"""The command line: which commands there are, and the one place where their errors end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Annotated, cast

import typer

from pyv import __version__
from pyv.cli.output import Output, error_values
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.plumbing import dispatch
from pyv.reporting import annotate, guarded

_COMMANDS = ("install", "lock", "available", "env", "verify", "proof")
"""Each is a function in a module of its own, both with its name."""
_GROUPS = ("index", "mirror", "migrate", "trust")
"""Each is an `app` in a module with its name."""
_VERSION = ("--version", "-V")

_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""What typer raises for any wrong usage: it exports only this child of it."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pyv {__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option(*_VERSION, callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The right CPython in a second: signed prebuilt interpreters, chosen per directory.

    \b
    pyv install 3.12          a verified interpreter, from upstream or a mirror
    pyv local 3.12            the one for this directory
    eval "$(pyv init - bash)" shims on PATH, for this shell
    """


def _plumbing(name: str) -> Callable[[typer.Context], None]:
    def run(context: typer.Context) -> None:
        from pyv.environment import current  # noqa: PLC0415 (the door is opened when the command runs)

        raise typer.Exit(dispatch.run(current(), name, list(context.args)))

    def run_latest(context: typer.Context) -> None:
        from pyv.cli.known import latest_known  # noqa: PLC0415 (reads the index)
        from pyv.environment import current  # noqa: PLC0415 (as above)

        raise typer.Exit(latest_known(current(), list(context.args)))

    def run_completions(context: typer.Context) -> None:
        from pyv.cli.completing import complete  # noqa: PLC0415 (for one command)
        from pyv.environment import current  # noqa: PLC0415 (as above)

        complete(command_line(), list(context.args), current())

    return {"latest": run_latest, "completions": run_completions}.get(name, run)


def command_line(word: str = "") -> typer.Typer:
    """Every command; or only the one a word names: to make all of them takes typer longer than Python to start."""
    app = typer.Typer(
        name="pyv",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_main)
    summaries = dispatch.summaries()
    known = {*_COMMANDS, *_GROUPS, *summaries}
    wanted = set() if word in _VERSION else {word} if word in known else known
    for name in filter(wanted.__contains__, _COMMANDS):
        function = getattr(import_module(f"pyv.cli.commands.{name}"), name)
        app.command(name, short_help=dispatch.OTHERS[name])(function)
    for name in filter(wanted.__contains__, _GROUPS):
        group = import_module(f"pyv.cli.commands.{name}").app
        app.add_typer(group, name=name, short_help=dispatch.OTHERS[name])
    for name in filter(wanted.__contains__, summaries):
        app.command(
            name,
            help=summaries[name],
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )(_plumbing(name))
    return app


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(environment: Environment) -> int:
    """Run the command line; the exit code. SIGTERM ends a command as Ctrl-C does: cleanly."""
    signal.signal(signal.SIGTERM, _terminated)
    return guarded(lambda: _run(environment), environment)


def _run(environment: Environment) -> int:
    words = list(environment.argv[1:])
    app = command_line(words[0] if words and not environment.variable("_PYV_COMPLETE") else "")
    try:
        return app(args=words, prog_name="pyv", standalone_mode=False) or 0
    except _UsageError as error:
        error.show()
        annotate("error", (error.format_message(),), environment, sys.stderr)
        return int(error.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except PyvError as error:
        if "--json" in environment.argv:
            Output(environment=environment, as_json=True).json({"error": error_values(error)})
            sys.stdout.flush()
        raise
