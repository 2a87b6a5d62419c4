"""What every test has: a home of its own, no network names, and the program to run from outside."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runner import Machine
from tests.support.server import Server

# A run in a shell's background has SIGINT ignored, and its children would inherit that: Ctrl-C could not be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh machine: empty home, empty root, a working directory."""
    return Machine.fresh(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a loopback port."""
    with Server() as running:
        yield running
