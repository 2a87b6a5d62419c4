"""The tools that find Python, as PyPI has them: pinned, in one environment, kept while the pins stay the same."""

from __future__ import annotations

import fcntl
import hashlib
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.real import CHECKOUT, clean_environment, need

PINS = Path(__file__).with_name("requirements.txt")
NAMES = ("hatch", "nox", "pipenv", "poetry", "pre-commit", "tox", "uv", "virtualenv")

# What uv says of a PyPI that cannot be reached; whatever else it says is a fault to look at.
_AWAY = re.compile(r"error sending request|dns error|failed to fetch|connect error|timed out", re.IGNORECASE)


def programs() -> Path:
    """The directory of their programs; skips where PyPI is out of reach."""
    digest = hashlib.sha256(PINS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = CHECKOUT / ".venv" / "finders"
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment, done = place / digest, place / f"{digest}.done"
        if not done.exists():
            _uv("venv", "--clear", "--python", sys.executable, environment)
            _uv("pip", "install", "--python", environment, "--require-hashes", "--requirements", PINS)
            done.touch()
    return environment / "bin"


def _uv(*arguments: str | Path) -> None:
    """Run the uv that the lock of the tests has."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    command = [str(beside) if beside.exists() else need("uv"), *map(str, arguments), "--quiet", "--no-config"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and _AWAY.search(done.stderr):
        pytest.skip(f"PyPI could not be reached: {done.stderr.strip()[-400:]}")
    assert done.returncode == 0, done.stderr
