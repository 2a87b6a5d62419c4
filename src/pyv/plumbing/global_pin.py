"""`pyv global`: the version used where nothing else selects one."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.speech import say_ignored
from pyv.plumbing.writing import write_names
from pyv.selection.installed import read_installed
from pyv.selection.pins import read_names
from pyv.selection.select import SYSTEM
from pyv.store.atomic import make_directory
from pyv.store.paths import Root

HELP = """\
Usage: pyv global [-f|--force] VERSION...
       pyv global

Set or show the Python version(s) used where no variable and no .python-version selects one.
Of several versions the first that has a program runs it; the system comes last. So
`pyv global 3.12 3.11` makes python the 3.12, and python3.11 works too.

  -f, --force    write names of versions that are not installed

Examples:
  pyv global 3.12
  pyv global system     back to the system's Python
"""
_LEGACY = ("global", "default")
"""Files of old pyenv roots."""


def set_global(environment: Environment, arguments: list[str]) -> int:
    """Write or show the global pin."""
    options, names = leading_options(arguments, {"-f": "force", "--force": "force"})
    root = Root(environment.root)
    if names:
        make_directory(root.path)
        write_names(root.global_pin, names, read_installed(root), environment, force="force" in options)
        return 0
    for path in (root.global_pin, *(root.path / name for name in _LEGACY)):
        if path.is_file():
            found, ignored = read_names(path, root.versions)
            say_ignored(ignored, path, environment)
            if found:
                print("\n".join(found))
                return 0
    print(SYSTEM)
    return 0
