"""What every test has: a home of its own, no network names, and the program to run from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.runner import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh machine: empty home, empty root, a working directory."""
    return Machine.fresh(tmp_path)
