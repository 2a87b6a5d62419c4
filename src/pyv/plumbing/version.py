"""`pyv version`: the selected versions and who selected them, one a line."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.arguments import only_options
from pyv.plumbing.chosen import chosen
from pyv.plumbing.speech import say_missing

HELP = """\
Usage: pyv version [--bare]

Show the selected Python version(s) and which variable or file selects them.

  --bare    names only

Examples:
  pyv version                      3.12.2 (set by /srv/app/.python-version)
  PYV_VERSION=3.13 pyv version     what a variable would select
"""


def version(environment: Environment, arguments: list[str]) -> int:
    """Print the active versions; 1 where one of them is not installed."""
    options = only_options(arguments, {"--bare": "bare"})
    selection, _ = chosen(environment)
    say_missing(selection, environment)
    for name in selection.names:
        print(name if "bare" in options else f"{name} (set by {selection.pin.origin})")
    return 1 if selection.missing else 0
