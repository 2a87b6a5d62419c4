"""`pyv mirror export` and `pyv mirror import`: a mirror in one file, across an air gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output, megabytes
from pyv.cli.publishing import key_directory
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.mirror.export import Plan
    from pyv.mirror.receive import Received

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")]


def export(
    directory: Directory,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The bundle to write.")],
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="ID|FILE|last",
            help="Leave out archives that an earlier export had: its id, its file, or `last`.",
        ),
    ] = None,
    dry_run: DryRun = False,
    quiet: o.Quiet = False,
    json: o.Json = False,
) -> None:
    """Write what a mirror has published to one file: an OCI image layout in a tar, for `pyv mirror import`.

    An increment (--since) has the whole index and the archives that are new since; the far side needs the bundles
    before it. A file that is there is replaced. skopeo copies a whole bundle: skopeo copy --all oci-archive:FILE:index

    \b
    pyv mirror export /srv/pyv -o pyv.oci.tar
    pyv mirror export /srv/pyv -o monday.oci.tar --since last
    """
    from pyv.cli.progress import watched
    from pyv.mirror.export import export as write
    from pyv.mirror.export import plan_export
    from pyv.mirror.layout import Mirror

    environment = current()
    told, reporter = watched(Output(environment=environment, as_json=json, quiet=quiet))
    mirror = Mirror(environment.cwd / directory)
    mirror.read_keys()
    plan = plan_export(mirror, environment.cwd / output, since, environment.cwd)
    if not dry_run:
        write(mirror, plan, now=environment.now, progress=reporter.progress(plan.output.name))
    _tell_export(plan, told, dry_run=dry_run)


def _tell_export(plan: Plan, output: Output, *, dry_run: bool) -> None:
    version, sha256 = plan.root
    size, left = sum(part.size for part in plan.archives), sum(part.size for part in plan.left_out)
    output.say(f"{'would export' if dry_run else 'exported'} {plan.ident}: {plan.output}")
    output.say(f"  the whole index, and archives: {len(plan.archives)} ({megabytes(size)})")
    if plan.since:
        output.say(f"  left out, since {plan.since} had them: {len(plan.left_out)} ({megabytes(left)})")
    output.say(f"  snapshot {plan.image.snapshot}, root version {version}, sha256 {sha256}")
    new = "after the bundles before it" if plan.since else f"into a new DIR with --sha256 {sha256}"
    output.say(f"on the far side: pyv mirror import {plan.output.name} DIR ({new})")
    output.json(
        {
            "id": plan.ident,
            "path": str(plan.output),
            "written": not dry_run,
            "index": plan.image.index.sha256,
            "archives": len(plan.archives),
            "bytes": size,
            "since": plan.since or None,
            "left_out": len(plan.left_out),
            "left_out_bytes": left,
            "snapshot": plan.image.snapshot,
            "timestamp": plan.image.timestamp,
            "root_version": version,
            "root_sha256": sha256,
        }
    )


def import_(
    bundle: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle; or an OCI image layout, as skopeo copies.")],
    directory: Directory,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", metavar="DIGEST", help="The sha256 of its root, for a DIR that has none yet."),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option("--keys", metavar="KEYDIR", help="Where timestamp.pem is, if a timestamp has to be signed here."),
    ] = None,
    passphrase_file: o.PassphraseFile = None,
    max_staleness: o.MaxStaleness = None,
    dry_run: DryRun = False,
    quiet: o.Quiet = False,
    json: o.Json = False,
) -> None:
    """Verify everything in a bundle, then publish it in the mirror DIR, which may be new.

    It is verified from the root DIR has. A new DIR takes a root that was accepted before (`pyv trust add`), or the one
    whose sha256 `pyv mirror export` told. Nothing goes back: a bundle older than what is there is refused.

    \b
    pyv mirror import /media/pyv.oci.tar /srv/pyv --sha256 9a0364b9…
    pyv mirror import /media/monday.oci.tar /srv/pyv
    """
    from pyv.cli.context import make_context
    from pyv.cli.passphrase import reading
    from pyv.cli.progress import watched
    from pyv.index.anchors import accepted, embedded_anchor
    from pyv.mirror.import_plan import Trusted
    from pyv.mirror.layout import Mirror
    from pyv.mirror.receive import receive

    environment = current()
    output, reporter = watched(Output(environment=environment, as_json=json, quiet=quiet))
    context = make_context(environment, output, max_staleness=max_staleness)
    mirror = Mirror(environment.cwd / directory)
    trusted = Trusted(
        known=[*filter(None, [embedded_anchor()]), *accepted(context.root)],
        sha256=sha256,
        keys=None if keys is None else key_directory(environment, keys, reading(environment, passphrase_file)),
        max_staleness=context.policy.max_staleness,
    )
    with context.closing:
        received = receive(
            mirror,
            environment.cwd / bundle,
            trusted,
            now=environment.now,
            dry_run=dry_run,
            progress=reporter.progress(bundle.name),
        )
    _tell_import(mirror.path, received, output, dry_run=dry_run)


def _tell_import(directory: Path, received: Received, output: Output, *, dry_run: bool) -> None:
    from hashlib import sha256

    from pyv.cli.output import days

    size = sum(listed.size for listed in received.added)
    digest = sha256(received.generation.root.to_bytes()).hexdigest()
    if not received.is_new:
        output.say(f"nothing new in bundle {received.ident}")
    else:
        output.say(f"{'would import' if dry_run else 'imported'} bundle {received.ident}")
        output.say(f"  archives: {len(received.added)} added ({megabytes(size)}), {received.there} were there")
        if received.repacked:
            output.say(f"  records of repacked archives: {received.repacked} new")
        if received.changed:
            roles = ", ".join(f"{role} {version}" for role, version in sorted(received.changed.items()))
            output.say(f"  {'to publish' if dry_run else 'published'}: {roles}")
        if received.signed:
            output.say(f"  timestamp {received.generation.timestamp.version} was signed here")
    if received.stale:
        output.say(f"warning: it expired {days(received.stale)} ago: clients will need --max-staleness")
    if received.note:
        output.say(f"warning: {received.note}")
    if "root" in received.changed and not dry_run:
        output.say(f"clients accept it with: pyv trust add {directory} --sha256 {digest}")
    output.json(
        {
            "id": received.ident,
            "new": received.is_new,
            "written": received.is_new and not dry_run,
            "published": dict(sorted(received.changed.items())),
            "added": len(received.added),
            "bytes": size,
            "there": received.there,
            "repacked": received.repacked,
            "signed_timestamp": received.signed,
            "stale": int(received.stale),
            "root_sha256": digest,
            "root_version": received.generation.root.version,
        }
    )
