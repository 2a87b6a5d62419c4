"""`pyv rehash`: the shims of what is installed. Silent."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.arguments import only_options
from pyv.store.paths import Root
from pyv.store.rehashing import rehash_alone

HELP = """\
Usage: pyv rehash

Make a shim for every program of every installed version, and remove those without one.
pyv does this itself after install and uninstall, and after pip through a shim.

Examples:
  pyv rehash
  pipx install black && pyv rehash    after a tool pyv does not watch
"""


def rehash_shims(environment: Environment, arguments: list[str]) -> int:
    """Rehash, under the lock of the tree."""
    only_options(arguments, {})
    rehash_alone(Root(environment.root), environment)
    return 0
