"""What every run of the contract needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.differences import read_differences
from tests.contract.runs import HELD, TOOLS, copied, pyenv_at_hand
from tests.contract.scene import tool_links


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs for shell scripts, and no Python."""
    return tool_links(tmp_path_factory.mktemp("tools"), TOOLS, ("/usr/bin", "/bin", "/usr/local/bin"))


@pytest.fixture(scope="session")
def pyenv(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program of a pyenv like this machine's, without what was added to that; skips where there is none."""
    found = pyenv_at_hand()
    if found is None:
        pytest.skip("there is no pyenv on this machine (PYENV_REAL may name one): the tables are not compared with it")
    prefix, version = found
    if version != HELD and not read_differences().of(f"pyenv {version}"):
        pytest.skip(f"pyenv {version} is neither {HELD} nor one whose differences are listed")
    return copied(prefix, tmp_path_factory.mktemp("pyenv") / "copy")
