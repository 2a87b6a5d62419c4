"""A fleet installs from one mirror at once, each machine another version, and some clients are rude.

Once from `pyv mirror serve`, once from nginx as `pyv mirror serve --nginx` configures it; with the same mirror.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyv.mirror.layout import Mirror
from pyv.store.paths import Root
from tests.install.process import Processes
from tests.install.scene import BUILD, HERE, assert_sound, big_tar
from tests.prove.verdict import Verdict
from tests.support.nginx import Nginx
from tests.support.runner import Machine

CLIENTS = 64
_RUDE = 8
_PATIENCE = 600.0
_A_MINOR = 13
"""Versions of one minor."""


@dataclass
class Fleet:
    """A mirror of as many versions as there are machines, and the machines."""

    operator: Machine
    versions: list[str]
    machines: list[Machine] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, place: Path, count: int, *, files: int = 64, size: int = 65536) -> Fleet:
        """Archives of so many files of so many bytes, which do not compress, and different in each."""
        operator = Machine.fresh(place)
        versions = [f"3.{8 + number // _A_MINOR}.{number % _A_MINOR}" for number in range(count)]
        names = []
        for version in versions:
            names.append(f"cpython-{version}+{BUILD}-{HERE}-install_only_stripped.tar.gz")
            (operator.cwd / names[-1]).write_bytes(big_tar(version, files=files, size=size).gz())
        operator.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase").ok()
        operator.pyv("mirror", "add", "mirror", *names, "--keys", "keys").ok()
        return cls(operator, versions)

    @property
    def mirror(self) -> Mirror:
        """What they install from."""
        return Mirror(self.operator.cwd / "mirror")

    @property
    def megabytes(self) -> int:
        """What all of them fetch together."""
        return round(sum(path.stat().st_size for path in self.mirror.blobs.iterdir()) / 1e6)

    def trusting(self, place: Path) -> None:
        """Machines that have nothing but their trust in the mirror."""
        self.machines = [replace(self.operator, root=place / version) for version in self.versions]
        self.operator.pyv("trust", "add", "mirror", "--yes", PYV_ROOT=str(place / "first")).ok()
        for machine in self.machines:
            shutil.copytree(place / "first", machine.root)

    def install(self, address: str, group: Processes) -> float:
        """Every machine its version, at once; the seconds until all of them are there."""
        begun = time.monotonic()
        rude = [_rude(address, f"/blobs/sha256/{next(self.mirror.blobs.iterdir()).name}", n) for n in range(_RUDE)]
        running = [
            group.start(machine, "install", version, "--index", address, PYV_ROOT=str(machine.root))
            for machine, version in zip(self.machines, self.versions, strict=True)
        ]
        ended = [process.communicate(timeout=_PATIENCE)[1] for process in running]
        seconds = time.monotonic() - begun
        for process, version, stderr in zip(running, self.versions, ended, strict=True):
            if process.returncode:
                self.faults.append(f"{address}: {version}: status {process.returncode}: {stderr.strip()}")
        for connection in rude:
            connection.close()
        return seconds

    def look(self) -> None:
        """What was installed answers and is whole, and so are the mirror's archives and their other names."""
        for machine, version in zip(self.machines, self.versions, strict=True):
            answer = machine.shim("python", "-V", PYV_VERSION=version, PYV_ROOT=str(machine.root))
            if answer.stdout != f"Python {version}\n":
                self.faults.append(f"{version} answers {answer}")
            try:
                assert_sound(Root(machine.root), version)
            except (AssertionError, OSError) as fault:
                self.faults.append(f"{version} is damaged: {fault}")
        for blob in self.mirror.blobs.iterdir():
            if hashlib.sha256(blob.read_bytes()).hexdigest() != blob.name:
                self.faults.append(f"the blob {blob.name} is damaged")
            if blob.stat().st_nlink != 2:
                self.faults.append(f"the blob {blob.name} has not one other name")


@contextmanager
def _serve(fleet: Fleet, group: Processes, requests: Path) -> Iterator[str]:
    command = fleet.operator.command("mirror", "serve", "mirror", "--port", "0")
    server = group.run(fleet.operator, ["sh", "-c", 'exec "$@" 2>"$0"', str(requests), *command])
    assert server.stdout is not None
    yield server.stdout.readline().strip()
    if server.poll() is not None:
        fleet.faults.append(f"pyv mirror serve ended with {server.returncode}")
    server.terminate()
    server.wait()


@contextmanager
def _nginx(fleet: Fleet, group: Processes, requests: Path) -> Iterator[str]:
    def configured(port: int) -> str:
        return fleet.operator.pyv("mirror", "serve", "mirror", "--nginx", "--port", str(port)).ok().stdout

    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "nginx is not installed (Debian package nginx)"
    nginx = Nginx.at(requests.parent / "nginx", program, configured)
    with nginx.running():
        yield nginx.address
    requests.write_bytes((nginx.place / "access.log").read_bytes())


def prove(place: Path, clients: int, **archives: int) -> Verdict:
    """Every client ends with a Python that answers and is whole, whoever else hangs up or sends rubbish."""
    verdict = Verdict("load")
    fleet = Fleet.of(place, clients, **archives)
    verdict.figures = {"clients": clients, "rude": _RUDE, "megabytes": fleet.megabytes}
    for name, serving in (("serve", _serve), ("nginx", _nginx)):
        here = place / name
        here.mkdir()
        fleet.trusting(here)
        with Processes() as group, serving(fleet, group, here / "requests") as address:
            seconds = fleet.install(address, group)
        before = len(verdict.faults)
        fleet.look()
        verdict.faults += [f"{name}: {fault}" for fault in fleet.faults]
        fleet.faults.clear()
        count = len(re.findall(r" (?:200|206|404) ", (here / "requests").read_text()))
        verdict.figures |= {
            f"{name}_failed": len(verdict.faults) - before,
            f"{name}_wall": f"{seconds:.1f}s",
            f"{name}_requests": count,
            f"{name}_per_second": round(count / seconds),
        }
    return verdict


def _rude(address: str, path: str, number: int) -> socket.socket:
    """A client that asks and never reads, one that stops half-way through its request, one that sends rubbish."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    connection.sendall((request, request[:20], b"\x16\x03\x01" + bytes(200))[number % 3])
    return connection
