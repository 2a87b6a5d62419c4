"""The air gap: two networks without a route between them, two file systems, and one file that is carried across."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from tests.install.namespace import Namespace
from tests.install.scene import Left, index_of, left_in
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run

pytestmark = pytest.mark.real

HOLE = Revocation(action="block", version="3.12.1", reason="a hole", date="2026-11-23")
_CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"


@dataclass
class Side:
    """One side: a network and a disk that nobody else sees."""

    inside: Namespace

    @property
    def cwd(self) -> Path:
        return self.inside.machine.cwd

    def run(self, *words: str | Path) -> Run:
        return self.inside.pyv(*words)

    def seen(self, name: str) -> Path:
        """A file of this side, for whoever carries it."""
        return self.inside.seen(self.cwd / name)

    def reaches(self, host: str, port: int) -> bool:
        return self.inside.run("python3", "-c", _CONNECT, host, str(port)).status == 0

    def served(self) -> Left:
        """All of this side's mirror but what is the operator's."""
        return left_in(self.seen("mirror"), without=(".pyv",))

    @contextmanager
    def serving(self, name: str) -> Iterator[str]:
        """`pyv mirror serve` on this side's loopback; its address."""
        machine = self.inside.machine
        words = machine.command("mirror", "serve", name, "--port", "0")
        with subprocess.Popen(
            self.inside.command(*words),
            env=machine.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                assert re.fullmatch(r"http://127\.0\.0\.1:\d+/?", address), address
                yield address
            finally:
                server.terminate()


@contextmanager
def side(place: Path) -> Iterator[Side]:
    """A side whose disk is its own, empty file system."""
    place.mkdir()
    machine = Machine.fresh(place)
    with Namespace.of(machine, network=True) as inside:
        inside.tmpfs(place)
        for directory in (machine.home, machine.cwd):
            inside.seen(directory).mkdir()
        yield Side(inside)


@dataclass
class Gap:
    """Near, where upstream is, and far, where nothing is but what was carried."""

    near: Side
    far: Side
    index: SignedIndex = field(default_factory=lambda: index_of("3.12.1", "3.12.2"))
    root: str = ""

    def export(self, name: str, *words: str) -> dict[str, object]:
        told: dict[str, object] = self.near.run("mirror", "export", "mirror", "-o", name, "--json", *words).ok().json
        self.root = str(told["root_sha256"])
        return told

    def carry(self, name: str) -> None:
        """The one thing that crosses."""
        shutil.copyfile(self.near.seen(name), self.far.seen(name))

    def sync(self, address: str) -> None:
        self.near.run("mirror", "sync", "mirror", "--keys", "keys", "--from", address, "--builds", "all").ok()

    def bring(self, name: str, *words: str | Path) -> Run:
        return self.far.run("mirror", "import", name, "mirror", *words)


@pytest.fixture
def gap(tmp_path: Path) -> Iterator[Gap]:
    """A hybrid mirror of an upstream over HTTP on the near side, exported; an empty far side."""
    with side(tmp_path / "near") as near, side(tmp_path / "far") as far:
        found = Gap(near, far)
        found.index.write(near.seen("upstream"))
        with near.serving("upstream") as address:
            near.run("trust", "add", address, "--yes").ok()
            near.run("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase", "--hybrid", address).ok()
            found.sync(address)
        found.export("first.tar")
        yield found


def refuses_what_was_tampered_with(gap: Gap) -> None:
    """A bundle in which an archive or metadata is another, or whose root is not the one that was told."""
    genuine = gap.far.seen("first.tar").read_bytes()
    archive = gap.index.blobs[gap.index.artifacts[0].sha256]
    assert genuine.count(archive) == 1
    bad = gap.far.seen("bad.tar")
    bad.write_bytes(genuine.replace(archive, bytes(255 - byte for byte in archive)))
    gap.bring("bad.tar", "--sha256", gap.root).fails(4, "hint: ")
    bad.write_bytes(genuine.replace(b'"version":1', b'"version":9'))
    run = gap.bring("bad.tar", "--sha256", gap.root)
    assert run.status in {4, 6}, run.stderr
    bad.unlink()
    gap.bring("first.tar", "--sha256", "0" * 64).fails(4, "hint: ")
    assert not gap.far.seen("mirror").exists(), "nothing of it was begun"


def test_an_installation_across_the_gap(gap: Gap) -> None:
    near, far = gap.near, gap.far
    gap.carry("first.tar")
    with near.serving("mirror") as there:
        port = int(there.rstrip("/").rpartition(":")[2])
        assert near.reaches("127.0.0.1", port)
        assert not far.reaches("127.0.0.1", port), "the near side's loopback is not the far side's"
        assert not far.reaches("192.0.2.1", 80)
        assert far.inside.run("ip", "-o", "route").stdout == ""
        assert [*far.inside.seen(near.cwd).iterdir()] == [], "nor is its disk"
        assert {path.name for path in far.seen("").iterdir()} == {"first.tar"}
    refuses_what_was_tampered_with(gap)
    gap.bring("first.tar", "--sha256", gap.root).ok()
    with far.serving("mirror") as address:
        far.run("trust", "add", address, "--sha256", gap.root).ok()
        far.run("install", "3.12.2", "--index", address).ok()
    far.inside.shim("python", "-V", PYV_VERSION="3.12.2").shows("Python 3.12.2\n")
    far.run("install", "3.12.1", "--offline", "--index", "mirror").ok()
    far.inside.shim("python", "-V", PYV_VERSION="3.12.1").shows("Python 3.12.1\n")

    index_of("3.13.1", index=gap.index)
    gap.index.revocations = Revocations((HOLE,))
    gap.index.write(near.seen("upstream"))
    with near.serving("upstream") as upstream:
        gap.sync(upstream)
    told = gap.export("increment.tar", "--since", "last")
    assert (told["archives"], told["left_out"]) == (1, 2)
    gap.carry("increment.tar")
    gap.bring("increment.tar").ok()
    with far.serving("mirror") as address:
        far.run("index", "refresh", "--index", address).ok()
        far.run("install", "3.13.1", "--index", address).ok()
        far.run("install", "3.12.1", "--force", "--index", address).fails(4, "a hole")
    named = far.run("verify", "3.12.1")
    assert named.status == 4, (named.stdout, named.stderr)
    assert "a hole" in named.stdout + named.stderr
    was = far.served()
    gap.bring("first.tar").fails(4, "is older than what the mirror has", "hint: ")
    assert far.served() == was
    for role in ("releases", "revocations"):
        file = f"2.{role}.json"
        assert (far.seen("mirror/metadata") / file).read_bytes() == (near.seen("upstream/metadata") / file).read_bytes()


def test_the_far_side_signs_its_own_timestamp(gap: Gap) -> None:
    """With that one key; what is brought later is signed again there, and clients follow."""
    near, far = gap.near, gap.far
    gap.carry("first.tar")
    gap.bring("first.tar", "--sha256", gap.root).ok()
    far.seen("keys").mkdir(mode=0o700)
    for half in ("pem", "pub"):
        shutil.copy(near.seen(f"keys/timestamp.{half}"), far.seen("keys"))
    for _ in range(2):
        far.run("mirror", "sign", "timestamp", "mirror", "--keys", "keys").ok()
    far.run("trust", "add", "mirror", "--sha256", gap.root).ok()
    far.run("install", "3.12.1", "--index", "mirror").ok()

    index_of("3.13.1", index=gap.index)
    gap.index.write(near.seen("upstream"))
    with near.serving("upstream") as upstream:
        gap.sync(upstream)
    gap.export("second.tar")
    gap.carry("second.tar")
    was = far.served()
    gap.bring("second.tar").fails(4, "--keys KEYDIR")
    assert far.served() == was
    gap.bring("second.tar", "--keys", "keys").ok()
    far.run("install", "3.13.1", "--index", "mirror").ok()
    timestamp = json.loads(far.seen("mirror/metadata/timestamp.json").read_bytes())
    assert (
        timestamp["signed"]["version"]
        > json.loads(near.seen("mirror/metadata/timestamp.json").read_bytes())["signed"]["version"]
    )
