"""`pyv version-file`: the version file in force."""

from __future__ import annotations

import os
from pathlib import Path

from pyv.environment import Environment
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.dispatch import UsageError
from pyv.selection import pins
from pyv.store.paths import Root

HELP = """\
Usage: pyv version-file [DIR]

Show the version file in force: the nearest .python-version upwards, else the global file.
With DIR: the nearest one at or above DIR, and nothing else.

Examples:
  pyv version-file              /srv/app/.python-version
  pyv version-file ../other     the file that holds in another directory
"""


def version_file(environment: Environment, arguments: list[str]) -> int:
    """Print the path; 1 where there is no file at or above DIR."""
    _, directories = leading_options(arguments, {})
    if len(directories) > 1:
        raise UsageError
    if directories and directories[0]:
        found = pins.find_upwards(Path(os.path.normpath(environment.cwd / directories[0])))
    else:
        found = pins.version_file(environment, Root(environment.root))
    if found is None:
        return 1
    print(found)
    return 0
