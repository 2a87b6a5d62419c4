"""mise, as its maintainers publish it on npm: fetched once, held to a digest."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.support.real import cache, need

_PACKAGE = "@jdxcode/mise-linux-x64@2026.9.15"
_PACKED = "jdxcode-mise-linux-x64-2026.9.15.tgz"
_SHA256 = "b51f2463bc4fcdc3b0959b1454792f64be3612e73d856cbca4a062e39e070e74"


def mise_program() -> Path:
    """The program; skips where it cannot be had."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        pytest.skip(f"{_PACKAGE} runs on x86-64 Linux only")
    program = cache() / "mise" / _SHA256[:16] / "package" / "bin" / "mise"
    if not program.exists():
        program.parents[2].parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=program.parents[2].parent, prefix=".npm-") as scratch:
            _unpack(Path(scratch))
            os.replace(Path(scratch, "unpacked"), program.parents[1].parent)
    return program


def _unpack(scratch: Path) -> None:
    command = [
        need("npm"),
        "pack",
        _PACKAGE,
        "--pack-destination",
        str(scratch),
        "--ignore-scripts",
        "--loglevel=error",
    ]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    package = scratch / _PACKED
    if done.returncode or not package.is_file():
        pytest.skip(f"npm could not fetch {_PACKAGE}: {done.stderr.strip()[-400:]}")
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    assert digest == _SHA256, f"npm's {_PACKAGE} has sha256 {digest}"
    (scratch / "unpacked").mkdir()
    subprocess.run(["tar", "-xzf", package, "-C", scratch / "unpacked", "--no-same-owner"], check=True)
