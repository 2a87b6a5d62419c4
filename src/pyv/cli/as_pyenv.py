"""pyenv's commands that need the index: `install` and its completion, `latest --known`."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

from pyv.cli.known import latest_known
from pyv.cli.pyenv_install import complete, install
from pyv.environment import Environment
from pyv.plumbing import dispatch
from pyv.reporting import guarded


def main(environment: Environment) -> int:
    """Run the command line of a process that was called pyenv; SIGTERM ends it as Ctrl-C does: cleanly."""
    signal.signal(signal.SIGTERM, _terminated)
    return guarded(lambda: _run(environment), environment)


def _terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _run(environment: Environment) -> int:
    words = list(environment.argv[1:])
    if words[:1] == ["--debug"]:
        del words[0]  # pyenv's shell trace
    name, *arguments = words
    if name == "install":
        return install(environment, arguments)
    if name == "latest":
        return latest_known(environment, arguments)
    return complete(environment) if arguments[:1] == ["install"] else dispatch.run(environment, name, arguments)
