"""A loopback server of the shape of the release API: a paginated listing, and `SHA256SUMS` files."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

LISTING = "/repos/astral-sh/python-build-standalone/releases"


def digest_of(name: str) -> str:
    """The sha256 every archive of this name is said to have."""
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass
class Release:
    """One release to be served."""

    tag: str
    names: list[str]
    sums: str | None = ""
    """The text of `SHA256SUMS`; made from the names where empty, no such asset where None."""
    digests: bool = False
    """Whether the listing has digests too."""
    draft: bool = False
    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    """Values of single assets, by name."""

    def sums_text(self) -> str:
        """What `SHA256SUMS` says."""
        return self.sums or "".join(f"{digest_of(name)}  {name}\n" for name in self.names)

    def to_dict(self, base: str) -> dict[str, object]:
        """The release as the API lists it, with keys pyv does not read."""
        names = self.names if self.sums is None else [*self.names, "SHA256SUMS"]
        assets = [
            {
                "name": name,
                "size": len(name) * 1000,
                "content_type": "application/octet-stream",
                "uploader": {"login": "somebody", "id": 1},
                "browser_download_url": f"{base}/download/{self.tag}/{quote(name)}",
                "digest": f"sha256:{digest_of(name)}" if self.digests and name != "SHA256SUMS" else None,
                **self.changes.get(name, {}),
            }
            for name in names
        ]
        return {"id": 1, "tag_name": self.tag, "draft": self.draft, "prerelease": False, "assets": assets, "body": "…"}


@dataclass
class ReleaseServer:
    """What is served, and what was asked."""

    releases: list[Release]
    """Newest first."""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)

    def answer(self, target: str) -> bytes | None:
        """The body for a request target; None where there is nothing."""
        parts = urlsplit(target)
        if parts.path == LISTING:
            query = parse_qs(parts.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            chosen = self.releases[(page - 1) * size : page * size]
            return json.dumps([release.to_dict(self.url) for release in chosen]).encode()
        for release in self.releases:
            if parts.path == f"/download/{release.tag}/SHA256SUMS" and release.sums is not None:
                return release.sums_text().encode()
        return None


@contextmanager
def served(*releases: Release) -> Iterator[ReleaseServer]:
    """Serve releases on loopback for the block."""
    server = ReleaseServer(list(releases))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.authorizations.add(self.headers["Authorization"])
            body = server.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the standard library's name)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server.url = f"http://127.0.0.1:{listener.server_port}"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def archive(version: str, tag: str, words: str = "install_only_stripped", ending: str = "gz") -> str:
    """An archive's name as releases have it today."""
    return f"cpython-{version}+{tag}-x86_64-unknown-linux-gnu-{words}.tar.{ending}"
