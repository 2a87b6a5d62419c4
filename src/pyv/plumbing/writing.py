"""Writing a version file: names checked, one a line, the file replaced whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import PyvError, StoreError
from pyv.plumbing.prefix import prefix_of
from pyv.selection.installed import Installed
from pyv.selection.pins import split_names
from pyv.store.atomic import write_text


def write_names(
    path: Path, operands: Sequence[str], installed: Installed, environment: Environment, *, force: bool
) -> None:
    """Write the names of `operands`, unresolved; a link is kept, and what it leads to is replaced.

    Raises:
        NotInstalledError: unless forced, for a name nothing is installed for; then the file is as it was.
        PyvError: a name could not be read back. StoreError: the file cannot be written.
    """
    names = [name for operand in operands for name in split_names(operand)]
    for name in names or [""]:
        if not name or name.startswith("#") or any(character.isspace() for character in name):
            raise PyvError(f"invalid version `{name}'", hint="write for example 3.12 or 3.12.2", name=name)
        if not force:
            prefix_of(name, installed, environment)
    target = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except OSError:
        mode = 0o644
    try:
        write_text(target, "".join(f"{name}\n" for name in names), mode=mode)
    except StoreError as error:
        raise StoreError(error.message, hint=f"check who may write in {target.parent}", **error.fields) from error
