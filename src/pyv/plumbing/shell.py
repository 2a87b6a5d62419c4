"""`pyv shell`: the version(s) of one shell. A process cannot set its parent's variables: the shell function does."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.speech import hint, say

HELP = """\
Usage: pyv shell VERSION...
       pyv shell -
       pyv shell --unset
       pyv shell

Set or show the Python version(s) of this shell, before every file: it sets PYENV_VERSION.
Needs the shell function that `pyv init` prints.

  -          back to what was set before
  --unset    leave it to the files again

Examples:
  pyv shell 3.13 3.12
  pyv shell -
"""


def shell(environment: Environment, arguments: list[str]) -> int:  # noqa: ARG001 (it cannot do anything with them)
    """Say that the shell function is not there: with it, this is never called."""
    say(f"shell integration not enabled. Run `{environment.name} init' for instructions.", environment)
    hint("or set the variable yourself: export PYENV_VERSION=3.12", environment)
    return 1
