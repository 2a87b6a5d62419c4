"""Killing `pyv mirror sync` at chosen moments, and what has to hold afterwards.

A `SyncWard` is a mirror behind an upstream that publishes something new before every run: an archive, a newer build
of one, something taken back, another key. `kill_once` starts a synchronisation, waits for a moment that shows on disk,
and sends SIGKILL a little later. Right after it a client reads the old state or the new one and finds every archive
it is told of; the next run ends it, and nothing of the dead one is left. Shared by the tests and by
`scripts/prove sync-kills`, which has more time.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyv.mirror.layout import Mirror
from pyv.store.atomic import is_temporary
from pyv.trust.signing import SigningKey
from tests.install.killing import Casualty
from tests.install.process import Processes, ended
from tests.install.scene import HERE, big_tar, index_of, resigned
from tests.mirror.stock import Stock
from tests.mirror.syncing import NAMES, Following, dangling, records_of
from tests.support.archives import tiny_archive
from tests.support.runner import Machine


def _listed(*parts: str) -> Callable[[Mirror], object]:
    """What is in a directory of a mirror, temporary files left out."""

    def look(mirror: Mirror) -> object:
        try:
            names = os.listdir(mirror.path.joinpath(*parts))
        except FileNotFoundError:
            return ()
        return sorted(name for name in names if not is_temporary(name))

    return look


def _changed(*parts: str) -> Callable[[Mirror], object]:
    def look(mirror: Mirror) -> object:
        try:
            return mirror.path.joinpath(*parts).stat().st_ino
        except FileNotFoundError:
            return None

    return look


MOMENTS: dict[str, Callable[[Mirror], object]] = {
    "at once": lambda mirror: None,
    "partial": _listed(".pyv", "cache", "partial"),
    "blobs": _listed("blobs", "sha256"),
    "settings": _changed(".pyv", "mirror.json"),
    "revocations": _changed("targets", "revocations", "revocations.json"),
    "keys": _changed("targets", "trust", "artifact-keys.json"),
    "manifest": _changed("targets", "manifest", f"{HERE}.json"),
    "targets": _listed("targets", "manifest"),
    "metadata": _listed("metadata"),
    "timestamp": _changed("metadata", "timestamp.json"),
    "names": _listed("pbs"),
}
"""What is watched: the moment is when it differs from what it was before."""


@dataclass
class SyncWard:
    """One mirror, and the synchronisations that are killed over it."""

    scene: Following
    hybrid: bool
    chance: random.Random
    casualties: list[Casualty] = field(default_factory=list)
    number: int = 0

    @classmethod
    def make(cls, place: Path, seed: int, *, hybrid: bool) -> SyncWard:
        """A mirror that synchronised once."""
        scene = Following.make(Machine.fresh(place), hybrid=hybrid, upstream=index_of("3.12.2"))
        scene.synchronise(scene.mirror)
        return cls(scene, hybrid, random.Random(seed))

    def kill_once(self) -> Casualty:
        """Let upstream publish, start a synchronisation, kill it, and hold the mirror to its promises."""
        before = self._read()
        deed = self._news()
        moment = self.chance.choice(list(MOMENTS))
        delay = self.chance.uniform(0, 0.7 if moment == "at once" else 0.01)
        casualty = Casualty(deed, moment, delay, self._killed(MOMENTS[moment], delay))
        self.casualties.append(casualty)
        try:
            self._check_at_once(before)
            if self.chance.random() < 0.3:
                command = ("mirror", "sign", "publish", self.scene.path, "--keys", "keys")
                self.scene.machine.pyv(*command).ok()
                self._check_at_once(before)
            self.scene.again("--quiet").shows()
            self._check_swept()
        except AssertionError as fault:
            raise AssertionError(f"after {casualty}: {fault}") from fault
        return casualty

    def _read(self) -> dict[str, bytes]:
        return Stock(self.scene.path, self.scene.machine.cwd / "stock").read(*NAMES)

    def _news(self) -> str:
        upstream = self.scene.upstream
        self.number += 1
        deed = self.chance.choice(["archive", "archive", "big archive", "taken back", "another key"])
        version = f"3.12.{self.number + 2}"
        if deed == "big archive":
            upstream.add(version, big_tar(version, files=16, size=65536).gz(), triple=HERE)
        elif deed == "another key":
            upstream.key = SigningKey.generate()
            for artifact in list(upstream.artifacts):
                resigned(upstream, artifact)
        else:
            upstream.add(version, tiny_archive(version), triple=HERE)
        if deed == "taken back":
            self.scene.take_back(version=f"3.9.{self.number}")
        else:
            self.scene.publish()
        return deed

    def _killed(self, moment: Callable[[Mirror], object], delay: float) -> int:
        mirror, scene = self.scene.mirror, self.scene
        was = moment(mirror)
        with Processes() as group:
            process = group.start(scene.machine, "mirror", "sync", scene.path, "--keys", "keys")
            while process.poll() is None and moment(mirror) == was and moment is not MOMENTS["at once"]:
                time.sleep(0.0001)
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            return ended(process).status

    def _check_at_once(self, before: dict[str, bytes]) -> None:
        """Nobody has cleared up yet: the old state or a newer one, and whole."""
        now = self._read()
        assert dangling(self.scene.path, records_of(now)) == []
        had, has = ({record.version for record in records_of(files)} for files in (before, now))
        assert had <= has, "nothing is lost"
        for path in (self.scene.path / "pbs").rglob("*"):
            assert path.is_dir() or path.stat().st_size > 0

    def _check_swept(self) -> None:
        scene = self.scene
        wanted = sorted(artifact.version for artifact in scene.upstream.artifacts)
        assert scene.versions() == wanted
        assert scene.stocked() == set(wanted)
        assert {record.keyid for record in scene.records()} == {scene.upstream.key.public_key.keyid}
        told = scene.mirror.read_revocations().entries
        assert set(told) == set(scene.upstream.revocations.entries)
        assert os.listdir(scene.mirror.work.partial) == []
        assert not scene.mirror.drafts.exists() or os.listdir(scene.mirror.drafts) == []

    @property
    def lingering(self) -> set[str]:
        """Temporary files of dead processes that no later run cleared away."""
        return {str(path.relative_to(self.scene.path)) for path in self.scene.path.rglob(".*.tmp")}
