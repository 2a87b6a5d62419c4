"""`pyv available`: what can be installed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output, days
from pyv.domain.artifact import Artifact
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.domain.objection import Objection


def available(
    request: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="Only versions inside this request.")
    ] = None,
    all_builds: Annotated[
        bool, typer.Option("--all", "-a", help="Every build and flavor, not just the newest.")
    ] = False,
    all_platforms: Annotated[bool, typer.Option("--all-platforms", help="Every record of every triple.")] = False,
    triple: o.Triple = None,
    index: o.Index = None,
    offline: o.Offline = False,
    max_staleness: o.MaxStaleness = None,
    json: o.Json = False,
) -> None:
    """List what can be installed here: each version with its newest build, oldest first.

    What its publisher took back, or the policy is against, is listed with the reason.

    \b
    pyv available 3.12
    pyv available --all '>=3.12'
    pyv available --all-platforms --json
    """
    from pyv import host
    from pyv.cli.context import make_context
    from pyv.domain.objection import objector
    from pyv.domain.request import parse_request
    from pyv.domain.triple import PUBLISHED, runnable_triples
    from pyv.install.available import offer
    from pyv.store.versions import installed

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json), max_staleness=max_staleness)
    output = context.output
    wanted = parse_request(request) if request else None
    named = triple or (wanted.triple if wanted else None)
    with context.closing:
        if all_platforms:
            triples = list(PUBLISHED)
        elif named:
            triples = [named]
        else:
            triples = runnable_triples(host.detect())[: None if all_builds else 1]
        opened = context.index(index, triples, offline=offline).current()
        found = offer(opened, triples, wanted, every_build=all_builds or all_platforms)
    present = {version.name for version in installed(context.root)}
    against = objector(opened.revocations, context.policy, environment.now)
    marks = [_mark(artifact, present, against(artifact)) for artifact in found.artifacts]
    output.lines(_lines(found.artifacts, marks, every=all_builds or all_platforms))
    output.json(
        {
            "index": opened.label,
            "newest_build": found.newest_build,
            "artifacts": [
                _values(artifact, artifact.version_name in present, against(artifact)) for artifact in found.artifacts
            ],
        }
    )
    if found.newest_build and not json and environment.stdout_is_terminal:
        output.say(f"{opened.label} index: newest build of {_age(found.newest_build, environment.now)}")


def _lines(artifacts: tuple[Artifact, ...], marks: list[str], *, every: bool) -> list[str]:
    marked = zip(artifacts, marks, strict=True)
    if every:
        rows = [(a.pinned, a.triple, a.options or "-", a.flavor, mark) for a, mark in marked]
    else:
        rows = [(a.version_name, a.build, a.flavor, "", mark) for a, mark in marked]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _mark(artifact: Artifact, present: set[str], objection: Objection | None) -> str:
    """What there is to say of it: that it is here, and why it would not be installed."""
    told = ["installed"] if artifact.version_name in present else []
    return "; ".join([*told, *([] if objection is None else [objection.reason])])


def _values(artifact: Artifact, present: bool, objection: Objection | None) -> dict[str, object]:
    return {
        "name": artifact.version_name,
        "version": artifact.version,
        "build": artifact.build,
        "triple": artifact.triple,
        "flavor": artifact.flavor,
        "variant": artifact.variant.label,
        "options": artifact.options,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "installed": present,
        "objection": None if objection is None else objection.reason,
    }


def _age(build: str, now: float) -> str:
    """A build date with its distance from today."""
    date = datetime.strptime(build + "+0000", "%Y%m%d%z")
    return f"{date:%Y-%m-%d}, {days(now - date.timestamp())} ago"
