"""What a synchronisation tells: people in lines, scripts in JSON."""

from __future__ import annotations

from collections.abc import Iterator

from pyv.cli.output import Output, error_values, megabytes
from pyv.cli.publishing import published_values, tell_expiring, tell_published
from pyv.mirror.difference import Difference
from pyv.mirror.repack import RepackResult
from pyv.mirror.sync import SyncPlan, SyncResult

_WAITING = 4


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def tell_plan(plan: SyncPlan, output: Output, *, dry_run: bool) -> None:
    there = len(plan.chosen) - len(plan.missing)
    told = f"{_count(len(plan.chosen), 'archive')} of {plan.upstream.place} chosen, {there:,} here"
    if plan.missing:
        told += f"; {'would fetch' if dry_run else 'fetching'} {len(plan.missing):,} ({megabytes(plan.size)})"
    output.say(told)
    if dry_run:
        output.lines(artifact.file_name for artifact in plan.missing)


def plan_values(plan: SyncPlan) -> dict[str, object]:
    return {
        "upstream": plan.upstream.place,
        "upstream_published": plan.upstream.published or None,
        "choice": plan.settings.choice.to_dict(),
        "chosen": len(plan.chosen),
        "missing": [
            {"name": each.name, "file": each.file_name, "sha256": each.sha256, "size": each.size}
            for each in plan.missing
        ],
        "bytes": plan.size,
    }


def tell_result(result: SyncResult, repacked: RepackResult | None, output: Output) -> int:
    status = 0
    for _, fault in result.failed:
        output.fault(fault)
        status = status or fault.exit_code
    if result.fetched:
        output.say(f"fetched {_count(result.fetched, 'archive')} ({megabytes(result.transferred)})")
    if result.failed:
        output.say(f"{_count(len(result.failed), 'archive')} could not be had: the next sync tries again")
    tell_published(result.published, output)
    if not result.published.changed and not result.published.waiting and not result.failed:
        output.say("nothing new to publish")
    if repacked is not None:
        output.say(f"repacked {_count(len(repacked.made), 'archive')}; clients prefer them with {repacked.policy}")
    expired = tell_expiring(result.published, output)
    values: dict[str, object] = {
        **plan_values(result.plan),
        "fetched": result.fetched,
        "transferred": result.transferred,
        "failed": [{"name": artifact.name, "error": error_values(fault)} for artifact, fault in result.failed],
        "repacked": None if repacked is None else len(repacked.made),
    }
    output.json({**values, **published_values(result.published)})
    waits = result.published.waiting and not result.published.changed
    return status or (_WAITING if expired or waits else 0)


def difference_lines(found: Difference) -> Iterator[str]:
    fetched = {artifact.sha256 for artifact in found.fetched}
    for artifact in found.fetched:
        yield f"+ archive {artifact.name} ({megabytes(artifact.size or 0)})"
    for artifact in found.added:
        if artifact.sha256 not in fetched:
            yield f"+ record {artifact.name}"
    for artifact in found.resigned:
        yield f"~ record {artifact.name}"
    for artifact in found.superseded:
        yield f"- record {artifact.name}"
    for keyid in found.keys:
        yield f"+ artifact key {keyid}"
    for entry in found.revocations:
        what = " ".join(f"{kind} {word}" for kind, word in entry.match.items())
        yield f"! {entry.action} {what}: {entry.told}"


def difference_values(found: Difference) -> dict[str, object]:
    return {
        "added": [artifact.name for artifact in found.added],
        "resigned": [artifact.name for artifact in found.resigned],
        "superseded": [artifact.name for artifact in found.superseded],
        "keys": list(found.keys),
        "revocations": [entry.to_dict() for entry in found.revocations],
    }
