"""Kits, made once, and a machine for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.self.kit import Bare, Tiny, toolbox
from tests.support.runner import Machine


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    return Tiny.make()


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny) -> Path:
    """A directory with the tiny kit in its `self/`: to be read only."""
    place = tmp_path_factory.mktemp("mirror")
    tiny.write(place)
    return place


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tools that are promised to be enough; a test that changes them makes its own."""
    return toolbox(tmp_path_factory.mktemp("tools") / "bin", "curl", "sha256sum")


@pytest.fixture
def bare(machine: Machine, tools: Path) -> Bare:
    return Bare(machine, tools)
