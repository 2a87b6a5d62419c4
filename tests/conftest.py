"""What every test has: a home of its own, no network names, and the program to run from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runner import Machine
from tests.support.server import Server


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh machine: empty home, empty root, a working directory."""
    return Machine.fresh(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a loopback port."""
    with Server() as running:
        yield running
