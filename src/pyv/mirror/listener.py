"""The listening socket of a mirror and its connections: HTTP/1.1, GET and HEAD, keep-alive, one byte range."""

from __future__ import annotations

import errno
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pyv.mirror.byte_range import ByteRange, UnsatisfiableError, none_match, parse_range, range_applies
from pyv.mirror.served import ServedFile, open_served

Log = Callable[[str], None]

_UNTIL_SOMEBODY_LEAVES = 0.1


class MirrorHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: Listener
    protocol_version = "HTTP/1.1"
    server_version = "pyv"
    sys_version = ""
    timeout = 60
    """Seconds an idle or stalled client keeps its thread."""
    disable_nagle_algorithm = True

    _begun: float | None = None
    """When the request was read, by a clock that only counts seconds."""
    _status = 0
    _sent = 0
    """Bytes of the body."""

    def handle_one_request(self) -> None:
        """Wait for one request, and answer it."""
        self._begun, self._status, self._sent = None, 0, 0
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Read the headers; False where they are nonsense, which has been answered then."""
        self._begun = time.monotonic()
        return super().parse_request()

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send what GET would say about it."""
        self._answer(with_body=False)

    @property
    def _root(self) -> Path:
        return self.server.directory

    def _answer(self, *, with_body: bool) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body nobody reads would be taken for the next request
        try:
            found = open_served(self._root, self.path)
            if found is None:
                self._short(HTTPStatus.NOT_FOUND)
                return
            with found.stream:
                self._send(found, with_body=with_body)
        finally:
            self._tell()

    def _send(self, found: ServedFile, *, with_body: bool) -> None:
        if none_match(self._joined("If-None-Match"), found.etag):
            self._head(HTTPStatus.NOT_MODIFIED, found)
            return
        try:
            wanted = self._range(found) if with_body else None
        except UnsatisfiableError:
            self._short(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, **{"Content-Range": f"bytes */{found.size}"})
            return
        part = wanted or ByteRange(0, found.size - 1)
        count = part.last - part.first + 1
        more = {"Content-Length": str(count), "Content-Type": found.content_type}
        if wanted is not None:
            more["Content-Range"] = f"bytes {part.first}-{part.last}/{found.size}"
        self._head(HTTPStatus.OK if wanted is None else HTTPStatus.PARTIAL_CONTENT, found, **more)
        if with_body and count:
            self._send_part(found, part.first, count)

    def _send_part(self, found: ServedFile, first: int, count: int) -> None:
        try:
            if self.connection.sendfile(found.stream, first, count) != count:
                self.close_connection = True  # the file shrank: the client must see a short body
        finally:
            self._sent = max(0, found.stream.tell() - first)  # `sendfile` leaves it where it got to

    def _joined(self, name: str) -> str | None:
        """A header that may stand there several times, as one list."""
        lines = self.headers.get_all(name)
        return None if lines is None else ", ".join(lines)

    def _range(self, found: ServedFile) -> ByteRange | None:
        if not range_applies(self.headers.get("If-Range"), found.etag):
            return None
        return parse_range(self.headers.get("Range"), found.size)

    def _head(self, status: HTTPStatus, found: ServedFile, **headers: str) -> None:
        validators = {
            "ETag": found.etag,
            "Last-Modified": found.last_modified,
            "Cache-Control": found.cache_control,
            "Accept-Ranges": "bytes",
        }
        self._headers(status, {**validators, **headers})

    def _headers(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self._status = status.value
        self.send_response(status)
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _short(self, status: HTTPStatus, **headers: str) -> None:
        """A status with one line of text; nothing of the request is repeated in it.

        No cache may keep it: the next root is missing until it is published.
        """
        body = f"{status.value} {status.phrase}\n".encode("ascii")
        kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self._headers(status, {**kind, "Cache-Control": "no-store", **headers})
        if self.command != "HEAD":
            self.wfile.write(body)
            self._sent = len(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong with a request, without its HTML page."""
        del message, explain
        self.close_connection = True
        try:
            if code == HTTPStatus.NOT_IMPLEMENTED:  # its word for a method there is no `do_…` for
                self._short(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
            else:
                self._short(HTTPStatus(code))
        finally:
            self._tell()

    def _tell(self) -> None:
        """One line a request, when it is over: client, request, status, bytes of the body, seconds.

        What the client sent is shown in ASCII and without quotes of its own, so that it cannot pass for another line
        or another field.
        """
        request = ascii(getattr(self, "requestline", ""))[1:-1].replace('"', "\\x22")
        seconds = 0.0 if self._begun is None else time.monotonic() - self._begun
        self.server.tell(f'{self.client_address[0]} "{request}" {self._status} {self._sent} {seconds:.3f}')

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The standard library's line comes before the body is sent; `_tell` has one of its own."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the standard library's name)
        """Timeouts and the like, which are no news to an operator."""


class Listener(ThreadingHTTPServer):
    """The listening socket, bound to one directory."""

    daemon_threads = True
    request_queue_size = 1024
    """A fleet may come at once; the kernel takes its own limit where that is lower."""

    def __init__(self, directory: Path, address: tuple[str, int], log: Log) -> None:
        self.directory = directory
        self._log, self._one_at_a_time = log, threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, MirrorHandler)

    def tell(self, line: str) -> None:
        """Log a line, whole; where nobody can read it any more, clients are served all the same."""
        with self._one_at_a_time, suppress(OSError):
            self._log(line)

    def server_bind(self) -> None:
        """Bind without asking a name server for the host's own name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection; without a file descriptor for it, wait a moment instead of asking again at once."""
        try:
            return super().get_request()
        except OSError as fault:
            if fault.errno in {errno.EMFILE, errno.ENFILE}:
                time.sleep(_UNTIL_SOMEBODY_LEAVES)
            raise

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news; anything else is one line."""
        del request
        fault = sys.exc_info()[1]
        if fault is not None and not isinstance(fault, (ConnectionError, TimeoutError)):
            self.tell(f"{client_address}: {type(fault).__name__}: {fault}")
