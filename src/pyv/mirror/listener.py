"""The listening socket of a mirror and its connections: HTTP/1.1, GET and HEAD, keep-alive, one byte range."""

from __future__ import annotations

import socket
import socketserver
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pyv.mirror.byte_range import ByteRange, UnsatisfiableError, none_match, parse_range, range_applies
from pyv.mirror.served import ServedFile, open_served

Log = Callable[[str], None]


class MirrorHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: Listener
    protocol_version = "HTTP/1.1"
    server_version = "pyv"
    sys_version = ""
    timeout = 60
    """Seconds an idle or stalled client keeps its thread."""
    disable_nagle_algorithm = True

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
        found = open_served(self._root, self.path)
        if found is None:
            self._short(HTTPStatus.NOT_FOUND)
            return
        with found.stream:
            self._send(found, with_body=with_body)

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
            sent = self.connection.sendfile(found.stream, part.first, count)
            if sent != count:
                self.close_connection = True  # the file shrank: the client must see a short body

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
        self.send_response(status)
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _short(self, status: HTTPStatus, **headers: str) -> None:
        """A status with one line of text; nothing of the request is repeated in it."""
        body = f"{status.value} {status.phrase}\n".encode("ascii")
        kind = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self._headers(status, {**kind, **headers})
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong with a request, without its HTML page."""
        del message, explain
        self.close_connection = True
        if code == HTTPStatus.NOT_IMPLEMENTED:  # its word for a method there is no `do_…` for
            self._short(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        else:
            self._short(HTTPStatus(code))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line a request; what the client sent is shown in ASCII."""
        del size
        status = code.value if isinstance(code, HTTPStatus) else code
        request = ascii(getattr(self, "requestline", ""))[1:-1]
        self.server.log(f"{self.client_address[0]} {request} {status}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the standard library's name)
        """Timeouts and the like, which are no news to an operator."""


class Listener(ThreadingHTTPServer):
    """The listening socket, bound to one directory."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, directory: Path, address: tuple[str, int], log: Log) -> None:
        self.directory = directory
        self.log = log
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, MirrorHandler)

    def server_bind(self) -> None:
        """Bind without asking a name server for the host's own name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news; anything else is one line."""
        del request
        fault = sys.exc_info()[1]
        if fault is not None and not isinstance(fault, (ConnectionError, TimeoutError)):
            self.log(f"{client_address}: {type(fault).__name__}: {fault}")
