"""`pyv whence`: the installed versions that have a program, whatever is selected."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.dispatch import UsageError
from pyv.selection.installed import read_installed
from pyv.selection.lookup import holders
from pyv.store.paths import Root

HELP = """\
Usage: pyv whence [--path] COMMAND

List the installed versions that have a program.

  --path    the full paths of the program

Examples:
  pyv whence black
  pyv whence --path python3.12
"""


def whence(environment: Environment, arguments: list[str]) -> int:
    """Print them; 1 where there is none."""
    options, operands = leading_options(arguments, {"--path": "path"})
    if not operands or not operands[0]:
        raise UsageError
    installed = read_installed(Root(environment.root))
    found = holders(operands[0], installed)
    for name in found:
        print(installed.binaries(name) / operands[0] if "path" in options else name)
    return 0 if found else 1
