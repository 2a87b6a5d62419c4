"""Which command was called: pyenv's go to the plumbing, without typer; all others to the command line."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from pyv.environment import current
from pyv.errors import PyvError
from pyv.plumbing import dispatch
from pyv.reporting import guarded, open_streams, report, tolerate_any_name


def main() -> int:
    """Run pyv on the arguments of this process; the exit status."""
    open_streams()
    tolerate_any_name()
    try:
        environment = current()
    except PyvError as error:
        return report(error, None, sys.stderr)
    name = environment.argv[1] if len(environment.argv) > 1 else ""
    if name in dispatch.COMMANDS:
        return guarded(lambda: dispatch.run(environment, name, list(environment.argv[2:])), environment)
    from pyv.cli.app import main as cli_main

    return cli_main(environment)


def start() -> NoReturn:
    """Run pyv and end the process, without taking several hundred modules apart first: a tenth of an installation.

    Everything was closed by whoever opened it, and stdout was flushed by `guarded`.
    """
    status = main()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    start()
