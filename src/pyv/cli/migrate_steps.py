"""The steps of a migration that change something: twins, links, packages; each told as it ends."""

from __future__ import annotations

from pyv.cli import migrate_output as told
from pyv.cli.context import Context
from pyv.cli.installing import carry_out
from pyv.cli.migration import Migration, twins_of
from pyv.errors import PyvError
from pyv.install.remove import sweep
from pyv.migrate.inventory import refuse_own
from pyv.migrate.link import Link, adopt, plan_aliases, plan_links, refuse_unjudged
from pyv.migrate.reinstall import Move, Moved, plan_move
from pyv.migrate.reinstall import carry_out as move_packages
from pyv.migrate.twin import Twin
from pyv.store.lock import locked
from pyv.store.shims import rehash
from pyv.store.versions import store_id_of

_FAILED = 1


def take_steps(migration: Migration) -> int:
    """Install what has a twin, link what was asked for, then the packages."""
    wishes, context = migration.wishes, migration.context
    refuse_own(migration.inventory, context.root)
    if wishes.steps.link:
        refuse_unjudged(context.policy)
    steps, values = wishes.steps, {**told.heading(migration.inventory), "dry_run": wishes.dry_run}
    if not wishes.dry_run:
        sweep(context.root, context.environment)
    twins = twins_of(migration) if steps.install else []
    links = _links(migration, twins) if steps.link else []
    status = _install(migration, twins, values) if steps.install else 0
    if steps.link:
        values["links"] = _make(migration, links)
    if steps.packages:
        status = _packages(migration, twins, values) or status
    context.output.json(values)
    return status


def _install(migration: Migration, twins: list[Twin], values: dict[str, object]) -> int:
    wishes, context, output = migration.wishes, migration.context, migration.context.output
    plans = [twin.plan for twin in twins if twin.plan is not None]
    left = [twin for twin in twins if twin.plan is None]
    for plan in plans:
        for note in plan.notes:
            output.say(f"{plan.name}: {note}")
    for twin in left:
        output.say(f"{twin.entry.name}: left as it is: {twin.cause}")
    values["left"] = [{"name": twin.entry.name, "cause": twin.cause} for twin in left]
    status = 0
    if wishes.dry_run:
        output.lines(told.planned(plan) for plan in plans)
        values["plans"] = [plan.to_dict() for plan in plans]
    else:
        status, values["installed"] = carry_out(plans, context, jobs=wishes.jobs)
    links = plan_aliases(migration.inventory, migration.entries, context.root)
    values["aliases"] = _make(migration, links)
    return status


def _links(migration: Migration, twins: list[Twin]) -> list[Link]:
    """The links of what no twin takes the place of in the same command."""
    replaced = {twin.entry.name for twin in twins if twin.plan is not None}
    entries = [entry for entry in migration.entries if entry.name not in replaced]
    return plan_links(migration.inventory, entries, migration.context.root)


def _make(migration: Migration, links: list[Link]) -> list[dict[str, object]]:
    wishes, context, output = migration.wishes, migration.context, migration.context.output
    yielding: tuple[str, ...] = ()
    if not wishes.dry_run:
        yielding = adopt(links, wishes.tool, context.root, context.environment)
    output.lines(told.link_lines(links, dry_run=wishes.dry_run))
    for link in links:
        if link.cause:
            output.say(f"{link.entry.name}: not linked: {link.cause}")
    for name in yielding:
        output.say(f"{name}: no alias any more while a linked version of it is there; a pin of {name} works as before")
    return [link.to_dict() for link in links]


def _packages(migration: Migration, twins: list[Twin], values: dict[str, object]) -> int:
    context, output, dry_run = migration.context, migration.context.output, migration.wishes.dry_run
    root = context.root
    planned = {twin.entry.name for twin in twins if twin.plan is not None}
    moves: list[Move] = []
    for entry in migration.entries:
        if entry.kind != "interpreter" or not entry.here:
            continue
        if store_id_of(root, entry.here) is not None or (dry_run and entry.name in planned):
            moves.append(plan_move(entry.here, entry.path, root.version_link(entry.here)))
        else:
            output.say(f"{entry.name}: its packages stay where they are: pyv has not installed {entry.here}")
    if dry_run:
        output.lines(told.move_line(move) for move in moves)
        values["packages"] = [Moved(move=move, installed=(), failed=()).to_dict() for move in moves]
        return 0
    ended = [_moved(move, context) for move in moves]
    if any(isinstance(each, Moved) and each.installed for each in ended):
        with locked(root.tree_lock):
            rehash(root, context.environment.python)
    values["packages"] = [
        each.to_dict() if isinstance(each, Moved) else told.failure(move, each)
        for move, each in zip(moves, ended, strict=True)
    ]
    return _FAILED if any(isinstance(each, PyvError) or each.failed for each in ended) else 0


def _moved(move: Move, context: Context) -> Moved | PyvError:
    output = context.output
    try:
        moved = move_packages(move, context.environment.vars, lambda text: output.say(f"{move.name}: {text}"))
    except PyvError as fault:
        output.fault(fault)
        return fault
    output.lines(told.moved_lines(moved))
    for line in told.moved_notes(moved):
        output.say(line)
    return moved
