"""`pyv shims`: which shims there are."""

from __future__ import annotations

import os

from pyv.environment import Environment
from pyv.plumbing.arguments import only_options
from pyv.store.atomic import translated
from pyv.store.paths import Root

HELP = """\
Usage: pyv shims [--short]

List the shims.

  --short    their names, without the directory

Examples:
  pyv shims
  pyv shims --short
"""


def shims(environment: Environment, arguments: list[str]) -> int:
    """Print them in order of their names."""
    options = only_options(arguments, {"--short": "short"})
    root = Root(environment.root)
    for name in shim_names(root):
        print(name if "short" in options else root.shims / name)
    return 0


def shim_names(root: Root) -> list[str]:
    """The names of the shims, in order; none where nothing was ever installed.

    Raises:
        StoreError: the directory cannot be read.
    """
    with translated("read", root.shims):
        try:
            return sorted(name for name in os.listdir(root.shims) if not name.startswith("."))
        except FileNotFoundError:
            return []
