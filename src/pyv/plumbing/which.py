"""`pyv which`: the file a command would run; and pyenv's words for a command that is nowhere."""

from __future__ import annotations

import sys

from pyv.environment import Environment
from pyv.plumbing.chosen import chosen
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.speech import hint_install, say
from pyv.selection.installed import Installed
from pyv.selection.lookup import find_program, holders
from pyv.selection.select import Selection

HELP = """\
Usage: pyv which COMMAND [--nosystem] [--skip-advice]

Show the full path of the program a command would run here.
Nothing is installed for it, whatever PYV_AUTO_INSTALL says.

  --nosystem       do not look on the system's PATH
  --skip-advice    do not say which other versions have it

Examples:
  pyv which python                     /home/me/.pyv/versions/3.12.2/bin/python
  PYV_VERSION=3.13 pyv which pip
"""
NOT_FOUND = 127
_OPTIONS = {"--nosystem", "--skip-advice"}


def which(environment: Environment, arguments: list[str]) -> int:
    """Print the path; 127 where there is none.

    Raises:
        StrictSelectionError: in strict mode, where a selected version is missing.
    """
    operands = [word for word in arguments if word not in _OPTIONS]
    if len(operands) != 1 or not operands[0]:
        raise UsageError
    selection, installed = chosen(environment)
    if selection.missing:
        from pyv.plumbing.missing import refuse_if_strict  # noqa: PLC0415 (rare)

        refuse_if_strict(selection, environment)
    found = find_program(operands[0], selection, installed, environment, system="--nosystem" not in arguments)
    if found is None:
        return not_found(operands[0], selection, installed, environment, advice="--skip-advice" not in arguments)
    print(found.path)
    return 0


def not_found(
    command: str, selection: Selection, installed: Installed, environment: Environment, *, advice: bool = True
) -> int:
    """Say why a command is not found, in pyenv's order; the exit status."""
    missing = [choice.kept for choice in selection.missing]
    for name in missing:
        say(f"version `{name}' is not installed (set by {selection.pin.origin})", environment)
    say(f"{command}: command not found", environment)
    having = holders(command, installed) if advice else []
    if having:
        advised = "pyenv help global" if environment.is_pyenv else "pyv global --help"
        lines = "".join(f"  {name}\n" for name in having)
        sys.stderr.write(
            f"\nThe `{command}' command exists in these Python versions:\n{lines}\n"
            f"Note: See '{advised}' for tips on allowing multiple\n"
            "      Python versions to be found at the same time.\n"
        )
    if missing:
        hint_install(missing, environment)
    return NOT_FOUND
