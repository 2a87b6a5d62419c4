"""`pyv mirror verify`, `audit`, `prune`, `status`: looking after a mirror's directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output, megabytes
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.mirror.check import Verdict

_UNTRUSTED, _DAMAGED = 4, 7
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
    from pyv.cli.progress import watched
    from pyv.mirror.check import verify_mirror
    from pyv.mirror.layout import Mirror

    environment = current()
    output, watcher = watched(Output(environment=environment, as_json=json, quiet=quiet or json))
    mirror = Mirror(environment.cwd / directory)
    verdict = verify_mirror(mirror, environment.now, quick=quick, jobs=jobs, progress=watcher.progress("verify"))
    output.lines(fault.told for fault in verdict.faults)
    _tell_verdict(verdict, mirror.path, output, quick=quick)
    if verdict.faults:
        raise typer.Exit(_DAMAGED if verdict.is_believed else _UNTRUSTED)


def _tell_verdict(verdict: Verdict, path: Path, output: Output, *, quick: bool) -> None:
    from pyv.mirror.remedies import remedies

    looked = "not read" if quick else "read"
    amount = f"{_counted(verdict.records, 'record')}, {_counted(verdict.archives, 'archive')}"
    summary = f"{amount} ({megabytes(verdict.size)}, {looked})"
    if verdict.not_chosen:
        summary += f"; archives of {_counted(verdict.not_chosen, 'record')} were not chosen"
    state = f"{_counted(len(verdict.faults), 'thing')} wrong" if verdict.faults else "sound"
    output.say(f"{path}: {state}: {summary}")
    hints = remedies(verdict)
    for hint in hints:
        output.say(f"hint: {hint}")
    output.json(
        {
            "sound": not verdict.faults,
            "quick": quick,
            "timestamp": verdict.timestamp or None,
            "records": verdict.records,
            "archives": verdict.archives,
            "bytes": verdict.size,
            "not_chosen": verdict.not_chosen,
            "faults": [{"kind": each.kind, "what": each.what, "why": each.why} for each in verdict.faults],
            "hints": hints,
        }
    )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
