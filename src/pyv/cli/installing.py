"""From what a person wishes to plans, outcomes, lines and an exit code."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyv.api import Cancel, install, resolve
from pyv.cli.context import Context
from pyv.cli.installing_locked import Locking, plans_of_lock
from pyv.cli.outcomes import announcement, described, outcome_values, tell
from pyv.cli.pinned import pinned_words, tell_unfollowed
from pyv.cli.progress import watched
from pyv.cli.watching import told_by
from pyv.concurrently import one_by_one, side_by_side
from pyv.domain.own_name import split_name
from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.triple import Host
from pyv.domain.variant import parse_variant
from pyv.errors import PyvError, RequestError
from pyv.index.opened import Index
from pyv.install.local import Judges, is_archive, plan_archive
from pyv.install.plan import Options, Plan
from pyv.install.remove import sweep
from pyv.install.reporter import Reporter
from pyv.install.session import Session
from pyv.install.site import Outcome
from pyv.store.atomic import store_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command line of `install`."""

    requests: tuple[str, ...]
    index: str | None = None
    mirrors: tuple[str, ...] = ()
    flavor: str | None = None
    variant: str | None = None
    debug: bool = False
    build: str | None = None
    triple: str | None = None
    machine: Host
    """What it has to run on."""
    proof: Path | None = None
    sha256: str | None = None
    jobs: int = 4
    force: bool = False
    skip_existing: bool = False
    compile_bytecode: bool = False
    offline: bool = False
    dry_run: bool = False
    locking: Locking | None = None


def run_install(wishes: Wishes, context: Context) -> int:
    """Plan everything before anything is fetched, then install side by side; the exit code."""
    gc.disable()  # a second of life, most of it in C: cycles cost more to look for than to keep
    _keep_memory()
    output = context.output
    plans = make_plans(wishes, context)
    for plan in plans:
        output.explain(f"{plan.name}: {plan.why}; index {plan.index}, {plan.level}")
        for note in plan.notes:
            output.say(f"{plan.name}: {note}")
    if wishes.dry_run:
        for plan in plans:
            output.result(described(plan))
        output.json({"plans": [plan.to_dict() for plan in plans]})
        return 0
    status, told = carry_out(plans, context, jobs=wishes.jobs, compile_bytecode=wishes.compile_bytecode)
    output.json({"installed": told})
    if not (status or wishes.requests or wishes.locking):
        tell_unfollowed(plans, context)
    return status


def _keep_memory() -> None:
    """Have freed memory used again instead of given back and faulted in anew, for every chunk that is inflated.

    The thresholds of glibc's malloc follow the largest block that was mapped and freed, up to 32 MiB (mallopt(3)). This
    one is never touched, so it costs no memory; elsewhere it does nothing.
    """
    with suppress(MemoryError):
        bytes(31 << 20)


def carry_out(
    plans: Sequence[Plan], context: Context, *, jobs: int, compile_bytecode: bool = False
) -> tuple[int, list[dict[str, object]]]:
    """Install side by side and tell of each; the first exit code that is not 0, and what became of each for scripts."""
    swept = sweep(context.root, context.environment)
    if swept:
        context.output.say(f"cleared {swept} unfinished installation{'s' if swept > 1 else ''} of an earlier run")
    output, reporter = watched(context.output)
    with output.group(f"pyv install {' '.join(plan.word for plan in plans)}") as fault:
        for plan in plans:
            if not plan.is_done:
                reporter.step(plan.name, announcement(plan))
        status, told = 0, []
        for plan, ended in carry_out_each(plans, context, reporter, jobs=jobs, compile_bytecode=compile_bytecode):
            told.append(outcome_values(plan, ended))
            if isinstance(ended, PyvError):
                status = status or ended.exit_code
                fault(ended)
            else:
                tell(ended, plan.notes, output)
    return status, told


def carry_out_each(
    plans: Sequence[Plan], session: Session, reporter: Reporter, *, jobs: int, compile_bytecode: bool = False
) -> Iterator[tuple[Plan, Outcome | PyvError]]:
    """Carry out plans side by side; each ends with an outcome or its own error, in the order they end.

    Ctrl-C and SIGTERM stop every one of them cleanly; KeyboardInterrupt is raised then.
    """
    cancel, told = Cancel(), told_by(reporter)
    act = partial(install, session=session, progress=told, cancel=cancel, compile_bytecode=compile_bytecode)

    def translate(fault: OSError) -> PyvError:
        return store_error("install into", fault.filename or "the root", fault)

    if all(plan.is_done for plan in plans):
        return one_by_one(plans, act, translate=translate)
    return side_by_side(plans, act, jobs=jobs, cancel=cancel.cancel, translate=translate)


