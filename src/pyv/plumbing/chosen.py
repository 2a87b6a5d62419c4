"""The selection of this directory, as every command here begins."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.speech import say_ignored
from pyv.selection.installed import Installed, read_installed
from pyv.selection.pins import find_pin
from pyv.selection.select import Selection, select
from pyv.store.paths import Root


def chosen(environment: Environment, *, quiet: bool = False) -> tuple[Selection, Installed]:
    """What is selected here; unless `quiet`, words ignored in the version file are told on stderr."""
    root = Root(environment.root)
    installed = read_installed(root)
    pin = find_pin(environment, root)
    if not quiet:
        say_ignored(pin.ignored, pin.origin, environment)
    return select(pin, installed), installed
