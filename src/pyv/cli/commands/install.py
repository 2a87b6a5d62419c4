"""`pyv install`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

Requests = Annotated[
    list[str] | None,
    typer.Argument(metavar="[VERSION|ARCHIVE][:NAME]...", help="Default: what the nearest .python-version names."),
]
_IGNORED_HELP = "Accepted for pyenv's sake: nothing is built here."
_BYTECODE_HELP = "Compile the standard library now rather than at first import."


def install(
    requests: Requests = None,
    index: o.Index = None,
    mirror: o.Mirror = None,
    flavor: o.Flavor = None,
    variant: o.Variant = None,
    debug: Annotated[bool, typer.Option("--debug", "-g", help="A debug build, as NAME-debug.")] = False,
    build: o.Build = None,
    triple: o.Triple = None,
    proof: Annotated[Path | None, typer.Option("--proof", help="The proof of a local archive.")] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="The digest of a local archive.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=32, help="How many versions at once.")] = 4,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a version that is installed.")] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", "-s", help="Accepted for pyenv's sake: pyv always does.")
    ] = False,
    _keep: Annotated[bool, typer.Option("--keep", "-k", help=_IGNORED_HELP)] = False,
    _patch: Annotated[bool, typer.Option("--patch", "-p", help=_IGNORED_HELP)] = False,
    compile_bytecode: Annotated[bool, typer.Option("--compile-bytecode", help=_BYTECODE_HELP)] = False,
    list_: Annotated[
        bool, typer.Option("--list", "-l", help="List every version there is for this host, and install nothing.")
    ] = False,
    locked: Annotated[
        bool, typer.Option("--locked", help="Install exactly what pyv.lock names, and ask no index.")
    ] = False,
    lock_file: o.LockFile = None,
    artifact_key: Annotated[
        list[str] | None,
        typer.Option(
            "--artifact-key",
            metavar="HEX",
            help="With --locked: a public key you vouch for, whose holder signed the records; repeatable.",
        ),
    ] = None,
    root: o.RootDirectory = None,
    at: o.UsedAt = None,
    offline: o.Offline = False,
    max_staleness: o.MaxStaleness = None,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Install interpreters: resolve, download, verify, extract, link.

    VERSION is 3, 3.12, 3.12.2, 3.13t (freethreaded), 3.14.0rc2, '>=3.11,<3.13', 3.12.2+20240224 or latest;
    `:NAME` behind it is what it is to be called instead (not `:latest`, which says nothing).
    ARCHIVE is a local python-build-standalone archive, with --sha256 or with its proof (a file beside it called
    ARCHIVE.proof, or --proof): its record, which is its line of an index's manifest, or a DSSE envelope of it.

    --locked takes what pyv.lock names for this platform (`pyv lock`), and refuses where that is not what is pinned.

    --root DIR lays versions out for an image or another machine; nothing of them is started. --at PATH says where DIR
    will lie there, --triple what that machine is.

    \b
    pyv install 3.12.2 3.13 3.12:work
    pyv install --locked
    pyv install 3.12 --mirror https://mirror.example/pbs/
    pyv install ./cpython-3.12.2+20240224-x86_64-unknown-linux-gnu-install_only.tar.gz --sha256 DIGEST
    """
    from pyv.cli.context import make_context
    from pyv.cli.installing import Wishes, run_install
    from pyv.cli.installing_locked import read_locking
    from pyv.cli.laying_out import hinted_for, read_place

    named: dict[str, object] = {
        "--index": index,
        "--flavor": flavor,
        "--variant": variant,
        "--debug": debug,
        "--build": build,
    }
    named |= {"--proof": proof, "--sha256": sha256, "--list": list_, "--max-staleness": max_staleness}
    locking = read_locking(locked=locked, lock_file=lock_file, artifact_keys=artifact_key or (), others=named)
    environment = current()
    output = Output(environment=environment, as_json=json, quiet=quiet or json, verbose=verbose)
    place = read_place(root, at, triple, environment)
    context = make_context(environment, output, max_staleness=max_staleness, root=place.root, used_at=place.used_at)
    if list_:
        from pyv.cli.known import list_known

        with context.closing:
            list_known(context, index=index, triple=triple, offline=offline)
        return
    wishes = Wishes(
        requests=tuple(requests or ()),
        index=index,
        mirrors=tuple(mirror or ()),
        flavor=flavor,
        variant=variant,
        debug=debug,
        build=build,
        triple=triple,
        machine=place.machine,
        proof=proof,
        sha256=sha256,
        jobs=jobs,
        force=force and not skip_existing,
        skip_existing=skip_existing,
        compile_bytecode=compile_bytecode,
        offline=offline,
        dry_run=dry_run,
        locking=locking,
    )
    with context.closing, hinted_for(place.root):
        status = run_install(wishes, context)
    raise typer.Exit(status)
