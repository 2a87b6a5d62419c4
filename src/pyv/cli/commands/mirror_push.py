"""`pyv mirror push`: a mirror to a registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output, megabytes
from pyv.environment import current
from pyv.errors import RequestError

if TYPE_CHECKING:
    from pyv.mirror.push import Pushed


def push(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")],
    place: Annotated[str, typer.Argument(metavar="oci://…", help="A repository: oci://HOST/NAMESPACE/NAME.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Files sent at once.")] = 4,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Bring what a mirror has published to an OCI registry, from which pyv installs: --index oci://HOST/NAMESPACE/NAME.

    Only what the registry lacks is sent, and the tag `index` moves last: until then its clients see the mirror as it
    was. A push that broke is finished by the next one. An index that is older than the registry's is refused.
    Credentials: PYV_TOKEN_<HOST>, or `machine HOST` in the netrc file. Registries of this machine are spoken to over
    plain HTTP; oci+http:// does so elsewhere.

    \b
    pyv mirror push /srv/pyv oci://registry.example/tools/pyv
    """
    from pyv.cli.progress import watched
    from pyv.mirror.layout import Mirror
    from pyv.mirror.push import push as bring
    from pyv.transfer.client import Client
    from pyv.transfer.locations import Location

    environment = current()
    location = Location.parse(place, environment.cwd)
    if not location.is_registry:
        raise RequestError(
            f"`{location.label}` is no registry",
            hint="write oci://HOST/NAMESPACE/NAME; a directory or web server takes a copy of DIR (docs/mirrors.md)",
        )
    output, watcher = watched(Output(environment=environment, as_json=json, quiet=quiet))
    with Client(environment) as client:
        pushed = bring(Mirror(environment.cwd / directory), location, client, watcher, jobs=jobs, dry_run=dry_run)
    _tell(pushed, location.label, output, dry_run=dry_run)


def _tell(pushed: Pushed, place: str, output: Output, *, dry_run: bool) -> None:
    archives, files = pushed.archives, pushed.files
    if pushed.is_new:
        amount = f"{_counted(archives.sent, 'archive')} and {_counted(files.sent, 'file')} of the index"
        size = megabytes(archives.size + files.size)
        output.say(f"{'would send' if dry_run else 'sent'} {amount} ({size}) to {place}")
    else:
        output.say(f"nothing new: {place} holds all of it")
    output.json(
        {
            "place": place,
            "digest": f"sha256:{pushed.digest}",
            "timestamp": pushed.timestamp,
            "snapshot": pushed.snapshot,
            "new": pushed.is_new,
            "dry_run": dry_run,
            "archives": {"sent": archives.sent, "bytes": archives.size, "there": archives.there},
            "files": {"sent": files.sent, "bytes": files.size, "there": files.there},
            "groups_there": pushed.skipped,
        }
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
