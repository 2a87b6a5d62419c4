"""`pyv version-file-read`: what a version file says."""

from __future__ import annotations

from pathlib import Path

from pyv.environment import Environment
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.speech import say_ignored
from pyv.selection.pins import read_names
from pyv.store.paths import Root

HELP = """\
Usage: pyv version-file-read FILE

Show the versions a file names, joined by colons.

Examples:
  pyv version-file-read .python-version    3.12.2:3.11.7
  pyv version-file-read "$(pyv version-file)"
"""


def version_file_read(environment: Environment, arguments: list[str]) -> int:
    """Print the names; 1 where there are none, or no file."""
    if not arguments:
        if environment.is_pyenv:
            return 1
        raise UsageError
    path = Path(environment.cwd / arguments[0])
    if not path.is_file():
        return 1
    names, ignored = read_names(path, Root(environment.root).versions)
    say_ignored(ignored, arguments[0], environment)
    if not names:
        return 1
    print(":".join(names))
    return 0
