"""A registry in memory on a loopback port, as the specification has it, which errs and lies when a test tells it to.

with ScriptedRegistry() as registry:
    registry.faults["PATCH"] = ["", "drop"]        # the second PATCH breaks off in the middle
    ...                                            # registry.address is a place of pyv's
assert registry.asked("PATCH") == 3
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import final
from urllib.parse import parse_qs, urlsplit

NAME = "tools/pyv"
_STEP = 64 * 1024


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """By lower-case name."""

    @property
    def line(self) -> str:
        """Method and path below the repository, without what differs between runs."""
        path = self.path.removeprefix(f"/v2/{NAME}/")
        return f"{self.method} " + re.sub(r"uploads/\w+", "uploads/…", re.sub(r"[0-9a-f]{64}", "…", path))


@final
class ScriptedRegistry:
    """A context manager."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.blobs: dict[str, bytes] = {}
        self.documents: dict[str, tuple[str, bytes]] = {}
        """Media type and content, by tag and digest."""
        self.uploads: dict[str, bytearray] = {}
        self.faults: dict[str, list[str]] = {}
        """By method, for its next requests: `drop`, `late drop`, `lost answer`, `short`, `lose`, `other digest`, a status, or ''."""
        self.wants = ""
        """`basic` or `bearer`."""
        self.login: tuple[str, str] | None = ("operator", "s3cret")
        """Who may do everything; with `bearer`, who gets tokens: anybody where it is None."""
        self.lifetime = 1_000_000
        """Requests a token is good for."""
        self.realm = ""
        """Where tokens are given; here by default."""
        self.scope = ""
        """What the challenge says about it; nothing by default."""
        self.own_tokens: set[str] = set()
        """Tokens that are always good."""
        self.minimum = 0
        """`OCI-Chunk-Min-Length`."""
        self.location = "{path}?_state={state}"
        """How the address of an upload is told."""
        self.redirect = ""
        """Where reads of blobs are sent."""
        self.before: Callable[[Asked], None] = lambda _: None
        """Called before a request is answered, in its thread."""
        self.lock = threading.Lock()
        self.tokens: dict[str, int] = {}
        self._http = _HTTP(("127.0.0.1", 0), _Handler)
        self._http.registry = self
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.address = f"oci://127.0.0.1:{self.port}/{NAME}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> ScriptedRegistry:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def lines(self) -> list[str]:
        """The requests, as `Asked.line` tells them."""
        return [asked.line for asked in self.requests]

    def asked(self, method: str) -> int:
        """How often something was asked by a method."""
        return sum(asked.method == method for asked in self.requests)

    def fault(self, method: str) -> str:
        """What is to go wrong with this request; used up by asking."""
        with self.lock:
            planned = self.faults.get(method)
            return planned.pop(0) if planned else ""

    def put(self, reference: str, media_type: str, content: bytes) -> str:
        """Hold a document; its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.documents[reference] = self.documents[digest] = (media_type, content)
        return digest

    def hold(self, content: bytes) -> str:
        """Hold a blob; its sha256."""
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return digest

    def admits(self, authorization: str) -> bool:
        """Whether a request may be answered."""
        if self.wants == "basic":
            return self.login is None or authorization == _basic(*self.login)
        token = authorization.removeprefix("Bearer ")
        if self.wants == "bearer" and token not in self.own_tokens:
            with self.lock:
                left = self.tokens.get(token, 0)
                if left:
                    self.tokens[token] = left - 1
                return left > 0
        return True

    def challenge(self) -> str:
        """What is said to whom it does not admit."""
        if self.wants == "basic":
            return 'Basic realm="tests"'
        scope = f',scope="{self.scope}"' if self.scope else ""
        return f'Bearer realm="{self.realm or self.url + "/token"}",service="registry, of tests"{scope}'

    def grant(self, authorization: str) -> str | None:
        """A new token, for whom may have one."""
        if self.login is not None and authorization != _basic(*self.login):
            return None
        token = secrets.token_urlsafe(32)
        with self.lock:
            self.tokens[token] = self.lifetime
        return token


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class _HTTP(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    registry: ScriptedRegistry

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTP
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        """Requests are recorded, not printed."""

    def _handle(self) -> None:
        registry = self.server.registry
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query)
        asked = Asked(self.command, parts.path, query, headers)
        registry.requests.append(asked)
        registry.before(asked)
        authorization = headers.get("authorization", "")
        if parts.path == "/token":
            self._token(registry.grant(authorization))
            return
        fault = registry.fault(self.command)
        if fault == "drop":
            self.rfile.read(_STEP)
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not registry.admits(authorization):
            self._answer(401, {"WWW-Authenticate": registry.challenge()})
        elif fault.isdigit():
            self._answer(int(fault), {"Location": f"{registry.url}/elsewhere"})
        else:
            self._serve(parts.path.removeprefix(f"/v2/{NAME}/"), query, headers, body, fault)

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def _token(self, token: str | None) -> None:
        if token is None:
            self._answer(401, {})
        else:
            self._answer(200, {}, json.dumps({"token": token, "expires_in": 1.5}).encode())

    def _serve(
        self, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes, fault: str
    ) -> None:
        kind, _, name = path.partition("/")
        if kind == "manifests":
            self._document(name, headers, body, fault)
        elif kind == "blobs" and name.startswith("sha256:"):
            self._blob(name.removeprefix("sha256:"), headers)
        elif kind == "blobs" and name.startswith("uploads/"):
            self._upload(name.removeprefix("uploads/"), query, headers, body, fault)
        else:
            self._answer(404, {})

    def _document(self, reference: str, headers: Mapping[str, str], body: bytes, fault: str) -> None:
        registry = self.server.registry
        if self.command == "PUT":
            named = json.loads(body)
            for each in named.get("manifests", []):
                if each["digest"] not in registry.documents:
                    self._answer(400, {}, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"<b>prose</b>"}]}')
                    return
            for each in named.get("layers", []):
                if each["digest"].removeprefix("sha256:") not in registry.blobs:
                    self._answer(400, {}, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"<b>prose</b>"}]}')
                    return
            digest = registry.put(reference, headers.get("content-type", ""), body)
            self._answer(201, {"Docker-Content-Digest": "sha256:" + "0" * 64 if fault == "other digest" else digest})
            return
        found = registry.documents.get(reference)
        if found is None or found[0] not in headers.get("accept", ""):
            self._answer(404, {})
        else:
            self._answer(200, {"Content-Type": found[0]}, found[1])

    def _blob(self, sha256: str, headers: Mapping[str, str]) -> None:
        registry = self.server.registry
        content = registry.blobs.get(sha256)
        if content is None:
            self._answer(404, {})
        elif registry.redirect and self.command == "GET":
            self._answer(307, {"Location": registry.redirect + sha256})
        else:
            start = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
            first = int(start[1]) if start else 0
            right = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"} if start else {}
            self._answer(206 if start else 200, right, content[first:])

    def _upload(
        self, ident: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes, fault: str
    ) -> None:
        registry = self.server.registry
        if self.command == "POST":
            ident = secrets.token_hex(8)
            registry.uploads[ident] = bytearray()
            minimum = {"OCI-Chunk-Min-Length": str(registry.minimum)} if registry.minimum else {}
            self._answer(202, {"Location": self._told(ident), **minimum})
            return
        held = registry.uploads.get(ident)
        state = query.get("_state", [str(len(held or b""))])[0]
        if held is None or "lose" in fault or state != str(len(held)):
            registry.uploads.pop(ident, None)
            self._answer(404, {}, b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
            return
        first = headers.get("content-range", f"{len(held)}-").partition("-")[0]
        if self.command != "GET" and int(first) != len(held):
            self._answer(416, {})
            return
        held += body
        if "late drop" in fault:
            self.close_connection = True
            return
        if self.command == "PUT":
            self._close(ident, bytes(held), query["digest"][0], fault)
            return
        last = max(len(held) - (1000 if "short" in fault else 1), 0)
        told = {"Location": self._told(ident), "Range": f"0-{last}"}
        self._answer(204 if self.command == "GET" else 202, told)

    def _close(self, ident: str, content: bytes, digest: str, fault: str) -> None:
        registry = self.server.registry
        del registry.uploads[ident]
        actual = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if actual != digest:
            self._answer(400, {}, b'{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}')
            return
        registry.hold(content)
        if fault == "lost answer":
            self.close_connection = True
            return
        self._answer(201, {"Docker-Content-Digest": "sha256:" + "0" * 64 if fault == "other digest" else actual})

    def _told(self, ident: str) -> str:
        registry = self.server.registry
        path = f"/v2/{NAME}/blobs/uploads/{ident}"
        return registry.location.format(path=path, ident=ident, state=len(registry.uploads[ident]), url=registry.url)

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError, ValueError):
            self.close_connection = True
