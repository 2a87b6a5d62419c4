"""Many machines install from one `pyv mirror serve` at once, some of them rudely."""

from __future__ import annotations

import hashlib
import socket
import time
from dataclasses import replace
from pathlib import Path

from tests.install.process import Processes
from tests.install.scene import BUILD, HERE, big_tar
from tests.prove.verdict import Verdict
from tests.support.runner import Machine

CLIENTS = 32
_RUDE = 8
_PATIENCE = 300.0


def prove(place: Path, clients: int) -> Verdict:
    """Every client ends with a Python that answers, whoever else hangs up or sends rubbish."""
    verdict = Verdict("load")
    machine = Machine.fresh(place)
    archive = machine.cwd / f"cpython-3.12.2+{BUILD}-{HERE}-install_only_stripped.tar.gz"
    content = big_tar(files=64, size=65536).gz()
    archive.write_bytes(content)
    machine.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase").ok()
    machine.pyv("mirror", "add", "mirror", archive.name, "--keys", "keys").ok()
    roots = [replace(machine, root=place / "roots" / str(number)) for number in range(clients)]
    for client in roots:
        client.pyv("trust", "add", "mirror", "--yes", PYV_ROOT=str(client.root)).ok()
    with Processes() as group:
        server = group.start(machine, "mirror", "serve", "mirror", "--port", "0", "--quiet")
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        begun = time.monotonic()
        rude = [_rude(address, f"/blobs/sha256/{hashlib.sha256(content).hexdigest()}", n) for n in range(_RUDE)]
        running = [
            group.start(client, "install", "3.12", "--index", address, PYV_ROOT=str(client.root)) for client in roots
        ]
        for number, (client, process) in enumerate(zip(roots, running, strict=True)):
            _, stderr = process.communicate(timeout=_PATIENCE)
            answer = client.shim("python", "-V", PYV_VERSION="3.12") if process.returncode == 0 else None
            if answer is None or answer.stdout != "Python 3.12.2\n":
                verdict.faults.append(f"client {number}: status {process.returncode}: {stderr.strip() or answer}")
        seconds = time.monotonic() - begun
        for connection in rude:
            connection.close()
        if server.poll() is not None:
            verdict.faults.append(f"the server ended with {server.returncode}")
    verdict.figures = {
        "clients": clients,
        "rude": _RUDE,
        "failed": len(verdict.faults),
        "megabytes": round(clients * len(content) / 1e6),
        "wall": f"{seconds:.1f}s",
    }
    return verdict


def _rude(address: str, path: str, number: int) -> socket.socket:
    """A client that asks and never reads, one that stops half-way through its request, one that sends rubbish."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    connection.sendall((request, request[:20], b"\x16\x03\x01" + bytes(200))[number % 3])
    return connection
