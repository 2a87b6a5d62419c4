"""An upstream, a mirror that follows it, and a client of that mirror: what synchronisations are tested with."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import Revocation, Revocations
from pyv.environment import Environment
from pyv.index.configured import Access
from pyv.index.sources import archive_sources
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import read_settings
from pyv.mirror.source import Upstream, adopt, read_upstream
from pyv.mirror.stocking import Stocking
from pyv.mirror.sync import SyncResult, sync
from pyv.mirror.sync_plan import plan_sync
from pyv.mirror.verified import Verified
from pyv.store.paths import Root
from pyv.transfer.client import Client
from tests.install.scene import HERE, index_of, trust
from tests.mirror.stock import Stock
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run
from tests.support.server import Server

NAMES = ("trust/artifact-keys.json", "revocations/revocations.json", f"manifest/{HERE}.json")


def _no_client() -> Client:
    raise AssertionError("a directory needs no network")


@dataclass
class Following:
    """An operator's machine: the upstream its mirror follows is a directory, or a server."""

    machine: Machine
    upstream: SignedIndex = field(default_factory=lambda: index_of("3.12.2", "3.13.1"))
    name: str = "mirror"

    @classmethod
    def make(cls, machine: Machine, *, hybrid: bool = False, upstream: SignedIndex | None = None) -> Following:
        """A mirror that was made and has not synchronised yet; the operator accepted upstream's root."""
        scene = cls(machine) if upstream is None else cls(machine, upstream)
        scene.upstream.write(scene.place)
        trust(machine, scene.upstream)
        init(scene.path, scene.keys, time.time(), follow=scene.read if hybrid else None)
        return scene

    @property
    def place(self) -> Path:
        """Where upstream is published."""
        return self.machine.cwd / "upstream"

    @property
    def path(self) -> Path:
        return self.machine.cwd / self.name

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.path)

    @property
    def keys(self) -> KeyDirectory:
        return KeyDirectory(path=self.machine.cwd / "keys")

    def publish(self) -> None:
        """Upstream publishes."""
        self.upstream.write(self.place)

    def serve(self, server: Server) -> str:
        """Put upstream on a server, as it is published now; its address."""
        server.put_tree(self.place)
        return server.url

    def take_back(self, **what: str) -> None:
        """Upstream blocks something, and publishes that."""
        entry = Revocation(action="block", reason="a hole", date="2026-11-23", **what)
        self.upstream.revocations = Revocations((*self.upstream.revocations.entries, entry))
        self.publish()

    def run(self, *words: str | Path) -> Run:
        """`pyv mirror sync`, from upstream's directory unless `--from` is among the words."""
        source = () if "--from" in words else ("--from", self.place)
        return self.machine.pyv("mirror", "sync", self.path, "--keys", "keys", *source, *words)

    def again(self, *words: str | Path) -> Run:
        """The same with what is remembered alone."""
        return self.machine.pyv("mirror", "sync", self.path, "--keys", "keys", *words)

    def remembered(self) -> dict[str, object]:
        told = json.loads(self.mirror.settings.read_text())
        assert isinstance(told, dict)
        return told

    def records(self) -> list[Artifact]:
        """What a stock client reads from the mirror, of this platform."""
        return records_of(Stock(self.path, self.machine.cwd / "stock").read(*NAMES))

    def versions(self) -> list[str]:
        return sorted(record.version for record in self.records())

    def stocked(self) -> set[str]:
        """The versions of upstream whose archives are here, whole."""
        found = set()
        for artifact in self.upstream.artifacts:
            path = self.mirror.blob(artifact.sha256)
            if path.exists():
                assert hashlib.sha256(path.read_bytes()).hexdigest() == artifact.sha256
                found.add(artifact.version)
        return found

    def read(self, mirror: Mirror) -> Verified:
        """Upstream through a mirror's eyes, in this process."""
        now, upstream = time.time(), Upstream.parse(str(self.place), self.machine.cwd)
        adopt(mirror, upstream, Access(root=Root(self.machine.root), client=_no_client, now=now))
        return read_upstream(mirror, upstream, _no_client, now)

    def synchronise(self, mirror: Mirror) -> SyncResult:
        """`run` in this process, with everything chosen, one archive after the other."""
        now, known = time.time(), read_settings(mirror)
        upstream = Upstream.parse(str(self.place), self.machine.cwd)
        whole = read_upstream(mirror, upstream, _no_client, now) if known.is_hybrid else self.read(mirror)
        plan = plan_sync(mirror, replace(known, upstream=upstream.label), whole, now, known=known)
        client = Client(Environment(vars={}, cwd=self.machine.cwd, home=self.machine.home, now=now))
        stocking = Stocking(
            mirror=mirror,
            client=lambda: client,
            sources=lambda artifact: archive_sources(artifact, [], upstream.location),
        )
        return sync(mirror, plan, stocking, self.keys, jobs=1, now=now)


def records_of(files: dict[str, bytes]) -> list[Artifact]:
    """The records of this platform, of the files a client read."""
    content = files.get(f"manifest/{HERE}.json")
    return [] if content is None else parse_manifest(content.decode(), "read", HERE)


def dangling(path: Path, records: Sequence[Artifact]) -> list[str]:
    """Records whose archive is not there, whole."""
    mirror, found = Mirror(path), []
    for record in records:
        blob = mirror.blob(record.sha256)
        if not blob.is_file() or hashlib.sha256(blob.read_bytes()).hexdigest() != record.sha256:
            found.append(record.name)
    return found
