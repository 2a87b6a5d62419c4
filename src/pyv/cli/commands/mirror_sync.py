"""`pyv mirror sync` and `pyv mirror diff`: what upstream has, chosen and brought in, or only told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="URL|DIR|oci://…", help="The index to take records from; `embedded` is pyv's own."),
]
Versions = Annotated[
    list[str] | None,
    typer.Option("--version", metavar="REQUEST", help="Only these versions: 3.12, '>=3.11,<3.14', 3.13t; repeatable."),
]
Triples = Annotated[
    list[str] | None, typer.Option("--triple", metavar="TRIPLE", help="Only these platforms; repeatable.")
]
Flavors = Annotated[
    list[str] | None,
    typer.Option("--flavor", metavar="FLAVOR", help="These flavors, or `all` [default: the one an install takes]."),
]
Variants = Annotated[
    list[str] | None,
    typer.Option("--variant", metavar="VARIANT", help="default, freethreaded, debug, freethreaded+debug; repeatable."),
]
Builds = Annotated[
    str | None, typer.Option("--builds", metavar="newest|all", help="The newest build of each version, or all of them.")
]
Locks = Annotated[
    list[Path] | None,
    typer.Option(
        "--from-lock", metavar="FILE", help="Exactly what this lock names, for all its platforms; repeatable."
    ),
]
Anew = Annotated[bool, typer.Option("--anew", help="Forget what was chosen before and is not named here.")]
Archives = Annotated[
    list[str] | None,
    typer.Option(
        "--mirror",
        metavar="URL|DIR|oci://…",
        help="Fetch archives from here, not from where the index is; repeatable, in order; `upstream` is "
        "python-build-standalone's own.",
    ),
]


def sync(
    directory: Directory,
    keys: o.Keys,
    source: From = None,
    mirror: Archives = None,
    version: Versions = None,
    triple: Triples = None,
    flavor: Flavors = None,
    variant: Variants = None,
    builds: Builds = None,
    from_lock: Locks = None,
    anew: Anew = False,
    repack: Annotated[
        str | None,
        typer.Option(
            "--repack", metavar="zstd|no", help="Store each archive as .tar.zst too, signed by your artifact key."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Archives fetched at once.")] = 4,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")] = False,
    max_staleness: o.MaxStaleness = None,
    passphrase_file: o.PassphraseFile = None,
    quiet: o.Quiet = False,
    json: o.Json = False,
) -> None:
    """Bring a mirror up to date: choose of its upstream, fetch what is missing, publish.

    What is chosen is remembered, option by option: --version names other versions for the platforms chosen before,
    --from-lock other archives, --anew forgets what is not named. What nobody named is chosen as `pyv install` does:
    default variant, newest build, first flavor; every release and platform. --from and --mirror are remembered too;
    what came from another index before stays as it is. Nothing is removed; `prune` does that.

    The exit status is 5 where an archive could not be had (what came is kept, and the next run goes on), and 4 where
    something of upstream is refused or waits for signatures.

    \b
    pyv mirror sync /srv/pyv --keys ~/pyv-keys --from embedded --version '>=3.11' --triple x86_64-unknown-linux-gnu
    pyv mirror sync /srv/pyv --keys ~/pyv-keys --from-lock app/pyv.lock --from-lock site/pyv.lock
    pyv mirror sync /srv/pyv --keys ~/pyv-keys               every night
    """
    from pyv.cli.sync_wishes import Wishes, read_locks
    from pyv.cli.syncing import run_sync

    environment = current()
    wishes = Wishes(
        directory=environment.cwd / directory,
        source=source,
        archives=tuple(mirror or ()),
        versions=tuple(version or ()),
        triples=tuple(triple or ()),
        flavors=tuple(flavor or ()),
        variants=tuple(variant or ()),
        builds=builds,
        locks=read_locks([environment.cwd / path for path in from_lock or ()]),
        anew=anew,
        repack=repack,
        max_staleness=max_staleness,
    )
    output = Output(environment=environment, as_json=json, quiet=quiet)
    raise typer.Exit(run_sync(wishes, output, keys=keys, passphrase_file=passphrase_file, jobs=jobs, dry_run=dry_run))


def diff(
    directory: Directory,
    source: From = None,
    version: Versions = None,
    triple: Triples = None,
    flavor: Flavors = None,
    variant: Variants = None,
    builds: Builds = None,
    from_lock: Locks = None,
    anew: Anew = False,
    max_staleness: o.MaxStaleness = None,
    json: o.Json = False,
) -> None:
    """Say, line by line, what a sync would change: archives to fetch, records, keys and revocations.

    `+` comes, `~` is signed anew, `-` is no longer chosen (and stays until `pyv mirror prune`), `!` is taken back.

    Nothing of the mirror changes but what it remembers of upstream, in `.pyv`.

    \b
    pyv mirror diff /srv/pyv
    pyv mirror diff /srv/pyv --version 3.14          what choosing 3.14 instead would change
    """
    from pyv.cli.sync_wishes import Wishes, read_locks
    from pyv.cli.syncing import run_diff

    environment = current()
    wishes = Wishes(
        directory=environment.cwd / directory,
        source=source,
        versions=tuple(version or ()),
        triples=tuple(triple or ()),
        flavors=tuple(flavor or ()),
        variants=tuple(variant or ()),
        builds=builds,
        locks=read_locks([environment.cwd / path for path in from_lock or ()]),
        anew=anew,
        max_staleness=max_staleness,
    )
    run_diff(wishes, Output(environment=environment, as_json=json))
