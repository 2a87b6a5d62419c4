"""The command line: which commands there are, and the one place where their errors end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Annotated, cast

import typer

from pyv import __version__
from pyv.cli.commands import index, migrate, mirror, trust
from pyv.cli.commands.available import available
from pyv.cli.commands.env import env
from pyv.cli.commands.install import install
from pyv.cli.commands.lock import lock
from pyv.cli.commands.proof import proof
from pyv.cli.commands.verify import verify
from pyv.cli.output import Output, error_values
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.plumbing import dispatch
from pyv.reporting import guarded

app = typer.Typer(
    name="pyv",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""What typer raises for any wrong usage: it exports only this child of it."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pyv {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
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

        complete(app, list(context.args))

    return {"latest": run_latest, "completions": run_completions}.get(name, run)


app.command()(install)
app.command()(lock)
app.command()(available)
app.command()(env)
app.command()(verify)
app.command()(proof)
app.add_typer(index.app, name="index")
app.add_typer(mirror.app, name="mirror")
app.add_typer(migrate.app, name="migrate")
app.add_typer(trust.app, name="trust")
for _name, _summary in dispatch.summaries().items():
    app.command(
        _name,
        help=_summary,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )(_plumbing(_name))


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(environment: Environment) -> int:
    """Run the command line; the exit code. SIGTERM ends a command as Ctrl-C does: cleanly."""
    signal.signal(signal.SIGTERM, _terminated)
    return guarded(lambda: _run(environment), environment)


def _run(environment: Environment) -> int:
    try:
        return app(args=list(environment.argv[1:]), prog_name="pyv", standalone_mode=False) or 0
    except _UsageError as error:
        error.show()
        return int(error.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except PyvError as error:
        if "--json" in environment.argv:
            Output(environment=environment, as_json=True).json({"error": error_values(error)})
            sys.stdout.flush()
        raise
