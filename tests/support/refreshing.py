"""A client of a `Repository`: the metadata it keeps, and the ways it may read the index through.

client = Refreshing(repository, tmp_path, through="pack")
client.refresh()            # pyv's own refresh, on the repository as it was published last
client.versions()           # what is kept, by role
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyv.environment import Environment
from pyv.index.reading import packed, reader
from pyv.transfer.client import Client
from pyv.transfer.locations import Location
from pyv.trust.read import Read
from pyv.trust.refresh import Refreshed, refresh_index
from tests.support.repository import Repository
from tests.support.server import Server

FETCHERS = ("memory", "directory", "http", "pack")
ROLES = ("root", "timestamp", "snapshot", "targets")


@dataclass
class Refreshing:
    """One client's memory of an index, and its anchor."""

    repository: Repository
    place: Path
    through: str = "memory"
    anchor: bytes = b""
    names: tuple[str, ...] = ()
    """The targets it wants, which says which delegations it follows."""

    def __post_init__(self) -> None:
        self.place.mkdir(exist_ok=True)
        self.anchor = self.anchor or self.repository.anchor()

    @property
    def metadata(self) -> Path:
        return self.place / "metadata"

    def refresh(self, *, now: float | None = None, floor: float = 0.0, max_staleness: float = 0.0) -> Refreshed:
        """Refresh, at the repository's time or another."""
        self.metadata.mkdir(exist_ok=True)
        self.repository.asked.clear()
        with self._read() as read:
            return refresh_index(
                self.metadata,
                self.anchor,
                read,
                self.names,
                now=self.repository.now if now is None else now,
                floor=floor,
                max_staleness=max_staleness,
                kept=lambda digest: None,
            )

    def versions(self) -> dict[str, int]:
        """The version of each role that is kept."""
        found = [*self.metadata.glob("*.json")]
        return {path.stem: json.loads(path.read_bytes())["signed"]["version"] for path in found}

    @property
    def _environment(self) -> Environment:
        return Environment(vars={}, cwd=self.place, home=self.place, now=self.repository.now)

    @contextlib.contextmanager
    def _read(self) -> Iterator[Read]:
        if self.through == "memory":
            yield self.repository.read
        elif self.through == "pack":
            self.repository.pack()
            yield packed(self.repository.read)
        elif self.through == "directory":
            yield reader(Location.parse(str(self._tree()), self.place), _nobody)
        else:
            with Server() as server, Client(self._environment) as client:
                server.put_tree(self._tree())
                yield reader(Location.parse(server.url, self.place), lambda: client)

    def _tree(self) -> Path:
        """What is served, as files."""
        tree = self.place / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        for name, content in self.repository.files.items():
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tree


def _nobody() -> Client:
    raise AssertionError("a directory is read without a network")
