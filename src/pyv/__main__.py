"""The program: what the plumbing can do is done without typer; the rest goes to the command line."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from pyv.environment import current
from pyv.errors import PyvError
from pyv.plumbing.route import route
from pyv.reporting import guarded, open_streams, report, tolerate_any_name


def main() -> int:
    """Run pyv on the arguments of this process; the exit status."""
    open_streams()
    tolerate_any_name()
    try:
        environment = current()
    except PyvError as error:
        return report(error, None, sys.stderr)
    work = route(environment)
    if work is not None:
        return guarded(work, environment)
    if environment.is_pyenv:
        from pyv.cli.as_pyenv import main as pyenv_main

        return pyenv_main(environment)
    if environment.argv[1:2] == ("install",) and not environment.variable("_PYV_COMPLETE"):
        from pyv.cli.plain_install import main as install
        from pyv.cli.plain_install import read_plainly

        asked = read_plainly(environment.argv[2:])
        if asked is not None:
            return install(asked, environment)
    from pyv.cli.app import main as cli_main

    return cli_main(environment)


def start() -> NoReturn:
    """Run pyv and end the process, without taking several hundred modules apart first: a tenth of an installation.

    Everything was closed by whoever opened it, and stdout was flushed by `guarded`. What is imported is kept, so the
    collector looks for garbage in it less often than it would.
    """
    gc.set_threshold(30_000)
    status = main()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    start()
