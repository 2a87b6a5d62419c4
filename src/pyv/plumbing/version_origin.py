"""`pyv version-origin`: the variable or file that selects."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.selection.pins import find_pin
from pyv.store.paths import Root

HELP = """\
Usage: pyv version-origin

Show which variable or file selects the Python version.

Examples:
  pyv version-origin                     /srv/app/.python-version
  PYV_VERSION=3.12 pyv version-origin    PYV_VERSION environment variable
"""


def version_origin(environment: Environment, arguments: list[str]) -> int:  # noqa: ARG001 (pyenv takes any)
    """Print the origin."""
    print(find_pin(environment, Root(environment.root)).origin)
    return 0
