"""A hybrid mirror and its upstream, which python-tuf alone publishes: pyv's publisher has no hand in what is carried."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from pyv.index.configured import Access
from pyv.mirror.carried import take_over
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.source import Upstream, adopt, read_upstream
from pyv.mirror.verified import Verified
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.transfer.client import Client
from tests.install.scene import HERE, index_of, trust
from tests.mirror.stock import Stock
from tests.support.index import SignedIndex
from tests.support.repository import signer
from tests.support.runner import Machine

NAMES = ("trust/artifact-keys.json", "revocations/revocations.json", f"manifest/{HERE}.json")
CARRIED = ("releases", "revocations")
Contents = dict[str, bytes]


def no_network() -> Client:
    """A client for who is to need none."""
    raise AssertionError("this is read without a network")


@dataclass(frozen=True)
class Scene:
    """An operator who accepted an upstream index and carries it, and a client of before."""

    machine: Machine
    index: SignedIndex

    @classmethod
    def make(cls, place: Path) -> Scene:
        scene = cls(Machine.fresh(place), index_of("3.12.1", "3.12.2"))
        scene.index.write(scene.upstream)
        trust(scene.machine, scene.index)
        init(scene.mirror.path, scene.keys, time.time(), follow=scene.follow)
        scene.client("old").read(*NAMES)
        return scene

    @property
    def upstream(self) -> Path:
        return self.machine.cwd / "upstream"

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.machine.cwd / "mirror")

    @property
    def keys(self) -> KeyDirectory:
        return KeyDirectory(path=self.machine.cwd / "keys")

    @property
    def drawer(self) -> Path:
        """Where keys lie that are not at hand."""
        return self.machine.cwd / "drawer"

    def follow(self, mirror: Mirror) -> Verified:
        """Read the upstream a new mirror is to carry."""
        source = Upstream.parse(str(self.upstream), self.machine.cwd)
        adopt(mirror, source, Access(root=Root(self.machine.root), client=no_network, now=time.time()))
        return read_upstream(mirror, source, no_network, time.time())

    def read(self) -> Verified:
        return read_upstream(self.mirror, Upstream.parse(str(self.upstream), self.machine.cwd), no_network, time.time())

    def carry(self, upstream: Verified | None = None) -> Published:
        """What `pyv mirror sync` does to an index, without archives."""
        found = upstream or self.read()
        with locked(self.mirror.lock):
            take_over(self.mirror, found)
            return publish(self.mirror, self.keys, time.time())

    def put_away(self, *names: str) -> None:
        """Take private keys out of the key directory."""
        self.drawer.mkdir(mode=0o700, exist_ok=True)
        for name in names:
            (self.keys.path / f"{name}.pem").rename(self.drawer / f"{name}.pem")

    def client(self, name: str) -> Stock:
        """python-tuf's own client, which knows nothing but the organisation's first root."""
        return Stock(self.mirror.path, self.machine.cwd / "clients" / name)

    def serves(self) -> Contents:
        """What a client of before reads, and a new one too."""
        number = len(list(self.machine.cwd.glob("clients/*")))
        old, new = (self.client(name).read(*NAMES) for name in ("old", f"new-{number}"))
        assert old == new
        return new

    def offers(self) -> Contents:
        """What upstream means to publish."""
        return {name: (self.upstream / "targets" / name).read_bytes() for name in NAMES}

    def is_carried(self) -> None:
        """All that upstream signed for others is there, byte for byte, and clients read it."""
        for role in CARRIED:
            assert newest(self.mirror.path, role).read_bytes() == newest(self.upstream, role).read_bytes(), role
        for path in self.upstream.glob("targets/*/*.json"):
            if path.name.partition(".")[0] in listed(self.upstream) or "." not in path.stem:
                assert (self.mirror.path / path.relative_to(self.upstream)).read_bytes() == path.read_bytes(), path
        assert self.serves() == self.offers()


def newest(tree: Path, role: str) -> Path:
    """The newest metadata file of a role."""
    return max(tree.glob(f"metadata/*.{role}.json"), key=lambda path: int(path.name.partition(".")[0]))


def signed(path: Path) -> dict[str, object]:
    """What a metadata file says."""
    found: dict[str, object] = json.loads(path.read_bytes())["signed"]
    return found


def listed(tree: Path) -> set[str]:
    """The digests of all targets in force."""
    found = [json.loads(newest(tree, role).read_bytes())["signed"]["targets"] for role in ("targets", *CARRIED)]
    return {info["hashes"]["sha256"] for targets in found for info in targets.values()}


def another_key(index: SignedIndex, role: str) -> CryptoSigner:
    """Give a delegated role of an index another key."""
    targets, fresh = index.repository.targets["targets"], signer()
    targets.revoke_key(index.repository.signers[role][0].public_key.keyid, role)
    targets.add_key(fresh.public_key, role)
    index.repository.signers[role] = [fresh]
    return fresh
