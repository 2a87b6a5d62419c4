"""Where a command line goes: to the plumbing, to a plugin, or (None) to the command line that costs more to start.

Own commands come before plugins, and under the name pyenv there are pyenv's commands and no others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from pyv.environment import Environment
from pyv.plumbing import dispatch

Work = Callable[[], int]
_NEED_THE_INDEX = {"install", "latest", "completions"}


def route(environment: Environment) -> Work | None:
    """What to do; None for what only `pyv.cli` can do."""
    words = list(environment.argv[1:])
    if environment.is_pyenv and words[:1] == ["--debug"]:
        del words[0]  # pyenv's shell trace, of which there is none here
    name, arguments = (words[0], words[1:]) if words else ("", [])
    if dispatch.is_light(name, arguments):
        return functools.partial(dispatch.run, environment, name, arguments)
    if environment.is_pyenv:
        if name in _NEED_THE_INDEX:
            return None
        from pyv.plumbing import pyenv  # noqa: PLC0415 (rare)

        return functools.partial(pyenv.run, environment, name, arguments)
    if name == "env":
        from pyv.plumbing.env import env, is_for_shell  # noqa: PLC0415 (as below)

        return functools.partial(env, environment, arguments) if is_for_shell(arguments) else None
    if not name or name.startswith("-") or name in dispatch.OTHERS:
        return None
    from pyv.plumbing import plugins, pyenv  # noqa: PLC0415 (rare)

    path = plugins.find(name, environment)
    return functools.partial(pyenv.run_plugin, name, path, arguments, environment) if path is not None else None
