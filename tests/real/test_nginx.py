"""A mirror is a static tree: nginx serves it as well, and an interrupted download goes on where it stopped."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.real import Mirror, Pyv, need

pytestmark = pytest.mark.real

# Without its Debian service nginx needs every path set; root's process stays root, as /tmp may be closed to others.
CONFIGURATION = """
daemon off;
master_process off;
pid {place}/pid;
error_log {place}/error.log;
events {{ }}
http {{
    log_format requests '$request_method $uri $status "$http_range"';
    access_log {place}/access.log requests;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{port};
        root {mirror};
        location /blobs/ {{ limit_rate {rate}; }}
    }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Nginx:
    """A place for nginx, and the port it takes each time it runs."""

    program: str
    place: Path
    mirror: Path
    port: int

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[str]:
        """`METHOD PATH STATUS "RANGE"`, in order."""
        return (self.place / "access.log").read_text().splitlines()

    @contextmanager
    def running(self, rate: str = "0") -> Iterator[None]:
        """Serve, blobs at so many bytes a second."""
        configuration = self.place / "nginx.conf"
        words = {"place": self.place, "mirror": self.mirror, "port": self.port, "rate": rate}
        configuration.write_text(CONFIGURATION.format(**words))
        place = str(self.place)
        command = [self.program, "-p", place, "-e", f"{place}/error.log", "-c", str(configuration)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            try:
                wait_until(lambda: answers(self.port) or server.poll() is not None)
                assert server.poll() is None, server.stderr and server.stderr.read()
                yield
            finally:
                server.terminate()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def nginx(tmp_path: Path, genuine_mirror: Mirror) -> Nginx:
    """nginx over the mirror's directory."""
    program = need("nginx")
    place = tmp_path / "nginx"
    place.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Nginx(program=program, place=place, mirror=genuine_mirror.directory, port=port)


@pytest.fixture
def trusting(user: Pyv, genuine_mirror: Mirror) -> Pyv:
    """Somebody who trusts the mirror's keys."""
    user.pyv("trust", "add", genuine_mirror.directory, "--yes")
    return user


def blob_requests(nginx: Nginx) -> list[str]:
    return [line for line in nginx.requests if "/blobs/sha256/" in line]


def test_nginx_serves_a_mirror(nginx: Nginx, trusting: Pyv) -> None:
    with nginx.running():
        trusting.pyv("install", "3.9", "--index", nginx.address)

    trusting.pyv("local", "3.9")
    assert trusting.say("python", "--version") == "Python 3.9.13"
    assert [re.sub(r"[0-9a-f]{64}", "…", line) for line in blob_requests(nginx)] == ['GET /blobs/sha256/… 200 "-"']


def test_a_killed_download_goes_on_where_it_stopped(nginx: Nginx, trusting: Pyv) -> None:
    (blob,) = (nginx.mirror / "blobs" / "sha256").iterdir()
    partial = trusting.root / "cache" / "partial" / blob.name

    def has_arrived() -> bool:
        return partial.exists() and partial.stat().st_size > 2_000_000

    with nginx.running(rate="8m"):
        command = trusting.command("install", "3.9", "--index", nginx.address)
        with subprocess.Popen(command, env=trusting.environment, stderr=subprocess.DEVNULL) as killed:
            wait_until(has_arrived)
            killed.kill()
    assert not (trusting.root / "versions" / "3.9.13").exists()
    with nginx.running():
        trusting.pyv("install", "3.9", "--index", nginx.address)

    assert trusting.run(trusting.root / "versions" / "3.9.13" / "bin" / "python", "-V").stdout == "Python 3.9.13\n"
    last = re.fullmatch(r'GET /blobs/sha256/[0-9a-f]{64} 206 "bytes=(\d+)-"', blob_requests(nginx)[-1])
    assert last is not None, nginx.requests
    assert int(last[1]) > 2_000_000
