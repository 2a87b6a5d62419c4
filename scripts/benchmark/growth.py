"""What pyv's commands cost on indexes of several sizes, and how that grows."""

from __future__ import annotations

import gzip
import json
import math
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmark.errors import BenchError
from benchmark.grown import Grown, later, today
from benchmark.indexes import counted
from benchmark.place import CHECKOUT
from benchmark.process import Command, Run, run
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.publisher import publish
from pyv.store.lock import locked

TRIPLE = "x86_64-unknown-linux-gnu"
"""Whose manifest is the largest, and what the clients here install."""

_T = TypeVar("_T")

_IMAGE = """
import json, sys
from pathlib import Path
from pyv.mirror.image import image_of
from pyv.mirror.layout import Mirror
image = image_of(Mirror(Path(sys.argv[1])))
Path(sys.argv[2]).write_text(json.dumps([image.index.size, max(part.size for part in image.documents)]))
"""


@dataclass(slots=True)
class Cost:
    """What one command took."""

    runs: list[Run] = field(default_factory=list)
    requests: int | None = None
    received: int | None = None
    """Bytes of the answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """An index, and everything the commands need around it."""

    grown: Grown
    directory: Path
    runs: int
    archives: bool = True
    """Whether the archives are there; if not, what looks at them is left out."""
    costs: dict[str, Cost] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def mirror(self) -> str:
        """Its place."""
        return str(self.grown.mirror.path)

    @property
    def root(self) -> Path:
        """Where the client keeps things."""
        return self.directory / "root"

    def pyv(self, *words: str) -> Command:
        """A pyv command."""
        return self.python("-m", "pyv", *words)

    def python(self, *words: str) -> Command:
        """A program of this checkout, with nothing of the caller's environment."""
        environment = {
            "HOME": str(self.directory),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(CHECKOUT / "src"),
            "PYV_ROOT": str(self.root),
        }
        return Command(words=(sys.executable, *words), environment=environment, directory=self.directory)

    def measure(
        self, name: str, make: Callable[[], Command], *, asked: list[str] | None = None, once: bool = False
    ) -> None:
        """Run a command so many times; `make` prepares each run."""
        cost = self.costs.setdefault(name, Cost())
        for _ in range(1 if once else self.runs):
            command = make()
            if asked is not None:
                asked.clear()
            cost.runs.append(run(command))
            os.chdir("/")
            if asked is not None:
                cost.requests = len(asked)
                cost.received = sum(_size(self.grown.mirror.path / path.lstrip("/")) for path in asked)


