"""What every step of a migration works on: the command line, the other tool's tree, what is searched, the twins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pyv import host
from pyv.api import resolve
from pyv.cli.context import Context
from pyv.domain.request import VersionRequest
from pyv.install.plan import Plan
from pyv.migrate.inventory import Entry, Inventory
from pyv.migrate.survey import PinFile, Survey, read_pin, survey
from pyv.migrate.twin import Twin, find_twins


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Which steps were asked for; none of them lists."""

    link: bool
    install: bool
    packages: bool
    compare: bool
    decommission: bool

    @property
    def acts(self) -> bool:
        """Whether anything is to be changed."""
        return self.link or self.install or self.packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command line of `migrate`."""

    tool: str
    place: str | None
    directories: tuple[Path, ...]
    only: tuple[str, ...]
    steps: Steps
    dry_run: bool
    index: str | None
    mirrors: tuple[str, ...]
    offline: bool
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What every step works on."""

    wishes: Wishes
    context: Context
    inventory: Inventory
    entries: tuple[Entry, ...]


def search(migration: Migration) -> tuple[list[PinFile], Survey]:
    """The global version and every pin below the directories searched, and what else was seen there."""
    context, inventory = migration.context, migration.inventory
    cwd = context.environment.cwd
    directories = [Path(os.path.normpath(cwd / each)) for each in migration.wishes.directories] or [cwd]
    found = survey(directories, inventory.versions, (inventory.place, context.root.path))
    for path in found.unread:
        context.output.say(f"{path}: cannot be read")
    pins = list(found.pins)
    if inventory.global_pin.is_file():
        pins.insert(0, read_pin(inventory.global_pin, inventory.versions))
    return pins, found


def twins_of(migration: Migration) -> list[Twin]:
    """The twin of every interpreter there is to migrate; asks the index."""
    wishes, context, machine = migration.wishes, migration.context, host.detect()
    index = context.index(wishes.index, [machine.triple], offline=wishes.offline).current()

    def planned(request: VersionRequest, force: bool) -> Plan:
        return resolve(
            request,
            context,
            index=index,
            mirrors=wishes.mirrors,
            force=force,
            offline=wishes.offline,
            machine=machine,
        )

    return find_twins(migration.entries, planned, context.root)
