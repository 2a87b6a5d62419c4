"""`pyv uninstall`: pyenv's grammar. No prefix is resolved: what is removed is what was named."""

from __future__ import annotations

import sys
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import NotInstalledError
from pyv.install.remove import sweep, uninstall_version
from pyv.plumbing.dispatch import UsageError
from pyv.store.paths import Root
from pyv.store.versions import removable

HELP = """\
Usage: pyv uninstall [-f|--force] <version> ...

Remove installed versions. Asks first; --force does not ask, and takes a
version that is not installed for done.

Examples:
  pyv uninstall 3.12.2
  pyv uninstall --force 3.11.9 3.12.1
"""
_YES = {"y", "yes"}


def uninstall(environment: Environment, arguments: list[str]) -> int:
    """Remove each version named; stops at the first that is not confirmed."""
    force = bool(arguments) and arguments[0] in {"-f", "--force"}
    names = arguments[1:] if force else arguments
    if not names or any(not name or name.startswith("-") for name in names):
        raise UsageError
    root = Root(environment.root)
    sweep(root, environment)
    for name in names:
        try:
            removable(root, name)
        except NotInstalledError as error:
            if force and "alias" not in error.fields:
                continue
            raise
        if not (force or _agreed(root.version_link(name), environment)):
            return 1
        uninstall_version(root, name, environment)
        print(f"{environment.name}: {name} uninstalled")
    return 0


def _agreed(prefix: Path, environment: Environment) -> bool:
    if sys.stdin.isatty():
        sys.stderr.write(f"{environment.name}: remove {prefix}? (y/N) ")
        sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in _YES
