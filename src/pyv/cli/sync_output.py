"""What a synchronisation tells: people in lines, scripts in JSON."""

from __future__ import annotations

from collections.abc import Iterator

from pyv.cli.output import Output, error_values, megabytes
from pyv.cli.publishing import published_values, tell_expiring, tell_published
from pyv.mirror.difference import Difference
from pyv.mirror.repack import RepackResult
from pyv.mirror.sync import SyncResult
from pyv.mirror.sync_plan import SyncPlan

_WAITING = 4


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(count: int | None) -> str:
    return "size unknown" if count is None else megabytes(count)


def _total(plan: SyncPlan) -> str:
    """What is to be fetched, as far as records say."""
    if plan.unsized == len(plan.missing):
        return _size(None)
    return f"at least {megabytes(plan.size)}" if plan.unsized else megabytes(plan.size)


def tell_warnings(plan: SyncPlan, output: Output) -> None:
    """What upstream does not have of the choice, or is not to be believed."""
    for word in plan.unanswered:
        output.say(f"warning: {plan.upstream.place} has nothing for `{word}` that may be installed")
    for _, fault in plan.refused:
        output.say(f"warning: a record of {plan.upstream.place} is refused: {fault.message}")


def tell_plan(plan: SyncPlan, output: Output, *, dry_run: bool) -> None:
    missing = {artifact.sha256 for artifact in plan.missing}
    there = sum(artifact.sha256 not in missing for artifact in plan.chosen)
    told = f"{_count(len(plan.chosen), 'archive')} of {plan.upstream.place} chosen, {there:,} here"
    if plan.missing:
        told += f"; {'would fetch' if dry_run else 'fetching'} {len(plan.missing):,} ({_total(plan)})"
    output.say(told)
    tell_warnings(plan, output)
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
        "unsized": plan.unsized,
        "refused": [{"name": artifact.name, "error": error_values(fault)} for artifact, fault in plan.refused],
        "unanswered": list(plan.unanswered),
    }


def tell_result(result: SyncResult, repacked: RepackResult | None, output: Output) -> int:
    status = 0
    for _, fault in (*result.plan.refused, *result.failed):
        output.fault(fault)
        status = status or fault.exit_code
    if result.fetched:
        output.say(f"fetched {_count(result.fetched, 'archive')} ({megabytes(result.transferred)})")
    if result.failed:
        output.say(f"{_count(len(result.failed), 'archive')} could not be had: the next sync tries again")
    if result.holds_back:
        output.say("upstream's new releases wait until all of that is in order; what it took back does not")
    tell_published(result.published, output)
    if not result.published.changed and not result.published.waiting and not status:
        output.say("nothing new to publish")
    if repacked is not None:
        made = f"repacked {_count(len(repacked.made), 'archive')}" if repacked.made else "nothing new to repack"
        output.say(f"{made}; clients prefer repacked archives with {repacked.policy}")
    expired = tell_expiring(result.published, output)
    values: dict[str, object] = {
        **plan_values(result.plan),
        "fetched": result.fetched,
        "transferred": result.transferred,
        "failed": [{"name": artifact.name, "error": error_values(fault)} for artifact, fault in result.failed],
        "repacked": None if repacked is None else len(repacked.made),
    }
    output.json({**values, **published_values(result.published)})
    return status or (_WAITING if expired or result.published.waiting else 0)


def difference_lines(found: Difference) -> Iterator[str]:
    fetched = {artifact.sha256 for artifact in found.fetched}
    for artifact in found.fetched:
        yield f"+ archive {artifact.name} ({_size(artifact.size)})"
    for artifact in found.added:
        if artifact.sha256 not in fetched:
            yield f"+ record {artifact.name}"
    for artifact in found.resigned:
        yield f"~ record {artifact.name}"
    for artifact in found.superseded:
        yield f"- record {artifact.name}"
    for keyid in found.keys:
        yield f"+ artifact key {keyid}"
    for keyid in found.retired:
        yield f"! artifact key {keyid}: upstream names it no longer, or as revoked"
    for entry in found.revocations:
        what = " ".join(f"{kind} {word}" for kind, word in entry.match.items())
        yield f"! {entry.action} {what}: {entry.told}"


def difference_values(found: Difference) -> dict[str, object]:
    return {
        "added": [artifact.name for artifact in found.added],
        "resigned": [artifact.name for artifact in found.resigned],
        "superseded": [artifact.name for artifact in found.superseded],
        "keys": list(found.keys),
        "retired": list(found.retired),
        "revocations": [entry.to_dict() for entry in found.revocations],
    }