def make_plans(wishes: Wishes, context: Context) -> list[Plan]:
    """One plan for each version wished for; the same version twice is one plan.

    Raises:
        PyvError: one of the wishes cannot be met; then none is begun.
    """
    if wishes.locking is not None:
        options = Options(
            triple=wishes.triple,
            force=wishes.force,
            skip_existing=wishes.skip_existing,
            offline=wishes.offline,
            mirrors=context.mirrors(list(wishes.mirrors)),
            policy=context.policy,
        )
        plans = plans_of_lock(wishes.requests, wishes.locking, options, wishes.machine, context)
        return _one_each(plans, hint="bring them together: pyv lock")
    asked = [_read(word, wishes) for word in wishes.requests or pinned_words(context.environment)]
    if (wishes.sha256 or wishes.proof) and (len(asked) != 1 or asked[0].request is not None):
        raise RequestError(
            "--sha256 and --proof belong to one local archive, and to nothing else",
            hint="install it in a command of its own; versions of an index carry their signed digest",
        )
    requests = [each.request for each in asked if each.request is not None]
    index = _index(requests, wishes, context) if requests else None

    def planned(each: _Asked) -> Plan:
        if index is not None and each.request is not None:
            return _plan_version(each.request, each.name, index, wishes, context)
        return _plan_archive(each, wishes, context)

    made = [planned(each) for each in asked]
    if index is not None and len({plan.name for plan in made}) < len(made):
        index = index.current()  # what meets in an index of yesterday may part in that of today
        made = [planned(each) for each in asked]
    return _one_each(made)


def _one_each(made: Iterable[Plan], hint: str = "") -> list[Plan]:
    """The same version twice is one plan.

    Raises:
        RequestError: two builds of one version were asked for.
    """
    plans: dict[str, Plan] = {}
    for plan in made:
        if plans.setdefault(plan.name, plan).artifact.sha256 != plan.artifact.sha256:
            raise RequestError(
                f"two different builds of {plan.name} were asked for, and only one can have the name",
                hint=hint or f"choose {plans[plan.name].artifact.pinned} or {plan.artifact.pinned}",
            )
    return list(plans.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One word of the command line, read."""

    text: str
    name: str | None
    """The name a person chose."""
    request: VersionRequest | None
    """None for an archive."""


def _read(word: str, wishes: Wishes) -> _Asked:
    text, name = (word, None) if is_archive(word) else split_name(word)
    if is_archive(text):
        return _Asked(text=text, name=name, request=None)
    request = parse_request(text)
    try:
        variant = request.variant if wishes.variant is None else parse_variant(wishes.variant)
    except ValueError as fault:
        raise RequestError(str(fault), hint="leave --variant out for a default build") from None
    if wishes.debug:
        variant = variant._replace(debug=True)
    return _Asked(text=text, name=name, request=dataclasses.replace(request, variant=variant))


def _index(requests: Iterable[VersionRequest], wishes: Wishes, context: Context) -> Index:
    """The index, good for the triples of these requests."""
    triples = {wishes.triple or request.triple or wishes.machine.triple for request in requests}
    return context.index(wishes.index, sorted(triples), offline=wishes.offline)


def _plan_archive(asked: _Asked, wishes: Wishes, context: Context) -> Plan:
    from pyv.index.seen import every_key, every_revocation  # noqa: PLC0415 (reads every accepted index)

    root = context.root
    return plan_archive(
        context.environment.cwd / asked.text,
        name=asked.name,
        proof=wishes.proof,
        sha256=wishes.sha256,
        force=wishes.force,
        judges=Judges(keys=every_key(root), revocations=every_revocation(root), policy=context.policy),
        host=wishes.machine,
        root=root,
        now=context.environment.now,
    )


def _plan_version(request: VersionRequest, name: str | None, index: Index, wishes: Wishes, context: Context) -> Plan:
    return resolve(
        request,
        context,
        index=index,
        mirrors=wishes.mirrors,
        triple=wishes.triple,
        flavor=wishes.flavor,
        build=wishes.build,
        name=name,
        force=wishes.force,
        skip_existing=wishes.skip_existing,
        offline=wishes.offline,
        machine=wishes.machine,
    )
