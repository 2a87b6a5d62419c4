"""`pyv root`: where everything lies."""

from __future__ import annotations

from pyv.environment import Environment

HELP = """\
Usage: pyv root

Show the directory that holds versions, shims and caches: $PYV_ROOT, else ~/.pyv.

Examples:
  pyv root               /home/me/.pyv
  ls "$(pyv root)/shims"
"""


def root(environment: Environment, arguments: list[str]) -> int:  # noqa: ARG001 (pyenv takes any)
    """Print the root."""
    print(environment.root)
    return 0
