"""What people and scripts are told of a plan, and of what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from pyv.cli.output import Output, days, error_values, megabytes
from pyv.domain.timestamp import parse_utc
from pyv.errors import PyvError
from pyv.index.opened import EMBEDDED, FRESH
from pyv.install.plan import Plan
from pyv.install.site import Outcome
from pyv.trust.keys import short


def described(plan: Plan) -> str:
    """What a plan would do, in a line."""
    artifact = plan.artifact
    count = plan.fetched.size
    size = f", {megabytes(count)}" if count else ""
    if plan.is_done:
        return f"{plan.name} is installed already"
    verb = "replace" if plan.installed else "install"
    return f"would {verb} {plan.name} from {artifact.name}{size}"


def announcement(plan: Plan) -> str:
    """What is about to be fetched."""
    count = plan.fetched.size
    size = f" ({megabytes(count)})" if count else ""
    return f"{plan.artifact.name}{size}"


def outcome_values(plan: Plan, ended: Outcome | PyvError) -> dict[str, object]:
    """What became of a plan, for scripts."""
    if isinstance(ended, PyvError):
        return {**plan.to_dict(), "status": "failed", "error": error_values(ended)}
    told: dict[str, object] = {**ended.plan.to_dict(), "prefix": str(ended.prefix)}
    if ended.receipt is None:
        return {**told, "status": "present"}
    return {
        **told,
        "status": "replaced" if ended.replaced else "installed",
        "source": ended.receipt.source,
        "derived": None if ended.receipt.derived is None else dict(ended.receipt.derived),
        "transferred": ended.transferred,
        "tree": ended.receipt.tree,
        "seconds": round(ended.seconds, 3),
    }


def _place(source: str) -> str:
    """The mirror a file came from: the file's own name says nothing a person reads."""
    base, blobs, _ = source.partition("/blobs/sha256/")
    return base if blobs else source.rpartition("/")[0]


def tell(outcome: Outcome, said: Sequence[str], output: Output) -> None:
    """Tell a person; `said` are the notes that were told before."""
    plan = outcome.plan
    name = plan.name
    for note in plan.notes:
        if note not in said:
            output.say(f"{name}: {note}")
    if outcome.receipt is None:
        output.say(f"{name} is installed already")
        return
    source = _place(outcome.receipt.source)
    how = f"{megabytes(outcome.transferred)} from {source}" if outcome.transferred else "from the cache"
    packing = outcome.receipt.derived
    repacked = f"repacked by key {short(packing['keyid'])}" if packing is not None else ""
    checked = "signature and sha256 verified" if outcome.receipt.keyid else "sha256 verified"
    verdict = "; ".join(filter(None, (how, repacked, checked, _freshness(plan, output.environment.now))))
    what = f"{name} ({plan.artifact.version_name})" if plan.own_name else name
    output.say(f"installed {what} in {outcome.seconds:.1f} s ({verdict}): {outcome.prefix}")
    if outcome.replaced:
        left = ", ".join(outcome.left_behind) or "none"
        output.say(f"{name}: the build it replaces is kept as {outcome.replaced}; packages left there: {left}")


def _freshness(plan: Plan, now: float) -> str:
    """How old the index was that named the artifact; empty where none did."""
    published = parse_utc(plan.published)
    if plan.stale:
        return f"index expired {days(plan.stale)} ago, which the policy allows"
    if plan.index == EMBEDDED:
        return f"embedded index, {days(now - published)} old" if published is not None else "embedded index"
    return "index fresh" if plan.level == FRESH else ""
