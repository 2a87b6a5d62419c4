"""pyv as a wheel lays it out, with an embedded index of the test's own.

machine = published_with(machine, index.write(tmp_path / "index"), tmp_path / "copy")
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyv
from tests.support.runner import Machine

_SOURCE = Path(pyv.__file__).resolve().parent


def published_with(machine: Machine, index: Path, place: Path) -> Machine:
    """The machine, whose pyv was published with the index in a directory; blobs are no part of it."""
    package = place / "pyv"
    if not package.exists():
        shutil.copytree(_SOURCE, package, ignore=shutil.ignore_patterns("__pycache__", "manifests"))
    shutil.rmtree(package / "manifests", ignore_errors=True)
    for part in ("metadata", "targets"):
        shutil.copytree(index / part, package / "manifests" / part)
    return replace(machine, variables={**machine.variables, "PYTHONPATH": str(place)})
