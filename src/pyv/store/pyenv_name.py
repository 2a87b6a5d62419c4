"""pyv under the name pyenv: `bin/pyenv`, and `libexec/pyenv-COMMAND` for plugins that call commands by file name.

They are there only where somebody asked for them (`pyv init --as-pyenv`); a rehash keeps `bin/pyenv` up to date, and
whoever removes it is rid of the name. A real pyenv's own files are never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from pyv.environment import PYENV
from pyv.errors import StoreError
from pyv.store.atomic import make_directory, write_text
from pyv.store.launcher import is_pyenv_ours, launcher_text
from pyv.store.paths import Root

_COMMAND = """\
#!/bin/sh
# One command of pyv under the name pyenv.
exec "${0%/*}/../bin/pyenv" "${0##*/pyenv-}" "$@"
"""


def write_pyenv(root: Root, python: str, commands: Iterable[str]) -> None:
    """Write the name, and the file of each command.

    Raises:
        StoreError: another pyenv stands there, or the file system refuses.
    """
    taken = [path for path in (root.pyenv, root.libexec / "pyenv") if os.path.lexists(path)]
    if taken and not is_pyenv_ours(root):
        raise StoreError(
            f"{taken[0]} is another pyenv's",
            hint=f"move bin and libexec of that pyenv out of {root.path} first, or use another root",
            path=str(taken[0]),
        )
    for directory in (root.pyenv.parent, root.libexec):
        make_directory(directory)
    write_text(root.pyenv, launcher_text(root, python, PYENV), mode=0o755)
    for command in commands:
        path = root.libexec / f"pyenv-{command}"
        if not path.exists():
            write_text(path, _COMMAND, mode=0o755, durable=False)
