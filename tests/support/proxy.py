"""A tiny forward proxy: whatever host is asked for, one loopback port answers."""

from __future__ import annotations

import http.client
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, final


@final
class ForwardProxy:
    """A context manager; `refuse` answers 407 to everything."""

    def __init__(self, target_port: int, *, refuse: bool = False) -> None:
        self.seen: list[str] = []
        self.authorizations: list[str | None] = []
        self.target_port = target_port
        self.refuse = refuse
        self._http = _HTTP(("127.0.0.1", 0), _Handler)
        self._http.proxy = self
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def url(self, userinfo: str = "") -> str:
        """Its address, with `user:password@` if given."""
        return f"http://{userinfo}127.0.0.1:{self.port}"

    def __enter__(self) -> ForwardProxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _HTTP(ThreadingHTTPServer):
    daemon_threads = False
    proxy: ForwardProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: _HTTP

    def log_message(self, *args: Any) -> None:
        """Requests are recorded, not printed."""

    def _admitted(self) -> bool:
        proxy = self.server.proxy
        proxy.seen.append(f"{self.command} {self.path}")
        proxy.authorizations.append(self.headers.get("Proxy-Authorization"))
        if proxy.refuse:
            self.send_response(407)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return not proxy.refuse

    def do_GET(self) -> None:
        if not self._admitted():
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.proxy.target_port)
        upstream.request("GET", "/" + self.path.split("/", 3)[3], headers={"Host": self.headers["Host"]})
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        if not self._admitted():
            return
        with socket.create_connection(("127.0.0.1", self.server.proxy.target_port)) as upstream:
            self.send_response(200)
            self.end_headers()
            ends = [self.connection, upstream]
            while True:
                for end in select.select(ends, [], [])[0]:
                    content = end.recv(65536)
                    if not content:
                        return
                    (upstream if end is self.connection else self.connection).sendall(content)
