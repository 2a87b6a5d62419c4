"""From the command line of `migrate` to what was asked for, and an exit code; and what only looks."""

from __future__ import annotations

from pyv import host
from pyv.cli import migrate_output as told
from pyv.cli.context import Context
from pyv.cli.migrate_steps import take_steps
from pyv.cli.migration import Migration, Wishes, search, twins_of
from pyv.errors import RequestError
from pyv.migrate.compare import compare, find_executable
from pyv.migrate.dependents import dependents
from pyv.migrate.inventory import Inventory
from pyv.migrate.pyenv import read_pyenv
from pyv.migrate.uv import TOOL as UV
from pyv.migrate.uv import read_uv

_FAILED = 1


def run_migrate(wishes: Wishes, context: Context) -> int:
    """List, or take the steps that were asked for; the exit code.

    Raises:
        PyvError: options contradict each other, or there is nothing to migrate from.
    """
    steps = wishes.steps
    if steps.compare + steps.decommission + steps.acts > 1:
        raise RequestError(
            "--compare and --decommission only look; they go with no other step", hint="run one after the other"
        )
    if wishes.only and (steps.compare or steps.decommission):
        raise RequestError("--only chooses versions for the steps that change something", hint="leave it out here")
    inventory = _inventory(wishes, context)
    migration = Migration(wishes=wishes, context=context, inventory=inventory, entries=inventory.only(wishes.only))
    if steps.compare:
        return _compare(migration)
    if steps.decommission:
        return _decommission(migration)
    return take_steps(migration) if steps.acts else _list(migration)


def _inventory(wishes: Wishes, context: Context) -> Inventory:
    if wishes.tool == UV:
        return read_uv(context.environment, wishes.place, context.root, host.detect().triple)
    return read_pyenv(context.environment, wishes.place, context.root)


def _list(migration: Migration) -> int:
    inventory, output = migration.inventory, migration.context.output
    pins, _ = search(migration)
    twins = twins_of(migration)
    others = [entry for entry in migration.entries if entry.kind != "interpreter"]
    output.lines(told.inventory_lines(twins, others, pins))
    output.say(told.summary(inventory, twins, others))
    output.json(
        {
            **told.heading(inventory),
            "versions": [twin.to_dict() for twin in twins],
            "others": [entry.to_dict() for entry in others],
            "pins": [pin.to_dict() for pin in pins],
        }
    )
    return 0


def _compare(migration: Migration) -> int:
    context, inventory = migration.context, migration.inventory
    executable = find_executable(inventory, context.environment)
    _, found = search(migration)
    for name in told.pinning(context.environment):
        context.output.say(f"{name} is set here and replaces what files say; it is left out of the comparison")
    ended = []
    for each in compare(inventory, found.pins, executable, context.environment, context.root):
        ended.append(each)
        context.output.lines(told.compared_lines(each, inventory.tool))
    differing = sum(bool(each.causes) for each in ended)
    context.output.say(told.verdict(len(ended), differing, executable, inventory.tool))
    context.output.json(
        {
            **told.heading(inventory),
            "executable": str(executable),
            "agree": not differing,
            "compared": [each.to_dict() for each in ended],
        }
    )
    return _FAILED if differing else 0


def _decommission(migration: Migration) -> int:
    context, inventory = migration.context, migration.inventory
    _, seen = search(migration)
    found = dependents(inventory, seen, context.environment, context.root)
    context.output.lines(told.dependent_lines(found))
    for line in told.parting(inventory, len(found)):
        context.output.say(line)
    context.output.json({**told.heading(inventory), "dependents": [each.to_dict() for each in found]})
    return _FAILED if found else 0
