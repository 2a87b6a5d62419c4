"""`pyv migrate`: moving in from pyenv or uv, step by step, each with its way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.cli.migration import Wishes

app = typer.Typer(
    no_args_is_help=True,
    help="Move in from pyenv or uv: link what is there, replace it by prebuilt twins, compare, let go.",
    rich_markup_mode=None,
)

Directories = Annotated[
    list[Path] | None, typer.Argument(metavar="[DIR]...", help="Where projects are [default: the working directory].")
]
Search = Annotated[list[Path] | None, typer.Option("--search", metavar="DIR", help="The same; repeatable.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="Only this version or link; repeatable.")
]
Link = Annotated[bool, typer.Option("--link", help="Link what is there into pyv's tree; nothing of it is changed.")]
Install = Annotated[bool, typer.Option("--install", help="Install the prebuilt twin of each version.")]
Packages = Annotated[bool, typer.Option("--packages", help="Install in the twins what pip had installed.")]
Compare = Annotated[
    bool, typer.Option("--compare", help="Ask both in every directory that pins a version; status 1 where they differ.")
]
Decommission = Annotated[
    bool, typer.Option("--decommission", help="Say what still depends on it; status 1 where something does.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=32, help="How many versions at once.")]


@app.command()
def pyenv(
    directories: Directories = None,
    place: Annotated[
        str | None, typer.Option("--from", metavar="DIR", help="pyenv's root [PYENV_ROOT, else ~/.pyenv].")
    ] = None,
    search: Search = None,
    only: Only = None,
    link: Link = False,
    install: Install = False,
    packages: Packages = False,
    compare: Compare = False,
    decommission: Decommission = False,
    dry_run: DryRun = False,
    index: o.Index = None,
    mirror: o.Mirror = None,
    offline: o.Offline = False,
    jobs: Jobs = 4,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """List what pyenv has, with the prebuilt twin of each version, and which files pin what; or take a step.

    Without a step nothing is written. With --link and --install together, what has no twin is linked.

    \b
    pyv migrate pyenv ~/src
    pyv migrate pyenv --link                     way back: pyv uninstall NAME
    pyv migrate pyenv --install --packages
    pyv migrate pyenv --compare ~/src
    pyv migrate pyenv --decommission ~/src
    """
    from pyv.cli.migration import Steps, Wishes

    steps = Steps(link=link, install=install, packages=packages, compare=compare, decommission=decommission)
    wishes = Wishes(
        tool="pyenv",
        place=place,
        directories=(*(directories or ()), *(search or ())),
        only=tuple(only or ()),
        steps=steps,
        dry_run=dry_run,
        index=index,
        mirrors=tuple(mirror or ()),
        offline=offline,
        jobs=jobs,
    )
    _run(wishes, json=json, quiet=quiet or json)


@app.command()
def uv(
    directories: Directories = None,
    place: Annotated[
        str | None, typer.Option("--from", metavar="DIR", help="What `uv python dir` prints [UV_PYTHON_INSTALL_DIR].")
    ] = None,
    search: Search = None,
    only: Only = None,
    link: Link = False,
    install: Install = False,
    packages: Packages = False,
    compare: Compare = False,
    decommission: Decommission = False,
    dry_run: DryRun = False,
    index: o.Index = None,
    mirror: o.Mirror = None,
    offline: o.Offline = False,
    jobs: Jobs = 4,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """The same for the interpreters uv manages: list them, or take a step.

    They are called here as pyenv would call them: 3.12.2, 3.13.1t. --compare asks the `uv` on PATH.

    \b
    pyv migrate uv ~/src
    pyv migrate uv --link                        way back: pyv uninstall NAME
    pyv migrate uv --install --packages
    """
    from pyv.cli.migration import Steps, Wishes

    steps = Steps(link=link, install=install, packages=packages, compare=compare, decommission=decommission)
    wishes = Wishes(
        tool="uv",
        place=place,
        directories=(*(directories or ()), *(search or ())),
        only=tuple(only or ()),
        steps=steps,
        dry_run=dry_run,
        index=index,
        mirrors=tuple(mirror or ()),
        offline=offline,
        jobs=jobs,
    )
    _run(wishes, json=json, quiet=quiet or json)


def _run(wishes: Wishes, *, json: bool, quiet: bool) -> None:
    from pyv.cli.context import make_context
    from pyv.cli.migrating import run_migrate

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json, quiet=quiet))
    with context.closing:
        status = run_migrate(wishes, context)
    raise typer.Exit(status)
