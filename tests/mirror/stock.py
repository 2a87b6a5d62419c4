"""A client that is nobody's but python-tuf's: what pyv publishes is held to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from tests.mirror.facts import LINUX

DAY = 86400
NAMES = ("trust/artifact-keys.json", "revocations/revocations.json", f"manifest/{LINUX}.json")


@dataclass
class Stock:
    """A client that is nobody's but python-tuf's: it reads a mirror's tree as a web server would give it out."""

    mirror: Path
    place: Path
    before: Callable[[str], object] = str
    """Called with the name of every file that is asked for, before it is read."""

    def updater(self) -> Updater:
        self.place.mkdir(parents=True, exist_ok=True)
        if not (self.place / "bootstrap").exists():
            shutil.copy(self.mirror / "metadata/1.root.json", self.place / "bootstrap")
        return Updater(
            str(self.place / "metadata"),
            "tree:metadata/",
            str(self.place),
            "tree:targets/",
            _Tree(self),
            bootstrap=(self.place / "bootstrap").read_bytes(),
        )

    def read(self, *names: str) -> dict[str, bytes]:
        """Refresh, and fetch targets; those that nobody lists are left out."""
        updater = self.updater()
        updater.refresh()
        infos = {name: updater.get_targetinfo(name) for name in names}
        return {name: Path(updater.download_target(info)).read_bytes() for name, info in infos.items() if info}

    def versions(self) -> dict[str, int]:
        """What it holds, by role."""
        found = (self.place / "metadata").glob("*.json")
        return {path.stem: json.loads(path.read_bytes())["signed"]["version"] for path in found}


class _Tree(FetcherInterface):
    def __init__(self, client: Stock) -> None:
        self.client = client

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix("tree:")
        self.client.before(name)
        path = self.client.mirror / name
        if not path.is_file():
            raise DownloadHTTPError(name, 404)
        return iter([path.read_bytes()])


def working_copies(mirror: Path) -> dict[str, bytes]:
    """What the operator means to publish."""
    return {name: (mirror / "targets" / name).read_bytes() for name in NAMES if (mirror / "targets" / name).exists()}


def document(path: Path) -> Any:
    return json.loads(path.read_bytes())["signed"]
