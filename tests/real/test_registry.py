"""An OCI registry as organisations run it: a mirror goes there, and machines install from it."""

from __future__ import annotations

import hashlib
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import final

import pytest

from tests.support.archives import tiny_archive
from tests.support.docker_registry import OPERATOR, PASSWORD, DockerRegistry, free_port
from tests.support.index import SignedIndex
from tests.support.real import Pyv, need

pytestmark = pytest.mark.real

NAME = "tools/pyv"
LARGE = 40_000_000
"""Bytes of an archive that takes five chunks."""


@final
class Gate:
    """Connections to a port pass through here, until so many requests of a kind have: then the next one is cut or held.

    With `most`, answers are held as well, once so many bytes of them have passed.
    """

    def __init__(
        self, target: int, method: bytes, passes: int, *, cuts: bool, begins: int = 0, most: int = 1 << 40
    ) -> None:
        self.reached = threading.Event()
        """Whether the request that does not pass has come."""
        self._target = target
        self._method = method + b" /"
        self._passes = passes
        self._cuts = cuts
        self._begins = begins
        self._most = most
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Gate:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for end in (self._listener, *self._ends):
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [near, far]
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while True:
                for end in select.select([near, far], [], [])[0]:
                    content = end.recv(1 << 16)
                    if not content:
                        near.shutdown(socket.SHUT_RDWR)
                        far.shutdown(socket.SHUT_RDWR)
                        return
                    if end is near and self._stops(content):
                        self._stop(near, far, content)
                        return
                    (far if end is near else near).sendall(content)
                    self._most -= len(content) if end is far else 0
                    if self._most < 0:
                        self.reached.set()
                        return

    def _stop(self, near: socket.socket, far: socket.socket, content: bytes) -> None:
        """Let the beginning of the request pass, if any is to; then the connection is cut, or nothing answers on it."""
        passed = 0
        while passed < self._begins:
            far.sendall(content)
            passed += len(content)
            content = near.recv(1 << 16)
        far.close()
        self.reached.set()
        if self._cuts:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            near.close()

    def _stops(self, content: bytes) -> bool:
        if not content.startswith(self._method):
            return False
        self._passes -= 1
        return self._passes == -1


@pytest.fixture(name="registry")
def _registry(tmp_path: Path) -> DockerRegistry:
    return DockerRegistry(program=need("docker-registry"), place=tmp_path / "registry", port=free_port())


@pytest.fixture(name="running")
def _running(registry: DockerRegistry) -> Iterator[DockerRegistry]:
    with registry.running():
        yield registry


@pytest.fixture(name="large", scope="module")
def _large() -> bytes:
    """An archive that does not compress."""
    return tiny_archive("3.13.0", extra={"lib/large": os.urandom(LARGE)})


@pytest.fixture(name="index")
def _index(large: bytes) -> SignedIndex:
    """An index of a small archive, and of a large one."""
    index = SignedIndex()
    index.add("3.12.2", tiny_archive("3.12.2"))
    index.add("3.13.0", large)
    return index


@pytest.fixture(name="mirror")
def _mirror(index: SignedIndex, tmp_path: Path) -> Path:
    return index.write(tmp_path / "mirror")


def uploaded(registry: DockerRegistry) -> list[str]:
    """The requests that wrote, without what differs between runs."""
    lines = [line for line in registry.requests if not line.startswith(("GET", "HEAD"))]
    return [re.sub(r"uploads/[0-9a-f-]{36}", "uploads/…", line.replace(f"/v2/{NAME}/", "")) for line in lines]


