"""Killing pyv at chosen moments, and what has to hold afterwards.

A `Ward` is a root with a neighbour (3.12.1, never touched again) and a patient (3.12.2, installed, replaced and
uninstalled by turns, from an index that is published anew and refreshed). `kill_once` starts one of these, waits for a
moment that shows on disk, and sends SIGKILL a little later. Right after it, the patient is there and whole, or not
there, and the index is as it was verified before or now; after the next command nothing of the dead process is left. Shared by the tests and by `scripts/prove kills`, which has more time.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyv.store.paths import Root
from tests.install.process import Processes, ended
from tests.install.scene import HERE, Left, assert_sound, big_tar, left_in, publish
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine

NEIGHBOUR, PATIENT = "3.12.1", "3.12.2"
Moment = Callable[[Root], object]


def _entries(path: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(name for name in os.listdir(path) if not name.endswith(".tmp")))
    except FileNotFoundError:
        return ()


def _link(root: Root) -> str | None:
    try:
        return os.readlink(root.version_link(PATIENT))
    except FileNotFoundError:
        return None


def _changed(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


MOMENTS: dict[str, Moment] = {
    "at once": lambda root: None,
    "locks": lambda root: _entries(root.locks),
    "partial": lambda root: _entries(root.partial),
    "blobs": lambda root: _entries(root.blobs),
    "staging": lambda root: _entries(root.staging),
    "intent": lambda root: [_entries(root.staging / entry) for entry in _entries(root.staging)],
    "store": lambda root: _entries(root.store),
    "link": _link,
    "aliases": lambda root: _changed(root.aliases),
    "versions": lambda root: _changed(root.versions),
    "shims": lambda root: _changed(root.shims),
}
REFRESHING: dict[str, Moment] = {
    "at once": lambda root: None,
    "metadata": lambda root: [_changed(path) for path in root.index.glob("*/metadata")],
    "targets": lambda root: [_changed(path) for path in root.index.glob("*/targets")],
    "state": lambda root: [_changed(path) for path in root.index.glob("*/state.json")],
}
"""What is watched: the moment is when it differs from what it was before."""


@dataclass(frozen=True)
class Casualty:
    """One kill: what was being done, which moment was awaited, how much later, and how the process ended."""

    deed: str
    moment: str
    delay: float
    status: int

    @property
    def hit(self) -> bool:
        """Whether the process was killed; else it was done before."""
        return self.status == -signal.SIGKILL


@dataclass
class Ward:
    """One root, and the processes that are killed over it."""

    machine: Machine
    mirror: Path
    index: SignedIndex
    chance: random.Random
    casualties: list[Casualty] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    """Store ids a `--force` has replaced: they stay, by design."""
    neighbour: Left = field(default_factory=dict)
    lingering: set[str] = field(default_factory=set)
    """Temporary files of dead processes that the next command left where they were."""

    @classmethod
    def make(cls, place: Path, seed: int) -> Ward:
        """A root with the neighbour in it."""
        machine, index = Machine.fresh(place), SignedIndex()
        index.add(NEIGHBOUR, tiny_archive(NEIGHBOUR), triple=HERE)
        index.add(PATIENT, big_tar(PATIENT, files=40).gz(), triple=HERE)
        mirror = publish(index, place / "mirror", machine)
        machine.pyv("install", NEIGHBOUR, "--index", mirror).ok()
        ward = cls(machine, mirror, index, random.Random(seed))
        ward.neighbour = ward._of_neighbour()
        return ward

    @property
    def root(self) -> Root:
        """The root."""
        return Root(self.machine.root)

    def kill_once(self) -> Casualty:
        """Start something, kill it, and hold the tree to its promises."""
        before = _link(self.root)
        deed = "install" if before is None else self.chance.choice(["replace", "uninstall"])
        moments = MOMENTS
        if self.chance.random() < 0.25:
            deed, moments = "refresh", REFRESHING
            self.index.write(self.mirror)
        if self.chance.random() < 0.3:
            for blob in self.root.blobs.iterdir():
                blob.unlink()
        moment = self.chance.choice(list(moments))
        delay = (
            self.chance.uniform(0, 0.3)
            if moment == "at once"
            else self.chance.choice([0, self.chance.uniform(0, 0.02)])
        )
        casualty = Casualty(deed, moment, delay, self._killed(deed, moments[moment], delay))
        self.casualties.append(casualty)
        try:
            self._check_at_once(deed, before)
            self._check_index()
            now = _link(self.root)
            self.machine.pyv("install", NEIGHBOUR, "--index", self.mirror).ok()
            assert _link(self.root) == now, "the sweep changed what was committed"
            self._check_swept(before)
        except AssertionError as fault:
            raise AssertionError(f"after {casualty}: {fault}") from fault
        return casualty

    def _killed(self, deed: str, moment: Moment, delay: float) -> int:
        words = {
            "install": ["install", PATIENT, "--index", str(self.mirror)],
            "replace": ["install", "--force", PATIENT, "--index", str(self.mirror)],
            "uninstall": ["uninstall", "--force", PATIENT],
            "refresh": ["index", "refresh", "--index", str(self.mirror)],
        }[deed]
        was = moment(self.root)
        with Processes() as group:
            process = group.start(self.machine, *words)
            while process.poll() is None and was is not None and moment(self.root) == was:
                time.sleep(0.0001)
            while (
                process.poll() is None
                and was is None
                and moment not in {MOMENTS["at once"], REFRESHING["at once"]}
                and moment(self.root) is None
            ):
                time.sleep(0.0001)
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            return ended(process).status

    def _check_at_once(self, deed: str, before: str | None) -> None:
        """No sweep has been here yet: the old state or the new one."""
        assert self._of_neighbour() == self.neighbour
        self.machine.shim("python", "-V", PYV_VERSION=NEIGHBOUR).shows(f"Python {NEIGHBOUR}\n")
        now = _link(self.root)
        if deed == "replace":
            assert now is not None
        if now is not None:
            assert_sound(self.root, PATIENT)
            self.machine.shim("python", "-V", PYV_VERSION=PATIENT).shows(f"Python {PATIENT}\n")
        target = dict(line.split(" ") for line in self.root.aliases.read_text().splitlines())["3.12"]
        assert target == NEIGHBOUR or (target == PATIENT and now is not None), f"3.12 means {target}"
        assert os.readlink(self.root.version_link("3.12")) in {NEIGHBOUR, PATIENT}
        assert self.root.version_link("3.12").is_dir(), "the alias dangles"
        if deed == "replace" and now != before and before is not None:
            self.kept.add(before.rpartition("/")[2])

    def _check_index(self) -> None:
        """What was verified last can be read; after one more refresh it is what is published, and nothing else."""
        self.machine.pyv("index", "status", "--index", self.mirror).ok()
        (place,) = self.root.index.iterdir()
        kept = json.loads((place / "state.json").read_text())
        for digest in filter(None, kept["targets"].values()):
            assert hashlib.sha256((place / "targets" / digest).read_bytes()).hexdigest() == digest
        told = self.machine.pyv("index", "refresh", "--index", self.mirror, "--json").ok().json
        versions = {role["name"]: role["version"] for role in told["index"]["roles"]}
        repository = self.index.repository
        assert versions["timestamp"] == repository.timestamp.version
        assert versions["releases"] == repository.targets["releases"].version
        left = {name.partition("/")[0] for name in left_in(place, without=())}
        assert left <= {"metadata", "targets", "state.json", "places", "revocations.json"}, left
        named = {f"{role}.json" for role in (*versions, "revocations")}
        found = {path.name for path in (place / "metadata").iterdir()} - {"root_history"}
        assert found <= named, f"left for ever: {found - named}"

    def _check_swept(self, before: str | None) -> None:
        root, now = self.root, _link(self.root)
        assert _entries(root.staging) == ()
        found = left_in(root.path, without=())
        self.lingering |= {name for name in found if name.endswith(".tmp") or "/staging-" in name}
        linked = {
            os.path.basename(os.readlink(root.version_link(name))) for name in (NEIGHBOUR, PATIENT)[: 1 + bool(now)]
        }
        wanted = {f"{store_id}{ending}" for store_id in linked | self.kept for ending in ("", ".json", ".files")}
        assert set(_entries(root.store)) == wanted
        newest = NEIGHBOUR if now is None else PATIENT
        assert root.aliases.read_text() == f"3.12 {newest}\n"
        assert os.readlink(root.version_link("3.12")) == newest
        assert set(_entries(root.versions)) == {"3.12", NEIGHBOUR, *([PATIENT] if now else [])}
        assert set(_entries(root.shims)) == {
            ".seen",
            ".shim",
            "pip",
            "pip3",
            "pip3.12",
            "python",
            "python3",
            "python3.12",
        }

    def _of_neighbour(self) -> Left:
        store_id = os.readlink(self.root.version_link(NEIGHBOUR)).removeprefix("../store/")
        return {
            **left_in(self.root.prefix(store_id), without=()),
            "receipt": ("file", 0, self.root.receipt(store_id).read_text()),
            "files": ("file", 0, self.root.file_list(store_id).read_text()),
        }
