"""What the commands that look after a mirror say of what they found and did."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyv.cli.output import Output, megabytes
from pyv.cli.publishing import published_values, tell_published
from pyv.mirror.audit import Audit
from pyv.mirror.check import Verdict
from pyv.mirror.prune import Pruned
from pyv.mirror.remedies import remedies


def tell_verdict(verdict: Verdict, path: Path, output: Output, *, quick: bool) -> None:
    """What `pyv mirror verify` found beside the faults, and what to do."""
    looked = "not read" if quick else "read"
    amount = f"{counted(verdict.records, 'record')}, {counted(verdict.archives, 'archive')}"
    summary = f"{amount} ({megabytes(verdict.size)}, {looked})"
    if verdict.not_chosen:
        summary += f"; archives of {counted(verdict.not_chosen, 'record')} were not chosen"
    state = f"{counted(len(verdict.faults), 'thing')} wrong" if verdict.faults else "sound"
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


def tell_pruned(pruned: Pruned, output: Output, *, keep_days: int, dry_run: bool) -> None:
    """What `pyv mirror prune` removed, or would."""
    would = "would be " if dry_run else ""
    if pruned.unchosen:
        records = f"{counted(len(pruned.unchosen), 'record')} of upstream's no longer chosen"
        state = f"{would}withdrawn" if dry_run or pruned.published else "not withdrawn: that needs --keys KEYDIR"
        output.say(f"{records}: {state}")
    if pruned.published is not None:
        tell_published(pruned.published, output)
    if pruned.removed:
        output.say(f"{would}removed: {_amount(pruned.removed, 'archive')}")
    if pruned.young:
        output.say(f"kept until nothing has referred to them for {keep_days} days: {_amount(pruned.young, 'archive')}")
    if pruned.partial:
        output.say(f"{would}removed: {_amount(pruned.partial, 'file')} of downloads nobody will finish")
    if not (pruned.unchosen or pruned.removed or pruned.young or pruned.partial):
        output.say("nothing to remove")
    if pruned.note and not (pruned.published and pruned.published.note):
        output.say(pruned.note)
    output.json(
        {
            "dry_run": dry_run,
            "keep_days": keep_days,
            "unchosen": [record.name for record in pruned.unchosen],
            "withdrawn": pruned.published is not None,
            **({} if pruned.published is None else published_values(pruned.published)),
            "removed": sorted(pruned.removed),
            "removed_bytes": sum(pruned.removed.values()),
            "kept": sorted(pruned.young),
            "kept_bytes": sum(pruned.young.values()),
            "partial": sorted(pruned.partial),
            "partial_bytes": sum(pruned.partial.values()),
        }
    )


def tell_audit(found: Audit, path: Path, output: Output) -> None:
    """What `pyv mirror audit` found."""
    for finding in found.findings:
        output.lines((f"{finding.severity} {finding.code}: {finding.what}", f"  {finding.hint}"))
    output.result(found.revocations.told)
    wrong = sum(finding.is_error for finding in found.findings)
    output.say(f"{path}: {counted(wrong, 'error')}, {counted(len(found.findings) - wrong, 'warning')}")
    output.json(
        {
            "findings": [finding.to_dict() for finding in found.findings],
            "revocations": found.revocations.to_dict(),
        }
    )


def _amount(sizes: Mapping[str, int], what: str) -> str:
    return f"{counted(len(sizes), what)} ({megabytes(sum(sizes.values()))})"


def counted(count: int, what: str) -> str:
    """A number of things, as people read it."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
