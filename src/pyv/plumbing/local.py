"""`pyv local`: the `.python-version` of this directory."""

from __future__ import annotations

from contextlib import suppress

from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.speech import say_ignored
from pyv.plumbing.writing import write_names
from pyv.selection.installed import read_installed
from pyv.selection.pins import FILE_NAME, find_upwards, read_names
from pyv.store.atomic import translated
from pyv.store.paths import Root

HELP = """\
Usage: pyv local [-f|--force] VERSION...
       pyv local --unset
       pyv local

Write the Python version(s) of this directory and those below it into .python-version,
remove that file, or show what it says. Of several versions the first that has a program runs it.

  -f, --force    write names of versions that are not installed

Examples:
  pyv local 3.12            the newest 3.12 that is installed, now and later
  pyv local 3.13.1 3.12     python is 3.13.1, and python3.12 works too
"""


def local(environment: Environment, arguments: list[str]) -> int:
    """Write, remove or show the local pin."""
    options, names = leading_options(arguments, {"-f": "force", "--force": "force", "--unset": "unset"})
    path = environment.cwd / FILE_NAME
    if "unset" in options:
        if names:
            raise UsageError
        with translated("remove", path), suppress(FileNotFoundError):
            path.unlink()
        return 0
    root = Root(environment.root)
    if names:
        write_names(path, names, read_installed(root), environment, force="force" in options)
        return 0
    return _show(environment, root)


def _show(environment: Environment, root: Root) -> int:
    path = find_upwards(environment.cwd)
    if path is None:
        raise PyvError("no local version configured for this directory", hint="set one: pyv local 3.12")
    names, ignored = read_names(path, root.versions)
    say_ignored(ignored, path, environment)
    for name in names:
        print(name)
    if not names:
        raise PyvError(f"no version in {path}", hint="write one: pyv local 3.12")
    return 0
