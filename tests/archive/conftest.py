"""A place to extract into, and a world around it that must not change."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyv.archive.extract import INSTALL_ONLY, Extracted, Limits, extract
from tests.support.trees import state


class World:
    """Private staging beside other people's files."""

    def __init__(self, top: Path) -> None:
        self.staging = top / "staging"
        self.staging.mkdir(mode=0o700)
        self.outside = top / "outside"
        (self.outside / "victim" / "deep").mkdir(parents=True, mode=0o751)
        (self.outside / "victim" / "secret").write_bytes(b"mine")
        (self.outside / "victim" / "secret").chmod(0o600)
        (top / "secret").symlink_to("outside/victim/secret")
        self.destination = self.staging / "prefix"
        self._top = top
        self._before = self._state()

    def _state(self) -> dict[str, tuple[object, ...]]:
        everything = state(self._top)
        return {name: what for name, what in everything.items() if name.split("/")[0] != "staging"}

    def extract(
        self,
        archive: bytes,
        *,
        compression: str = "gz",
        limits: Limits | None = None,
        subtree: str = INSTALL_ONLY,
    ) -> Extracted:
        """Extract into the destination."""
        return extract(
            io.BytesIO(archive).read,
            self.destination,
            compression=compression,
            name="evil.tar",
            limits=limits or Limits(),
            subtree=subtree,
        )

    def assert_untouched(self) -> None:
        """Nothing outside staging is other than it was, and nothing is left in staging."""
        assert self._state() == self._before
        assert os.listdir(self.staging) == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world that is checked for changes outside staging after every test."""
    made = World(tmp_path)
    descriptors = len(os.listdir("/dev/fd"))
    yield made
    assert made._state() == made._before
    assert len(os.listdir("/dev/fd")) == descriptors
