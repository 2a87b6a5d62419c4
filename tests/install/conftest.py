"""Processes that do not outlive their test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.install.process import Processes


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Where a test starts processes."""
    with Processes() as group:
        yield group
