"""`pyv hooks`: the hook scripts pyenv would source for a command. pyv, which is no bash, runs none of them."""

from __future__ import annotations

import os

from pyv.environment import Environment
from pyv.plumbing import plugins
from pyv.plumbing.dispatch import UsageError

HELP = """\
Usage: pyv hooks COMMAND

List the hook scripts there are for a command, for plugins that ask. pyv itself runs none.

Examples:
  pyv hooks rehash
  pyv hooks exec
"""


def hooks(environment: Environment, arguments: list[str]) -> int:
    """Print the path of each."""
    if not arguments or not arguments[0]:
        raise UsageError
    for directory in plugins.hook_directories(environment):
        place = os.path.join(environment.cwd, directory, arguments[0])
        try:
            names = sorted(os.listdir(place))
        except OSError:
            continue
        for name in names:
            if name.endswith(".bash"):
                print(os.path.realpath(os.path.join(place, name)))
    return 0