def wait_until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@contextmanager
def started(user: Pyv, *arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """pyv under way, killed in the end."""
    user.project.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        user.command(*arguments), env=user.environment, cwd=user.project, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_mirror_goes_to_a_registry_and_machines_install_from_it(
    running: DockerRegistry, mirror: Path, index: SignedIndex, user: Pyv, tmp_path: Path
) -> None:
    address = running.address(NAME)
    user.pyv("mirror", "push", mirror, address)
    asked = len(running.requests)
    assert user.pyv("mirror", "push", mirror, address).stderr == f"nothing new: {address} holds all of it\n"
    wait_until(lambda: len(running.requests) > asked)
    assert running.requests[asked:] == [f"GET /v2/{NAME}/manifests/index 200"]
    place = running.place / "blobs" / "docker" / "registry" / "v2" / "blobs" / "sha256"
    for blob in (mirror / "blobs" / "sha256").iterdir():
        kept = place / blob.name[:2] / blob.name / "data"
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == blob.name

    user.pyv("trust", "add", address, "--yes")
    user.pyv("install", "3.12", "--index", address)
    assert user.pyv("prefix", "3.12.2").stdout.endswith("/versions/3.12.2\n")

    older = tmp_path / "older"
    shutil.copytree(mirror, older)
    index.add("3.12.3", tiny_archive("3.12.3"))
    index.write(mirror)
    asked = len(running.requests)
    user.pyv("mirror", "push", mirror, address)
    large = next(record.sha256 for record in index.artifacts if record.version == "3.13.0")
    assert not any(large in line for line in running.requests[asked:]), "what is there is not even asked for"
    user.pyv("index", "refresh", "--index", address)
    user.pyv("install", "3.12.3", "--index", address)
    refused = user.pyv("mirror", "push", older, address, check=False)
    assert (refused.returncode, "holds a newer index" in refused.stderr) == (4, True)


def test_a_killed_install_goes_on_with_a_range(
    running: DockerRegistry, mirror: Path, index: SignedIndex, user: Pyv
) -> None:
    user.pyv("mirror", "push", mirror, running.address(NAME))
    record = next(each for each in index.artifacts if each.version == "3.13.0")
    partial = user.root / "cache" / "partial" / record.sha256
    user.pyv("trust", "add", running.address(NAME), "--yes")

    with (
        Gate(running.port, b"GET", 10_000, cuts=False, most=5_000_000) as gate,
        started(user, "install", "3.13", "--index", f"oci://127.0.0.1:{gate.port}/{NAME}") as killed,
    ):
        assert gate.reached.wait(60)
        wait_until(lambda: partial.exists() and partial.stat().st_size > 3_000_000)
        killed.kill()
    user.pyv("install", "3.13", "--index", running.address(NAME))

    path = f"GET /v2/{NAME}/blobs/sha256:{record.sha256}"
    wait_until(lambda: f"{path} 206" in running.requests)
    assert (user.root / "versions/3.13.0/lib/large").stat().st_size == LARGE


def test_a_push_goes_on_after_its_connection_was_cut(running: DockerRegistry, mirror: Path, user: Pyv) -> None:
    with Gate(running.port, b"PATCH", 2, cuts=True) as gate:
        user.pyv("mirror", "push", mirror, f"oci://127.0.0.1:{gate.port}/{NAME}", "-j1")
        assert gate.reached.is_set()

    chunks = [line for line in uploaded(running) if line.startswith("PATCH")]
    assert chunks == ["PATCH blobs/uploads/… 202"] * 5, "each chunk arrived once"
    assert any(re.match(r"GET \S+/uploads/\S+ 204", line) for line in running.requests)


def test_a_push_goes_on_after_it_was_killed(running: DockerRegistry, mirror: Path, user: Pyv) -> None:
    with Gate(running.port, b"PATCH", 2, cuts=False) as gate:
        address = f"oci://127.0.0.1:{gate.port}/{NAME}"
        with started(user, "mirror", "push", mirror, address, "-j1") as killed:
            assert gate.reached.wait(60)
            killed.send_signal(signal.SIGKILL)
        (session,) = (mirror / ".pyv" / "uploads").iterdir()
        assert session.stat().st_mode & 0o777 == 0o600
        before = uploaded(running)
        assert [line for line in before if line.startswith("PATCH")] == ["PATCH blobs/uploads/… 202"] * 2
        user.pyv("mirror", "push", mirror, address, "-j1")

    after = uploaded(running)[len(before) :]
    assert [line for line in after if line.startswith("PATCH")] == ["PATCH blobs/uploads/… 202"] * 3
    assert list((mirror / ".pyv" / "uploads").iterdir()) == []
    user.pyv("trust", "add", running.address(NAME), "--yes")
    user.pyv("install", "3.13", "--index", running.address(NAME))


def test_half_a_chunk_costs_the_blob_and_nothing_else(running: DockerRegistry, mirror: Path, user: Pyv) -> None:
    """docker-registry 2.8 keeps the bytes of a chunk that broke and then forgets the upload: it is begun anew."""
    with Gate(running.port, b"PATCH", 2, cuts=True, begins=1_000_000) as gate:
        user.pyv("mirror", "push", mirror, f"oci://127.0.0.1:{gate.port}/{NAME}", "-j1")

    arrived = [line for line in uploaded(running) if line == "PATCH blobs/uploads/… 202"]
    assert len(arrived) == 2 + 5
    assert any(re.match(r"GET \S+/uploads/\S+ 404", line) for line in running.requests)
    user.pyv("trust", "add", running.address(NAME), "--yes")
    user.pyv("install", "3.13", "--index", running.address(NAME))


def test_a_registry_behind_a_password(registry: DockerRegistry, index: SignedIndex, user: Pyv, tmp_path: Path) -> None:
    index.artifacts.pop()
    mirror = index.write(tmp_path / "small")
    guarded = DockerRegistry(program=registry.program, place=registry.place, port=registry.port, password=True)
    address = guarded.address(NAME)
    with guarded.running():
        refused = user.pyv("mirror", "push", mirror, address, check=False)
        assert (refused.returncode, "401 (unauthorized)" in refused.stderr) == (5, True)
        (user.home / ".netrc").write_text(f"machine 127.0.0.1 login {OPERATOR} password {PASSWORD}\n")
        said = [user.pyv("mirror", "push", mirror, address).stderr, refused.stderr]
        user.pyv("trust", "add", address, "--yes")
        said.append(user.pyv("install", "3.12", "--index", address).stderr)
        (user.home / ".netrc").unlink()
        wrong = address.replace("//", f"//{OPERATOR}:{PASSWORD}x@")
        said.append(user.pyv("mirror", "push", mirror, wrong, check=False).stderr)

    assert PASSWORD not in "".join(said)
    assert "does not accept the credentials from the address" in said[-1]
