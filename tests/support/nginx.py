"""nginx as `pyv mirror serve --nginx` configures it, inside the least that makes it run for a test."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Without its Debian service nginx needs every path set; root's process stays root, as /tmp may be closed to others.
_AROUND = """
daemon off;
master_process off;
pid "{place}/pid";
error_log "{place}/error.log";
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    log_format requests '$request_method $uri $status "$http_range"';
    access_log "{place}/access.log" requests;
    client_body_temp_path "{place}/body";
    proxy_temp_path "{place}/proxy";
    fastcgi_temp_path "{place}/fastcgi";
    uwsgi_temp_path "{place}/uwsgi";
    scgi_temp_path "{place}/scgi";
    limit_rate {rate};
    include "{place}/server.conf";
}}
"""


@dataclass(frozen=True, kw_only=True)
class Nginx:
    """A place for nginx, and the port it takes each time it runs."""

    program: str
    place: Path
    port: int

    @classmethod
    def at(cls, place: Path, program: str, configured: Callable[[int], str]) -> Nginx:
        """Choose a port, and write down the configuration printed for it."""
        place.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        (place / "server.conf").write_text(configured(port))
        return cls(program=program, place=place, port=port)

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[str]:
        """`METHOD PATH STATUS "RANGE"`, in order."""
        return (self.place / "access.log").read_text().splitlines()

    @property
    def complaints(self) -> str:
        """What it wrote to its error log."""
        return (self.place / "error.log").read_text()

    def _command(self, rate: str) -> list[str]:
        configuration = self.place / "nginx.conf"
        configuration.write_text(_AROUND.format(place=self.place, rate=rate))
        return [self.program, "-p", str(self.place), "-e", f"{self.place}/error.log", "-c", str(configuration)]

    def check(self) -> subprocess.CompletedProcess[str]:
        """`nginx -t`."""
        return subprocess.run([*self._command("0"), "-t"], capture_output=True, text=True, check=False)

    @contextmanager
    def running(self, rate: str = "0") -> Iterator[None]:
        """Serve, at so many bytes a second."""
        with subprocess.Popen(self._command(rate), stderr=subprocess.PIPE, text=True) as server:
            try:
                wait_until(lambda: _answers(self.port) or server.poll() is not None)
                assert server.poll() is None, server.stderr and server.stderr.read()
                yield
            finally:
                server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait, and fail if it never happens."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
