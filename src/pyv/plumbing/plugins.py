"""Plugins: programs called `pyenv-NAME` or `pyv-NAME`, in `plugins/*/bin` below the root or on PATH, are commands.

They run as processes of their own, in any language, with what pyenv gives them: `PYENV_ROOT`, `PYENV_DIR`,
`PYENV_HOOK_PATH`, and a PATH on which the plugins and (below `libexec`, where pyv stands in for pyenv) the commands
themselves are found as `pyenv-NAME`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pyv.domain.naming import natural_key
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.selection.lookup import is_program
from pyv.store.paths import Root

_PREFIXES = ("pyv-", "pyenv-")
_ETC = ("/usr/etc/pyenv.d", "/usr/local/etc/pyenv.d", "/etc/pyenv.d", "/usr/lib/pyenv/hooks")
_CANNOT_EXECUTE = 126


def find(name: str, environment: Environment) -> str | None:
    """The program of a plugin command, if there is one."""
    if "/" in name:
        return None
    for directory in directories(environment):
        for prefix in _prefixes(environment):
            path = f"{directory}/{prefix}{name}"
            if is_program(path, environment):
                return path
    return None


def names(environment: Environment) -> set[str]:
    """The names of all plugin commands, `sh-` ones included."""
    found = set()
    for directory in directories(environment):
        try:
            entries = os.listdir(os.path.join(environment.cwd, directory))
        except OSError:
            continue
        for entry in entries:
            for prefix in _prefixes(environment):
                if entry.startswith(prefix) and is_program(f"{directory}/{entry}", environment):
                    found.add(entry.removeprefix(prefix))
    found.discard("")
    return found


def directories(environment: Environment) -> list[str]:
    """Where plugins are looked for, first ones first."""
    search = environment.variable("PATH")
    return [*_programs(environment), *(entry or "." for entry in (search.split(":") if search else ()))]


def become(path: str, arguments: list[str], environment: Environment) -> int:
    """Replace this process by a plugin.

    Raises:
        PyvError: it cannot be executed (126).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    absolute = os.path.join(environment.cwd, path)
    try:
        os.execve(absolute, [path, *arguments], variables(environment))
    except OSError as fault:
        error = PyvError(f"cannot execute {path}: {(fault.strerror or str(fault)).lower()}", hint="repair the plugin")
        error.exit_code = _CANNOT_EXECUTE
        raise error from fault


def variables(environment: Environment) -> dict[str, str]:
    """The environment of a plugin."""
    root = Root(environment.root)
    search = [str(root.libexec), *_programs(environment), *filter(None, [environment.variable("PATH")])]
    return {
        **environment.vars,
        "PYENV_ROOT": str(root.path),
        "PYENV_DIR": environment.variable("PYENV_DIR") or str(environment.cwd),
        "PYENV_HOOK_PATH": ":".join(hook_directories(environment)),
        "PATH": ":".join(search),
    }


def hook_directories(environment: Environment) -> list[str]:
    """Where pyenv's hooks are looked for, first ones first."""
    given = [entry for entry in (environment.variable("PYENV_HOOK_PATH") or "").split(":") if entry]
    root = Root(environment.root)
    plugin = (str(path) for path in _plugins(environment, "etc/pyenv.d"))
    return list(dict.fromkeys([*given, str(root.path / "pyenv.d"), *_ETC, *plugin]))


def _prefixes(environment: Environment) -> tuple[str, ...]:
    return _PREFIXES[1:] if environment.is_pyenv else _PREFIXES


def _programs(environment: Environment) -> list[str]:
    """The plugins' own directories of programs; pyenv puts each one in front of those before it."""
    return [str(path) for path in _plugins(environment, "bin")][::-1]


def _plugins(environment: Environment, inside: str) -> Iterator[Path]:
    base = environment.root / "plugins"
    try:
        found = os.listdir(base)
    except OSError:
        return
    for name in sorted(found, key=natural_key):
        if os.path.isdir(base / name / inside):
            yield base / name / inside
