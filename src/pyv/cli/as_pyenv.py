"""pyenv's commands that need the index: `install`, `latest --known`."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.reporting import guarded


def main(environment: Environment) -> int:
    """Run the command line of a process that was called pyenv."""
    return guarded(lambda: _run(environment), environment)


def _run(environment: Environment) -> int:
    raise PyvError(f"{environment.argv[1]} is not here yet")
