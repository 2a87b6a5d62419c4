"""`pyv version-file-write`: versions into a file, after a look whether they are installed."""

from __future__ import annotations

from pathlib import Path

from pyv.environment import Environment
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.writing import write_names
from pyv.selection.installed import read_installed
from pyv.store.paths import Root

HELP = """\
Usage: pyv version-file-write [-f|--force] FILE VERSION...

Write versions into a file, one a line.

  -f, --force    write names of versions that are not installed

Examples:
  pyv version-file-write .python-version 3.12 3.11
  pyv version-file-write --force ci/python 3.14
"""


def version_file_write(environment: Environment, arguments: list[str]) -> int:
    """Write the file; it stays as it was where a version is not installed."""
    options, operands = leading_options(arguments, {"-f": "force", "--force": "force"})
    if len(operands) < 2:
        raise UsageError
    file, *names = operands
    installed = read_installed(Root(environment.root))
    write_names(Path(environment.cwd / file), names, installed, environment, force="force" in options)
    return 0
