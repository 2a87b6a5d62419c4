"""One loopback server for all contenders: nginx where there is one, else pyv's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.machine import said
from benchmark.place import Place

_PATIENCE = 15.0  # seconds

# Without its Debian service nginx needs every path set; one process, so that no worker changes its user.
_CONFIGURATION = """
daemon off;
master_process off;
pid {place}/pid;
error_log {place}/error.log;
events {{ }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    types {{ text/html html; }}
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{port};
        root {directory};
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A tree that is being served."""

    url: str
    by: str
    """Which server, for the report."""


@contextmanager
def served(place: Place) -> Iterator[Served]:
    """Serve the mirror on a free port for as long as the block lasts.

    Raises:
        BenchError: the server does not start.
    """
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    with _nginx(nginx, place) if nginx else _own(place) as running:
        yield running


@contextmanager
def _nginx(program: str, place: Place) -> Iterator[Served]:
    directory = place.path / "nginx"
    directory.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = directory / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(place=directory, port=port, directory=place.mirror))
    command = [program, "-p", str(directory), "-e", str(directory / "error.log"), "-c", str(configuration)]
    with _stopped(subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True)) as server:
        _wait_for(port, server)
        asked = subprocess.run([program, "-v"], capture_output=True, text=True, check=False).stderr
        version = asked.rpartition("/")[2].split()[:1]
        yield Served(url=f"http://127.0.0.1:{port}", by=" ".join(["nginx", *version]))


@contextmanager
def _own(place: Place) -> Iterator[Served]:
    command = [place.pyv, "mirror", "serve", str(place.mirror), "--port", "0", "--quiet"]
    own = {"HOME": str(place.path), "PATH": "/usr/bin:/bin"}
    serving = subprocess.Popen(command, env=own, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    with _stopped(serving) as server:
        url = server.stdout.readline().strip() if server.stdout else ""
        if not url.startswith("http://127.0.0.1:"):
            raise BenchError("`pyv mirror serve` did not start")
        yield Served(url=url, by=f"`pyv mirror serve` ({said(place.pyv, '--version')})")


@contextmanager
def _stopped(server: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The server, stopped when the block ends however it ends."""
    try:
        yield server
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise BenchError("nginx did not start: see `error.log` in the work directory")


def published(place: Place, name: str, text: str) -> Path:
    """Put a small document beside the peers' archive, to be served."""
    path = place.for_peers.with_name(name)
    path.write_text(text, encoding="utf-8")
    return path
