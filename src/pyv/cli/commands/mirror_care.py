"""`pyv mirror verify`, `audit`, `prune`, `status`: looking after a mirror's directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

_FINDINGS, _UNTRUSTED, _DAMAGED = 1, 4, 7
_DAYS = 14  # as long as a timestamp is good
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]


def verify(
    directory: Directory,
    quick: Annotated[bool, typer.Option("--quick", help="Look at the sizes of archives, and read none.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Archives read at once.")] = 4,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Verify all of a mirror as its clients would, and every archive in it. Nothing in DIR is written.

    Prints a line for everything that is wrong: `damaged blobs/sha256/…`, `missing …`, `unknown …`, `expired …`,
    `untrusted …` (a record) or `broken …` (the chain of signatures). The exit status is 4 where something is not to be
    believed, 7 where archives are damaged or missing, else 0.

    \b
    pyv mirror verify /srv/pyv
    pyv mirror verify /srv/pyv --quick --json
    """
    from pyv.cli.care_output import tell_verdict
    from pyv.cli.progress import watched
    from pyv.mirror.check import verify_mirror
    from pyv.mirror.layout import Mirror

    environment = current()
    output, watcher = watched(Output(environment=environment, as_json=json, quiet=quiet or json))
    mirror = Mirror(environment.cwd / directory)
    verdict = verify_mirror(mirror, environment.now, quick=quick, jobs=jobs, progress=watcher.progress("verify"))
    output.lines(fault.told for fault in verdict.faults)
    tell_verdict(verdict, mirror.path, output, quick=quick)
    if verdict.faults:
        raise typer.Exit(_DAMAGED if verdict.is_believed else _UNTRUSTED)


def audit(
    directory: Directory,
    upstream: Annotated[
        str | None,
        typer.Option(
            "--upstream",
            metavar="URL|DIR|oci://…",
            help="Ask this index what it took back, by a root you accepted; `embedded` is pyv's own.",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=0, max=36500, help="How old upstream's revocations may be.")
    ] = _DAYS,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Look for what is genuine and should not stay so: what was revoked and is still offered, upstream's revocations
    that were dropped or are old, what expires, keys that end or lie about, leftovers, open permissions.

    Every finding has a code that stays, a severity and a remedy. The exit status is 1 where there is an error, and 0
    where there are warnings only. Nothing in DIR is written, and nothing is asked over the network without --upstream.

    \b
    pyv mirror audit /srv/pyv
    pyv mirror audit /srv/pyv --upstream https://mirror.example/pyv --json
    """
    from pyv.cli.care_output import tell_audit
    from pyv.cli.context import make_context
    from pyv.mirror.audit import ask
    from pyv.mirror.audit import audit as run
    from pyv.mirror.layout import Mirror
    from pyv.mirror.source import Upstream

    environment = current()
    output = Output(environment=environment, as_json=json, quiet=quiet)
    asked = None
    if upstream is not None:
        context = make_context(environment, output)
        with context.closing:
            asked = ask(Upstream.parse(upstream, environment.cwd), context.access())
    mirror = Mirror(environment.cwd / directory)
    found = run(mirror, environment.now, days=days, asked=asked)
    tell_audit(found, mirror.path, output)
    if not found.is_clean:
        raise typer.Exit(_FINDINGS)


def prune(
    directory: Directory,
    keys: Annotated[
        str | None,
        typer.Option(
            "--keys", metavar="KEYDIR", help="Withdraw what is no longer chosen, and publish with these keys."
        ),
    ] = None,
    keep_days: Annotated[
        int,
        typer.Option("--keep-days", min=0, max=36500, help="Keep an archive so long after nothing refers to it."),
    ] = 7,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and write nothing.")] = False,
    passphrase_file: o.PassphraseFile = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Remove archives that nothing has referred to for --keep-days, and downloads nobody will finish.

    What is chosen, what any published manifest or the one before names (in a hybrid mirror: names and is chosen), and
    packings of these stay. The days count from the first prune that finds nothing referring to an archive. In a mirror
    of your own, records taken from upstream that the remembered choice no longer selects are withdrawn first, where
    --keys are given; builds of your own never are.

    \b
    pyv mirror prune /srv/pyv --dry-run
    pyv mirror prune /srv/pyv --keys ~/pyv-keys --keep-days 0
    """
    from pyv.cli.care_output import tell_pruned
    from pyv.cli.passphrase import reading
    from pyv.cli.publishing import key_directory
    from pyv.mirror.layout import Mirror
    from pyv.mirror.prune import prune as run

    environment = current()
    output = Output(environment=environment, as_json=json, quiet=quiet)
    there = None if keys is None else key_directory(environment, keys, reading(environment, passphrase_file))
    pruned = run(
        Mirror(environment.cwd / directory),
        there,
        environment.now,
        keep_days=keep_days,
        dry_run=dry_run,
        waiting=lambda: output.say("a synchronisation of this mirror is under way: waiting"),
    )
    tell_pruned(pruned, output, keep_days=keep_days, dry_run=dry_run)


def status(directory: Directory, json: o.Json = False) -> None:
    """Where a mirror stands: root, roles and their expiry, archives, what waits for whom, the last synchronisation.

    Nothing is verified for it (that is `pyv mirror verify`), and nothing is asked.

    \b
    pyv mirror status /srv/pyv
    """
    from pyv.cli.status_output import tell_status
    from pyv.mirror.layout import Mirror
    from pyv.mirror.status import status as look

    environment = current()
    mirror = Mirror(environment.cwd / directory)
    tell_status(look(mirror), mirror.path, Output(environment=environment, as_json=json))
