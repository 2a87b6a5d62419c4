"""The executable client keeps the contract of the tuf-conformance suite, so that whoever has the suite can run it.

The server answers as the suite's does: HTTP/1.0, no length, no type, the end of the connection for the end of a file.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, TargetFile

from tests.support.repository import Repository

CLIENT = Path(__file__).with_name("client")


@dataclass
class Suite:
    """A repository, its server, and the client's directories."""

    place: Path
    repository: Repository
    address: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def metadata(self) -> Path:
        return self.place / "metadata"

    @property
    def targets(self) -> Path:
        return self.place / "targets"

    def client(self, *arguments: str | Path) -> int:
        self.asked.clear()
        words = [CLIENT, "--metadata-dir", self.metadata, *arguments]
        environment = {**os.environ, "PYV_CONFORMANCE_PYTHON": sys.executable}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert "Traceback" not in done.stderr, done.stderr
        assert (done.returncode == 0) == (done.stderr == ""), done.stderr
        return done.returncode

    def init(self) -> int:
        root = self.place / "root.json"
        root.write_bytes(self.repository.anchor())
        return self.client("init", root)

    def refresh(self) -> int:
        return self.client("--metadata-url", f"{self.address}/metadata/", "refresh")

    def download(self, *names: str) -> int:
        self.targets.mkdir(exist_ok=True)
        where = ["--metadata-url", f"{self.address}/metadata/", "--target-base-url", f"{self.address}/targets/"]
        wanted = [word for name in names for word in ("--target-name", name)]
        return self.client(*where, *wanted, "--target-dir", self.targets, "download")

    def versions(self) -> dict[str, int]:
        """What the suite sees: every `*.json` directly in the directory is metadata, under unversioned names."""
        return {path.stem: Metadata.from_file(str(path)).signed.version for path in self.metadata.glob("*.json")}

    def downloaded(self) -> list[bytes]:
        """Every file below the target directory, by the time it was written."""
        files = [path for path in self.targets.rglob("*") if path.is_file()]
        return [path.read_bytes() for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)]


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    repository = Repository()
    repository.publish()
    made = Suite(tmp_path, repository)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            made.asked.append(path)
            content = repository.read(path.lstrip("/"), 1 << 30)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def test_init_remembers_the_root_and_asks_nobody(suite: Suite) -> None:
    assert suite.init() == 0
    assert suite.versions() == {"root": 1}
    assert suite.asked == []


def test_init_refuses_what_is_no_root(suite: Suite) -> None:
    (suite.place / "root.json").write_bytes(suite.repository.files["metadata/timestamp.json"])
    assert suite.client("init", suite.place / "root.json") == 1


def test_refresh_updates_the_top_level(suite: Suite) -> None:
    suite.init()
    assert suite.refresh() == 0
    assert suite.versions() == dict.fromkeys(("root", "timestamp", "snapshot", "targets"), 1)
    suite.repository.rotate_root()
    suite.repository.publish()
    assert suite.refresh() == 0
    assert suite.versions() == dict.fromkeys(("root", "timestamp", "snapshot", "targets"), 2)


def test_a_failed_refresh_keeps_what_was_verified(suite: Suite) -> None:
    suite.init()
    assert suite.refresh() == 0
    suite.repository.publish()
    suite.repository.files["metadata/timestamp.json"] = suite.repository.encoded("timestamp", [])
    assert suite.refresh() == 1
    assert suite.versions()["timestamp"] == 1


def test_targets_come_in_order_up_to_the_first_failure(suite: Suite) -> None:
    for name, content in (("b", b"second"), ("a", b"first"), ("c", b"third")):
        suite.repository.put(name, content)
    suite.repository.publish()
    suite.init()
    assert suite.download("a", "missing", "c") == 1
    assert suite.downloaded() == [b"first"]
    assert suite.download("b", "c") == 0
    assert suite.downloaded() == [b"first", b"second", b"third"]


def test_what_is_there_is_not_fetched_again(suite: Suite) -> None:
    suite.repository.put("a", b"content")
    suite.repository.publish()
    suite.init()
    assert suite.download("a", "a") == 0
    assert len([path for path in suite.asked if path.startswith("/targets/")]) == 1
    assert suite.download("a") == 0
    assert not [path for path in suite.asked if path.startswith("/targets/")]
    suite.repository.put("a", b"newer")
    suite.repository.publish()
    assert suite.download("a") == 0
    assert suite.downloaded() == [b"newer"]


@pytest.mark.parametrize("name", ["dir/file.txt", "one two", "ünïcödé", "a+b", "deep/er/x.y.z"])
def test_odd_names(suite: Suite, name: str) -> None:
    suite.repository.put(name, b"content")
    suite.repository.publish()
    suite.init()
    assert suite.download(name) == 0
    assert suite.downloaded() == [b"content"]


def test_without_consistent_snapshots(suite: Suite) -> None:
    repository = suite.repository
    repository.root.consistent_snapshot = False
    repository.put("dir/a", b"content")
    repository.publish_root()
    repository.publish()
    for role in ("snapshot", *repository.targets):
        repository.files[f"metadata/{role}.json"] = repository.encoded(role)
    repository.files = {n: c for n, c in repository.files.items() if n.endswith("root.json") or "/2." not in n}
    repository.files = {name: content for name, content in repository.files.items() if "targets/dir" not in name}
    repository.files["targets/dir/a"] = b"content"
    suite.init()
    assert suite.download("dir/a") == 0
    assert "/targets/dir/a" in suite.asked


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_keys_of_other_kinds(suite: Suite, kind: str) -> None:
    """pyv makes Ed25519 and P-256 keys; it verifies what python-tuf verifies."""
    signer = CryptoSigner.generate_ecdsa() if kind == "ecdsa" else CryptoSigner.generate_rsa()
    for role in ("timestamp", "snapshot"):
        suite.repository.root.add_key(signer.public_key, role)
        suite.repository.root.revoke_key(suite.repository.signers[role][0].public_key.keyid, role)
        suite.repository.signers[role] = [signer]
    suite.repository.publish_root()
    suite.repository.publish()
    suite.init()
    assert suite.refresh() == 0


def test_other_digests_than_the_ones_pyv_lists(suite: Suite) -> None:
    suite.repository.put("a", b"content")
    info = suite.repository.targets["targets"].targets["a"]
    info.hashes = {"sha512": hashlib.sha512(b"content").hexdigest()}
    assert isinstance(info, TargetFile)
    suite.repository.publish()
    suite.repository.files[f"targets/{info.hashes['sha512']}.a"] = b"content"
    suite.init()
    assert suite.download("a") == 0
    assert suite.downloaded() == [b"content"]


def test_wrong_bytes_are_never_left(suite: Suite) -> None:
    suite.repository.put("a", b"content")
    suite.repository.publish()
    suite.repository.intercept = lambda name, content: b"CONTENT" if name.startswith("targets/") else content
    suite.init()
    assert suite.download("a") == 1
    assert suite.downloaded() == []
