"""`pyv exec`: become the program a command means here. What shims call when `sh` cannot decide."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.chosen import chosen
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.which import not_found
from pyv.selection.exec import start
from pyv.selection.lookup import find_program

HELP = """\
Usage: pyv exec COMMAND [ARGUMENT...]

Run a program with the selected Python in front of PATH. Arguments are passed on as they are.

Where a selected version is not installed, PYV_AUTO_INSTALL=1 installs it first and PYV_STRICT=1
makes it an error; else the program may come from another selected version, or from the system.

Examples:
  pyv exec python -c 'import sys; print(sys.prefix)'
  PYV_VERSION=3.13:3.12 pyv exec tox
"""


def execute(environment: Environment, arguments: list[str]) -> int:
    """Replace this process by the program; 127 where there is none.

    Raises:
        StrictSelectionError: a selected version is missing, and strict mode or a failed installation forbids to go on.
    """
    if not arguments or not arguments[0]:
        raise UsageError
    command, *rest = arguments
    selection, installed = chosen(environment)
    if selection.missing:
        from pyv.plumbing import missing  # noqa: PLC0415 (rare)

        selection, installed = missing.settled(selection, installed, environment)
    found = find_program(command, selection, installed, environment)
    if found is None:
        return not_found(command, selection, installed, environment)
    return start(found, command, rest, selection=selection, installed=installed, environment=environment)