def apart(act: Callable[..., _T], *arguments: object) -> _T:
    """Do it in a process of its own: the memory of this one is the least that a command is measured with."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(act, arguments)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _zstd_size(content: bytes) -> int:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return len(zstd.compress(content, 3))


def sizes(stand: Stand) -> None:
    """How large the documents are."""
    stand.sizes.update(apart(_sizes, stand.grown.mirror))


def _sizes(mirror: Mirror) -> dict[str, int]:
    found = {}
    largest = mirror.manifest(TRIPLE).read_bytes()
    found["largest manifest"] = len(largest)
    found["largest manifest, gz"] = len(gzip.compress(largest, 6))
    found["largest manifest, zst"] = _zstd_size(largest)
    found["all manifests"] = sum(_size(mirror.manifest(triple)) for triple in mirror.triples())
    found["metadata in force"] = sum(_size(path) for path in mirror.metadata.glob("*.json"))
    found["refresh pack"] = _size(mirror.path / "refresh.json")
    return found


def clients(stand: Stand) -> None:
    """Refreshing, listing, planning."""
    kept = stand.directory / "kept"
    with counted(stand.grown.mirror.path) as (address, asked):

        def fresh() -> Command:
            shutil.rmtree(stand.root, ignore_errors=True)
            run(stand.pyv("trust", "add", address, "--yes"))
            shutil.rmtree(stand.root / "index")  # which it has looked at
            return stand.pyv("index", "refresh", "--index", address)

        def again() -> Command:
            shutil.rmtree(stand.root, ignore_errors=True)
            shutil.copytree(kept, stand.root)
            return stand.pyv("index", "refresh", "--index", address)

        stand.measure("first refresh", fresh, asked=asked)
        shutil.copytree(stand.root, kept)
        stand.measure("refresh, nothing new", again, asked=asked)
        for name, words in (
            ("available 3.12", ("available", "3.12")),
            ("install 3.12 --dry-run", ("install", "3.12", "--dry-run")),
        ):
            stand.measure(name, lambda words=words: stand.pyv(*words, "--index", address), asked=asked)  # type: ignore[misc]
        apart(_one_build_more, stand.grown.mirror.path, stand.grown.keys.path)
        stand.measure("refresh, one build more", again, asked=asked)
    shutil.rmtree(kept)


def _one_build_more(directory: Path, key_directory: Path) -> None:
    """Publish one record that was not there."""
    mirror, keys = Mirror(directory), KeyDirectory(path=key_directory)
    record = keys.artifact_key().sign_record(later(today(TRIPLE)[-1], 500))
    mirror.blob(record.sha256).touch()
    with locked(mirror.lock):
        write_documents(mirror, {TRIPLE: [*mirror.read_manifest(TRIPLE), record]}, mirror.read_keys())
        publish(mirror, keys, time.time())


def operators(stand: Stand) -> None:
    """Planning, publishing and checking."""
    keys = str(stand.grown.keys.path)
    run(stand.pyv("trust", "add", stand.mirror, "--yes"))
    for mode, more in (("own", ()), ("hybrid", ("--hybrid", stand.mirror))):
        own, own_keys = stand.directory / mode, str(stand.directory / f"{mode}-keys")

        def begin(own: Path = own, own_keys: str = own_keys, more: tuple[str, ...] = more) -> Command:
            return stand.pyv("mirror", "init", str(own), "--keys", own_keys, "--no-passphrase", *more)

        def plan(own: Path = own, own_keys: str = own_keys) -> Command:
            return stand.pyv("mirror", "sync", str(own), "--from", stand.mirror, "--keys", own_keys, "--dry-run")

        if mode == "hybrid":
            stand.measure("mirror init --hybrid", begin, once=True)
        else:
            run(begin())
        stand.measure(f"mirror sync --dry-run, {mode}", plan)
        shutil.rmtree(own)
    archives = _archives(stand)
    stand.measure(
        "mirror add, one archive", lambda: stand.pyv("mirror", "add", stand.mirror, next(archives), "--keys", keys)
    )
    if not stand.archives:
        return
    for name, words in (
        ("mirror verify --quick", ("verify", stand.mirror, "--quick")),
        ("mirror prune --dry-run", ("prune", stand.mirror, "--dry-run")),
        ("mirror status", ("status", stand.mirror)),
    ):
        if _is_there(stand, words[0]):
            stand.measure(name, lambda words=words: stand.pyv("mirror", *words))  # type: ignore[misc]
    _image(stand)


def _image(stand: Stand) -> None:
    """What the mirror is as an image, and its largest document."""
    mirror, told = stand.grown.mirror, stand.directory / "image.json"
    stand.measure("image_of", lambda: stand.python("-c", _IMAGE, str(mirror.path), str(told)))
    stand.sizes["image index"], stand.sizes["largest image document"] = json.loads(told.read_text(encoding="ascii"))


def _is_there(stand: Stand, command: str) -> bool:
    asked = stand.pyv("mirror", command, "--help")
    return not subprocess.run(asked.words, env=dict(asked.environment), capture_output=True, check=False).returncode


def _archives(stand: Stand) -> Iterator[str]:
    """Small archives that `mirror add` takes, each of a build of its own."""
    sys.path.insert(0, str(CHECKOUT))
    from tests.support.archives import tiny_archive

    number = 0
    while True:
        number += 1
        content = tiny_archive("3.12.2", extra={"lib/number": str(number).encode()})
        path = stand.directory / f"cpython-3.12.2+2999{number:04}-{TRIPLE}-install_only.tar.gz"
        path.write_bytes(content)
        yield str(path)


def slope(factors: Sequence[int], values: Sequence[float]) -> float:
    """The exponent of growth between the first and the last: 1 is linear, 0 is none."""
    if len(values) < 2 or min(values) <= 0:
        return math.nan
    return math.log(values[-1] / values[0]) / math.log(factors[-1] / factors[0])


def figures(stand: Stand) -> Mapping[str, tuple[float, str]]:
    """Everything measured, with its unit, by name."""
    found: dict[str, tuple[float, str]] = {
        "records": (stand.grown.records, ""),
        "in the largest manifest": (stand.grown.largest, ""),
    }
    found.update({name: (size, "B") for name, size in stand.sizes.items()})
    found["sign and publish all"] = (stand.grown.seconds, "s")
    for name, cost in stand.costs.items():
        if not cost.runs:
            raise BenchError(f"{name} was never run")
        found[f"{name}: wall"] = (statistics.median(each.seconds for each in cost.runs), "s")
        found[f"{name}: processor"] = (statistics.median(each.cpu for each in cost.runs), "s")
        found[f"{name}: peak memory"] = (statistics.median(each.peak for each in cost.runs), "B")
        if cost.requests is not None and cost.received is not None:
            found[f"{name}: requests"] = (cost.requests, "")
            found[f"{name}: received"] = (cost.received, "B")
    return found
