"""`pyv lock`: the same interpreters everywhere, written down."""

from __future__ import annotations

from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current


def lock(
    versions: Annotated[
        list[str] | None, typer.Argument(metavar="[VERSION]...", help="Default: what .python-version names.")
    ] = None,
    triple: Annotated[
        list[str] | None,
        typer.Option(
            "--triple",
            metavar="TRIPLE",
            help="Lock for exactly these platforms; repeatable [default: this host's and the locked or common ones].",
        ),
    ] = None,
    upgrade: Annotated[bool, typer.Option("--upgrade", "-U", help="Take newer builds: of VERSION, or of all.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing, and say what is not as it should be.")] = False,
    lock_file: o.LockFile = None,
    index: o.Index = None,
    offline: o.Offline = False,
    max_staleness: o.MaxStaleness = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write pyv.lock: one signed record for each pinned version and platform.

    The lock lies beside the nearest .python-version, else in the working directory, and is meant to be committed:
    `pyv install --locked` installs exactly what it names. What is locked stays until --upgrade, or until it must go.

    --check exits with 4 where something locked was revoked or does not verify, with 3 where the lock is not what the
    pins ask for, with 1 where nothing but a newer build is to be had, else with 0.

    \b
    pyv lock
    pyv lock --triple x86_64-unknown-linux-gnu --triple aarch64-apple-darwin
    pyv lock --upgrade 3.12
    pyv lock --check --offline
    """
    from pyv.cli.context import make_context
    from pyv.cli.locking import Wishes, run_lock
    from pyv.errors import RequestError

    if check and (upgrade or dry_run):
        raise RequestError(
            "--check writes nothing: --upgrade and --dry-run say nothing beside it", hint="leave one out"
        )
    environment = current()
    output = Output(environment=environment, as_json=json, quiet=quiet or json)
    context = make_context(environment, output, max_staleness=max_staleness)
    wishes = Wishes(
        versions=tuple(versions or ()),
        triples=tuple(triple or ()),
        upgrade=upgrade,
        check=check,
        lock_file=lock_file,
        index=index,
        offline=offline,
        dry_run=dry_run,
    )
    with context.closing:
        status = run_lock(wishes, context)
    raise typer.Exit(status)
