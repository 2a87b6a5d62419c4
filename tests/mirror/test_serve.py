"""The server from outside: real sockets, real bytes."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from pyv.errors import PyvError, RequestError, StoreError
from pyv.mirror.serve import Server
from tests.support.index import LINUX, SignedIndex

ARCHIVE = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(ARCHIVE).hexdigest()
BLOB = f"/blobs/sha256/{DIGEST}"
MANIFEST = f"/targets/manifest/{LINUX}.json"
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(name="mirror")
def _mirror(tmp_path: Path) -> Path:
    index = SignedIndex()
    index.add("3.12.2", ARCHIVE)
    return index.write(tmp_path / "mirror")


@pytest.fixture(name="log")
def _log() -> list[str]:
    return []


@pytest.fixture(name="server")
def _server(mirror: Path, log: list[str]) -> Iterator[Server]:
    with closing(Server(mirror, log=log.append)) as server:
        yield server


@pytest.fixture(name="connection")
def _connection(server: Server) -> Iterator[HTTPConnection]:
    with closing(connect(server)) as connection:
        yield connection


def connect(server: Server) -> HTTPConnection:
    return HTTPConnection(server.url.removeprefix("http://"), timeout=10)


def ask(connection: HTTPConnection, target: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return response, response.read()


def test_a_blob_comes_whole_and_may_be_kept_for_ever(connection: HTTPConnection) -> None:
    response, body = ask(connection, BLOB)
    assert (response.status, response.version) == (200, 11)
    assert body == ARCHIVE
    told = {name: response.headers[name] for name in ("ETag", "Content-Type", "Cache-Control", "Accept-Ranges")}
    assert told == {
        "ETag": f'"{DIGEST}"',
        "Content-Type": "application/octet-stream",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Accept-Ranges": "bytes",
    }


def test_a_manifest_is_asked_for_again_each_time(connection: HTTPConnection, mirror: Path) -> None:
    response, body = ask(connection, MANIFEST)
    assert body == mirror.joinpath(MANIFEST[1:]).read_bytes()
    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == ("application/json", "no-cache")


def test_one_connection_answers_many_requests(connection: HTTPConnection) -> None:
    ask(connection, MANIFEST)
    first = connection.sock
    for target in (BLOB, "/missing", MANIFEST):
        ask(connection, target)
        assert connection.sock is first


def test_head_says_what_get_would(connection: HTTPConnection) -> None:
    whole, _ = ask(connection, BLOB)
    head, body = ask(connection, BLOB, "HEAD")
    assert body == b""
    assert dict(head.headers) | {"Date": ""} == dict(whole.headers) | {"Date": ""}
    missing, body = ask(connection, "/missing", "HEAD")
    assert (missing.status, body) == (404, b"")


@pytest.mark.parametrize(
    ("asked", "told", "part"),
    [
        ("bytes=0-0", "bytes 0-0/1048576", ARCHIVE[:1]),
        ("bytes=1000-", "bytes 1000-1048575/1048576", ARCHIVE[1000:]),
        ("bytes=-10", "bytes 1048566-1048575/1048576", ARCHIVE[-10:]),
    ],
)
def test_a_range_comes_alone(connection: HTTPConnection, asked: str, told: str, part: bytes) -> None:
    response, body = ask(connection, BLOB, Range=asked, If_Range=f'"{DIGEST}"')
    assert (response.status, response.headers["Content-Range"]) == (206, told)
    assert body == part


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-1,4-5"},
        {"Range": "bytes=5-1"},
        {"Range": "bytes=5-", "If_Range": '"another"'},
        {"Range": "bytes=5-", "If_Range": f'W/"{DIGEST}"'},
    ],
)
def test_any_other_range_gets_the_whole(connection: HTTPConnection, headers: dict[str, str]) -> None:
    response, body = ask(connection, BLOB, **headers)
    assert (response.status, body) == (200, ARCHIVE)


def test_a_range_behind_the_end_is_416(connection: HTTPConnection) -> None:
    response, _ = ask(connection, BLOB, Range=f"bytes={len(ARCHIVE)}-")
    assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(ARCHIVE)}")
    assert ask(connection, BLOB)[1] == ARCHIVE


def test_what_the_client_has_is_not_sent_again(connection: HTTPConnection) -> None:
    for target in (BLOB, MANIFEST):
        etag = ask(connection, target)[0].headers["ETag"]
        response, body = ask(connection, target, If_None_Match=f'"x", {etag}')
        assert (response.status, body, response.headers["ETag"]) == (304, b"", etag)
    assert ask(connection, MANIFEST)[0].status == 200


def test_a_changed_manifest_has_another_tag(connection: HTTPConnection, mirror: Path) -> None:
    etag = ask(connection, MANIFEST)[0].headers["ETag"]
    mirror.joinpath(MANIFEST[1:]).write_bytes(b"changed\n")
    response, body = ask(connection, MANIFEST, If_None_Match=etag)
    assert (response.status, body) == (200, b"changed\n")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/targets",
        "/targets/",
        "/../mirror/targets/trust/artifact-keys.json",
        "/%2e%2e/x",
        "/.pyv/lock",
        "/missing",
    ],
)
def test_nothing_else_is_served(connection: HTTPConnection, mirror: Path, target: str) -> None:
    (mirror / ".pyv").mkdir()
    (mirror / ".pyv" / "lock").write_text("x")
    response, body = ask(connection, target)
    assert (response.status, body) == (404, b"404 Not Found\n")


def test_a_link_out_of_the_mirror_is_not_served(connection: HTTPConnection, mirror: Path) -> None:
    (mirror.parent / "secret").write_text("secret")
    (mirror / "targets" / "link.json").symlink_to("../../secret")
    assert ask(connection, "/targets/link.json")[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
def test_only_get_and_head_are_understood(connection: HTTPConnection, method: str) -> None:
    response, _ = ask(connection, BLOB, method)
    assert (response.status, response.headers["Allow"], response.headers["Connection"]) == (405, "GET, HEAD", "close")


def untimed(log: Iterable[str]) -> list[str]:
    return [re.sub(r" \d+\.\d{3}$", " TIME", line) for line in log]


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def exchange(server: Server, request: bytes) -> bytes:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(request)
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_the_body_of_a_request_is_not_taken_for_the_next_request(server: Server) -> None:
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"GET /missing HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(hidden), hidden)
    answer = exchange(server, request)
    assert answer.count(b"HTTP/1.1") == 1
    assert b"Connection: close" in answer


def test_nonsense_is_answered_without_repeating_it(server: Server) -> None:
    answer = exchange(server, b"<script>\r\n\r\n")
    assert b"400" in answer
    assert b"script" not in answer


def test_many_clients_are_served_at_once(server: Server) -> None:
    """Each waits for the others between the headers and the body, so all are open together."""
    count = 24
    together = threading.Barrier(count, timeout=30)
    bodies: list[bytes] = []

    def client() -> None:
        with closing(connect(server)) as connection:
            connection.request("GET", BLOB)
            response = connection.getresponse()
            together.wait()
            bodies.append(response.read())

    threads = [threading.Thread(target=client) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [ARCHIVE] * count


def test_a_client_that_leaves_early_disturbs_nobody(server: Server, mirror: Path, log: list[str]) -> None:
    large = mirror / "blobs" / "sha256" / ("0" * 64)
    with large.open("wb") as stream:
        stream.truncate(1 << 30)
    connection = connect(server)
    connection.request("GET", f"/blobs/sha256/{'0' * 64}")
    connection.getresponse().read(10)
    connection.close()
    with closing(connect(server)) as another:
        assert ask(another, BLOB)[1] == ARCHIVE
    wait_until(lambda: len(log) == 2)
    statuses = {line.split('"')[2].split()[0] for line in log}
    assert statuses == {"200"}


def test_each_request_is_one_printable_line(server: Server, log: list[str]) -> None:
    with closing(connect(server)) as connection:
        ask(connection, BLOB, Range="bytes=0-0")
    wait_until(lambda: len(log) == 1)
    exchange(server, b"GET /\x1b[31m HTTP/1.1\r\nConnection: close\r\n\r\n")
    wait_until(lambda: len(log) == 2)
    exchange(server, b'GET /" 200 0 0.0 HTTP/1.1\r\nConnection: close\r\n\r\n')
    wait_until(lambda: len(log) == 3)
    assert untimed(log) == [
        f'127.0.0.1 "GET {BLOB} HTTP/1.1" 206 1 TIME',
        r'127.0.0.1 "GET /\x1b[31m HTTP/1.1" 404 14 TIME',
        r'127.0.0.1 "GET /\x22 200 0 0.0 HTTP/1.1" 400 16 TIME',
    ]


def test_a_line_tells_how_much_of_a_body_went_out(server: Server, mirror: Path, log: list[str]) -> None:
    large = mirror / "blobs" / "sha256" / ("0" * 64)
    with large.open("wb") as stream:
        stream.truncate(1 << 28)
    with closing(connect(server)) as connection:
        connection.request("GET", f"/{large.relative_to(mirror)}")
        connection.getresponse().read(100_000)
    with closing(connect(server)) as connection:
        ask(connection, BLOB, "HEAD")
        ask(connection, BLOB, If_None_Match=f'"{DIGEST}"')
        ask(connection, BLOB)
        ask(connection, BLOB, "BREW")
    wait_until(lambda: len(log) == 5)
    sent = {line.split('"')[1].split()[1]: int(line.split()[-2]) for line in log}
    assert 100_000 <= sent[f"/{large.relative_to(mirror)}"] < 1 << 28
    assert sorted(untimed(line for line in log if BLOB in line)) == [
        f'127.0.0.1 "BREW {BLOB} HTTP/1.1" 405 23 TIME',
        f'127.0.0.1 "GET {BLOB} HTTP/1.1" 200 {len(ARCHIVE)} TIME',
        f'127.0.0.1 "GET {BLOB} HTTP/1.1" 304 0 TIME',
        f'127.0.0.1 "HEAD {BLOB} HTTP/1.1" 200 0 TIME',
    ]


def test_a_log_nobody_reads_any_more_is_no_reason_to_stop(mirror: Path) -> None:
    def broken(line: str) -> None:
        raise BrokenPipeError(line)

    with closing(Server(mirror, log=broken)) as server, closing(connect(server)) as connection:
        for _ in range(3):
            assert ask(connection, BLOB)[1] == ARCHIVE


def test_what_is_missing_may_be_there_tomorrow(connection: HTTPConnection) -> None:
    missing, _ = ask(connection, "/metadata/2.root.json")
    assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")


def test_more_clients_than_files_wait_without_a_fuss(mirror: Path) -> None:
    """Out of file descriptors: nobody is turned away for good, and the server does not spin meanwhile."""
    program = (
        "import resource, sys, time; from pathlib import Path; from pyv.mirror.serve import Server;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)); server = Server(Path(sys.argv[1]), log=lambda _: None);"
        "print(server.url, flush=True); begun = time.process_time(); sys.stdin.read(); print(time.process_time() - begun)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(mirror)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().rstrip("\n").removeprefix("http://")
        host, _, port = address.rpartition(":")
        idle = [socket.create_connection((host, int(port)), timeout=10) for _ in range(60)]
        time.sleep(1.5)
        for wire in idle:
            wire.close()
        with closing(HTTPConnection(address, timeout=10)) as connection:
            assert ask(connection, BLOB)[1] == ARCHIVE
        process.stdin.close()
        assert float(process.stdout.read()) < 0.25  # seconds of the processor; spinning takes all it can get


def test_it_listens_on_loopback_and_stops(mirror: Path) -> None:
    server = Server(mirror, log=print)
    assert server.url.startswith("http://127.0.0.1:")
    server.close()
    server.close()
    with closing(connect(server)) as connection, pytest.raises(ConnectionRefusedError):
        connection.request("GET", BLOB)


def test_ipv6_addresses_are_written_as_urls_want_them(mirror: Path) -> None:
    with closing(Server(mirror, "::1", log=lambda _: None)) as server, closing(connect(server)) as connection:
        assert server.url.startswith("http://[::1]:")
        assert ask(connection, BLOB)[0].status == 200


def test_a_port_in_use_is_a_plain_error(server: Server, mirror: Path) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(PyvError) as caught:
        Server(mirror, port=port, log=print)
    assert caught.value.message == f"cannot listen on 127.0.0.1 port {port}: address already in use"


def test_what_is_no_mirror_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a mirror"):
        Server(tmp_path, log=print)


def test_what_is_no_port_is_refused(mirror: Path) -> None:
    with pytest.raises(RequestError, match="`70000` is not a port"):
        Server(mirror, port=70000, log=print)


@pytest.mark.parametrize("word", ["SIGINT", "SIGTERM"])
def test_serving_ends_with_a_signal(mirror: Path, word: str) -> None:
    program = (
        "import sys; from pathlib import Path; from pyv.mirror.serve import serve;"
        "serve(Path(sys.argv[1]), ready=lambda line: print(line, flush=True), log=lambda line: print(line, flush=True)); print('ended')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(mirror)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    address = first.rstrip("\n").removeprefix("http://")
    with closing(HTTPConnection(address, timeout=10)) as connection:
        assert ask(connection, BLOB)[1] == ARCHIVE
        logged = process.stdout.readline()
        process.send_signal(getattr(signal, word))
        out, err = process.communicate(timeout=10)
    assert first == f"http://{address}\n"
    assert untimed([logged.rstrip("\n"), *out.splitlines()]) == [
        f'127.0.0.1 "GET {BLOB} HTTP/1.1" 200 {len(ARCHIVE)} TIME',
        "ended",
    ]
    assert (err, process.returncode) == ("", 0)
