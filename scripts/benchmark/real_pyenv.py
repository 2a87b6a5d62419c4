"""The real pyenv of this machine, if there is one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NO_PYENV = "no pyenv in PYENV_ROOT, in ~/.pyenv or on PATH"


def find_pyenv() -> str | None:
    """Its program: that of `PYENV_ROOT`, of `~/.pyenv`, or the one on PATH; never pyv under that name."""
    places = [Path(named) for named in (os.environ.get("PYENV_ROOT"), "~/.pyenv") if named]
    found = shutil.which("pyenv")
    candidates = [str(place.expanduser() / "bin" / "pyenv") for place in places] + ([found] if found else [])
    return next((path for path in candidates if os.access(path, os.X_OK) and _is_real(path)), None)


def _is_real(path: str) -> bool:
    return b"\n# pyv under the name pyenv" not in Path(path).read_bytes()[:4096]
