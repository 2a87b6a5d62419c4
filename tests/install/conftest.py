"""A scriptable server, and processes that do not outlive their test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.install.process import Processes
from tests.support.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a loopback port."""
    with Server() as running:
        yield running


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Where a test starts processes."""
    with Processes() as group:
        yield group
