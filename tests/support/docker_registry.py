"""The registry of Debian's package `docker-registry` on a loopback port, with its log of requests.

registry = DockerRegistry(program=need("docker-registry"), place=tmp_path / "registry", port=free_port())
with registry.running():
    ...  # registry.address("ns/pyv") is a place of pyv's
assert registry.requests == ["GET /v2/ns/pyv/manifests/index 404", …]
"""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# An upload's address is signed with the secret: without one, a registry that starts anew knows no upload any more.
_CONFIGURATION = """
version: 0.1
log:
  level: error
  accesslog: {{disabled: false}}
storage:
  filesystem: {{rootdirectory: {place}/blobs}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
  secret: for tests
{authentication}
"""
_HTPASSWD = """auth:
  htpasswd: {{realm: tests, path: {path}}}
"""
OPERATOR, PASSWORD = "operator", "s3cret"
# What `htpasswd -nbB -C 4 operator s3cret` prints where there is one.
_ENTRY = "operator:$2b$04$MVcQfivHQpCVZVlya6J5Cen3VHN5wRB3u6JACLV35nT7WSRvY0v7m\n"
_LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<path>[^ ?"]+)[^"]*" (?P<status>\d+) ')


def free_port() -> int:
    """A loopback port nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(frozen=True, kw_only=True)
class DockerRegistry:
    """A registry's program, place and port; it may be started again."""

    program: str
    place: Path
    port: int
    password: bool = False
    """Whether `OPERATOR` has to authenticate with `PASSWORD`."""

    def address(self, name: str) -> str:
        """A repository as pyv is told it."""
        return f"oci://127.0.0.1:{self.port}/{name}"

    @property
    def requests(self) -> list[str]:
        """`METHOD PATH STATUS`, in the order they ended."""
        found = _LINE.finditer((self.place / "log").read_text())
        return [f"{line['method']} {line['path']} {line['status']}" for line in found]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Serve."""
        self.place.mkdir(parents=True, exist_ok=True)
        authentication = ""
        if self.password:
            (self.place / "htpasswd").write_text(_ENTRY)
            authentication = _HTPASSWD.format(path=self.place / "htpasswd")
        configuration = self.place / "registry.yml"
        configuration.write_text(_CONFIGURATION.format(place=self.place, port=self.port, authentication=authentication))
        command = [self.program, "serve", str(configuration)]
        with (self.place / "log").open("ab") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
            try:
                end = time.monotonic() + 30
                while not self._answers():
                    assert server.poll() is None, (self.place / "log").read_text()
                    assert time.monotonic() < end, "the registry does not answer"
                    time.sleep(0.02)
                yield server
            finally:
                server.kill()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
