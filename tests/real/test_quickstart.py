"""`./scripts/quickstart` does the main job from nothing but a Python, whether or not upstream can be reached."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.real import CHECKOUT

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it may write; the space is meant."""
    return tmp_path_factory.mktemp("quick") / "q s"


@pytest.fixture(scope="module")
def said(place: Path) -> list[str]:
    """What it printed, line by line."""
    place.parent.mkdir(exist_ok=True)
    home = place.parent / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYV_", "PYENV_", "PYTHON"))}
    environment = {**kept, "PYTHON": sys.executable, "PYV_QUICKSTART_DIR": str(place), "HOME": str(home)}
    done = subprocess.run(
        [CHECKOUT / "scripts" / "quickstart"], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode and "No matching distribution found" in done.stderr:
        pytest.skip("no package index can be reached to install pyv's dependencies from")
    assert done.returncode == 0, done.stdout + done.stderr
    # pip asks a Rust compiler for its version, and rustup's answers by making itself a home
    assert {path.name for path in home.iterdir()} <= {".rustup"}
    return done.stdout.splitlines()


def test_an_interpreter_answers_through_the_shim(said: list[str], place: Path) -> None:
    version = said[said.index("$ python --version") + 1]
    prefix = said[said.index("$ python -c import sys; print(sys.prefix)") + 1]

    assert version.startswith("Python 3.")
    assert prefix == f"{place}/root/versions/{version.removeprefix('Python ')}"


def test_every_command_is_shown_before_it_runs(said: list[str]) -> None:
    commands = [line.split()[1:3] for line in said if line.startswith("$ pyv")]

    assert commands[0] == ["pyv", "install"]
    assert commands[-1] == ["pyv", "local"]


def test_the_last_lines_lead_on(said: list[str], place: Path) -> None:
    script = "\n".join([*said[said.index("# to go on in this shell (bash; zsh and fish alike)") :], "which python"])

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == f"{place}/root/shims/python\n"
