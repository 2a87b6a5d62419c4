"""`pyv exec`: become the program a command means here. What shims call when `sh` cannot decide."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.chosen import chosen
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.which import not_found
from pyv.selection.exec import start
from pyv.selection.lookup import find_program, is_strict, require_all

HELP = """\
Usage: pyv exec COMMAND [ARGUMENT...]

Run a program with the selected Python in front of PATH. Arguments are passed on as they are.

Examples:
  pyv exec python -c 'import sys; print(sys.prefix)'
  PYV_VERSION=3.13:3.12 pyv exec tox
"""


def execute(environment: Environment, arguments: list[str]) -> int:
    """Replace this process by the program; 127 where there is none.

    Raises:
        StrictSelectionError: in strict mode, where a selected version is missing.
    """
    if not arguments or not arguments[0]:
        raise UsageError
    command, *rest = arguments
    selection, installed = chosen(environment)
    if is_strict(environment):
        require_all(selection)
    found = find_program(command, selection, installed, environment)
    if found is None:
        return not_found(command, selection, installed, environment)
    return start(found, command, rest, selection=selection, installed=installed, environment=environment)
