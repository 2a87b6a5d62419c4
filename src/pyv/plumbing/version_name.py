"""`pyv version-name`: the selected versions on one line."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.chosen import chosen
from pyv.plumbing.speech import say_missing

HELP = """\
Usage: pyv version-name [-f|--force]

Show the selected Python version(s), joined by colons.

  -f, --force    keep the names of versions that are not installed

Examples:
  pyv version-name                     3.12.2
  PYV_VERSION=3.13 pyv version-name    3.13.1, the newest 3.13 that is installed
"""


def version_name(environment: Environment, arguments: list[str]) -> int:
    """Print the active names; 1 where one of them is not installed, unless forced."""
    options, _ = leading_options(arguments, {"-f": "force", "--force": "force"})
    selection, _ = chosen(environment)
    if "force" in options:
        print(":".join(selection.kept))
        return 0
    say_missing(selection, environment)
    print(":".join(selection.names))
    return 1 if selection.missing else 0
