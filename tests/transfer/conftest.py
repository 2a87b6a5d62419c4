"""A second server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import Server


@pytest.fixture
def other() -> Iterator[Server]:
    """A second mirror."""
    with Server() as running:
        yield running
