"""A real HTTP server on a loopback port that does what a test tells it to, and remembers what it was asked.

with Server() as server:
    server.put("/a.tar.gz", content, first=[{"status": 503}, {"drop_after": 1000}])
    ...  # server.url + "/a.tar.gz" answers 503, then breaks off, then serves the file
    assert [request.headers.get("range") for request in server.requests] == [None, None, "bytes=1000-"]
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, final
from urllib.parse import unquote, urlsplit

from tests.support.behaviour import Behaviour, Request

_BLOCK = 1 << 20


@final
class Server:
    """A context manager; `tls=(certificate, key)` makes it speak https."""

    def __init__(self, *, tls: tuple[Path, Path] | None = None) -> None:
        self.requests: list[Request] = []
        self._behaviours: dict[str, Behaviour] = {}
        self._first: dict[str, list[Mapping[str, Any]]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._http = _HTTP(("127.0.0.1", 0), _Handler)
        self._http.scripted = self
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._http.tls = context
        self.port: int = self._http.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        """Without a slash at the end."""
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.hang_up()
        self._http.server_close()
        self._thread.join()

    def put(self, path: str, body: bytes = b"", *, first: Sequence[Mapping[str, Any]] = (), **behaviour: Any) -> str:
        """Serve a body at a path; `first` holds what differs for the first requests, one by one. Returns the URL."""
        with self._lock:
            self._behaviours[path] = Behaviour(body=body, **behaviour)
            self._first[path] = list(first)
        return self.url + path

    def put_tree(self, directory: Path, under: str = "") -> None:
        """Serve every file of a directory, as it is now."""
        for file in sorted(directory.rglob("*")):
            if file.is_file():
                self.put(f"{under}/{file.relative_to(directory).as_posix()}", file.read_bytes())

    def remove(self, path: str) -> None:
        """Answer 404 from now on."""
        with self._lock:
            self._behaviours.pop(path, None)

    def asked(self, path: str) -> list[Request]:
        """The requests made for a path."""
        return [request for request in self.requests if request.path == path]

    def behaviour(self, path: str) -> Behaviour | None:
        """What the next request for a path is to meet; used up by asking."""
        with self._lock:
            found = self._behaviours.get(path)
            if found is not None and self._first[path]:
                found = replace(found, **self._first[path].pop(0))
            return found

    def wait(self, seconds: float) -> None:
        """Sleep, unless the server is being stopped.

        Raises:
            ConnectionError: it is.
        """
        if self._stopping.wait(seconds):
            raise ConnectionError("the server stops")


class _HTTP(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64
    scripted: Server
    tls: ssl.SSLContext | None = None

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(*args)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            if self.tls is not None:
                request = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            request.close()
            return
        with self._open_lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.discard(request)

    def hang_up(self) -> None:
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTP
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Requests are recorded, not printed."""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.scripted.requests.append(Request(method=self.command, path=path, headers=headers))
        found = self.server.scripted.behaviour(path)
        if found is None:
            self._short(404)
        elif found.silent:
            self.server.scripted.wait(60)
        elif found.drip_headers is not None:
            self._drip_headers(found.drip_headers)
        elif found.authorization is not None and headers.get("authorization") != found.authorization:
            self._short(401, {"WWW-Authenticate": "Basic"})
        elif found.redirect is not None:
            self._short(found.status if found.status != 200 else 302, {"Location": found.redirect})
        elif found.range_status is not None and "range" in headers:
            self._short(found.range_status)
        else:
            self._answer(found, headers)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _short(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip_headers(self, seconds: float) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-Drip: 1\r\n")
            self.server.scripted.wait(seconds)

    def _answer(self, found: Behaviour, headers: Mapping[str, str]) -> None:
        etag = f'"{hashlib.sha256(found.body).hexdigest()[:16]}"' if found.etag == "auto" else found.etag
        start = self._start(found, headers, etag)
        if start is not None and start >= len(found.body):
            self._short(416, {"Content-Range": f"bytes */{len(found.body)}"})
            return
        body = found.body[start or 0 :]
        self.send_response_only(found.status if start is None else 206)
        sent: dict[str, str | None] = {
            "Date": self.date_time_string(),
            "Content-Type": found.content_type,
            "ETag": etag,
            "Last-Modified": found.last_modified,
            "Accept-Ranges": "bytes" if found.ranges else None,
        }
        if start is not None:
            right = f"bytes {start}-{len(found.body) - 1}/{len(found.body)}"
            sent["Content-Range"] = found.content_range or right
        if found.announce and not found.endless:
            sent["Content-Length"] = str(len(body) if found.length is None else found.length)
        else:
            sent["Connection"] = "close"
            self.close_connection = True
        for name, value in {**sent, **(found.headers or {})}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send(found, body)

    def _start(self, found: Behaviour, headers: Mapping[str, str], etag: str | None) -> int | None:
        asked = re.fullmatch(r"bytes=([0-9]+)-", headers.get("range", ""))
        if asked is None or not found.ranges:
            return None
        condition = headers.get("if-range")
        if condition is not None and found.honour_if_range and condition not in (etag, found.last_modified):
            return None
        return int(asked[1])

    def _send(self, found: Behaviour, body: bytes) -> None:
        limit = found.drop_after if found.reset_after is None else found.reset_after
        view = memoryview(body if limit is None else body[:limit])
        step, pause = found.drip or (_BLOCK, 0.0)
        while True:
            for position in range(0, len(view), step):
                self.wfile.write(view[position : position + step])
                if pause:
                    self.server.scripted.wait(pause)
            if not found.endless:
                break
        if found.reset_after is not None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        if limit is not None or (found.length is not None and found.length != len(body)):
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError, ValueError, ssl.SSLError):
            self.close_connection = True
