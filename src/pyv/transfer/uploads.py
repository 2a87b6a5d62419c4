"""Sending one blob to a registry: in chunks, each where the answer before it said, and on from where it broke.

POST opens a session, PATCH adds chunks, PUT closes it with the digest (distribution-spec 1.1, §pushing blobs); what
fits in one chunk goes with the PUT. After a break the registry is asked what it holds. Whatever does not add up starts
the blob anew: the digest is the registry's to check, and nothing is there under it before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from pyv.transfer.failures import AttemptError
from pyv.transfer.http import Reply
from pyv.transfer.locations import WRITING, Source
from pyv.transfer.patience import Deadline
from pyv.transfer.progress import Progress
from pyv.transfer.redirects import followed, is_same_origin
from pyv.transfer.registry import Registry, refused

CHUNK = 8 * 1024 * 1024
"""Bytes sent in one request, unless the registry wants more."""
_LARGEST_CHUNK = 256 * 1024 * 1024
_HELD = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")
_OPERATOR = "tell who runs the registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes to be sent."""

    sha256: str
    size: int
    read: Callable[[int, int], bytes] = field(repr=False)
    """So many bytes from a position; fewer only at the end. Its errors pass through unchanged."""


class Session(Protocol):
    """Where the address of an upload is kept, so that another run goes on with it."""

    def kept(self) -> str | None:
        """The address an earlier run kept, if any."""

    def keep(self, address: str) -> None:
        """Keep an address; it is one of the registry's own and holds no credentials."""

    def forget(self) -> None:
        """There is no such upload any more."""


def upload(registry: Registry, blob: Blob, session: Session, progress: Progress) -> int:
    """Send a blob that is not there; the bytes sent for it.

    Raises:
        TransferError: the registry does not take it.
    """
    sending = _Upload(registry, blob, session, progress)
    progress.total(blob.size)
    registry.persist(registry.endpoint("blobs/uploads/"), sending.attempt, progress=progress)
    session.forget()
    return sending.sent


class _Upload:
    def __init__(self, registry: Registry, blob: Blob, session: Session, progress: Progress) -> None:
        self.registry = registry
        self.blob = blob
        self.session = session
        self.progress = progress
        self.sent = 0
        self.offset = 0
        """Bytes the registry holds, as far as is known."""
        self.chunk = CHUNK
        self.address = self._remembered()
        self.is_sure = False
        """Whether the registry and we agree about `offset`."""
        self.refusals = 0

    def attempt(self, start: Source, deadline: Deadline) -> None:
        """Go on from wherever it stands to the end."""
        try:
            if self.address is not None and not self.is_sure:
                self._ask(deadline)
            if self.address is None:
                if self.sent and not self.refusals and self.registry.has_blob(self.blob.sha256, self.blob.size):
                    self.progress.advance(self.blob.size)
                    return  # the answer to the last request was lost, not the request
                self._open(start, deadline)
            while self.offset < self.blob.size > self.chunk:
                self._add(deadline)
            self._finish(deadline)
        except AttemptError:
            self.is_sure = False
            raise

    def _remembered(self) -> str | None:
        kept = self.session.kept()
        base = self.registry.location.url or ""
        try:
            return kept if kept is not None and is_same_origin(kept, base) else None
        except AttemptError:
            return None

    def _open(self, start: Source, deadline: Deadline) -> None:
        self.address = start.url
        reply, body = self._request("POST", deadline)
        if reply.status != 202:
            self.address = None
            raise refused(self.registry.client, start, reply, body)
        minimum = reply.headers.get("oci-chunk-min-length", "0")
        self.chunk = max(CHUNK, int(minimum) if re.fullmatch(r"[0-9]{1,12}", minimum) else 0)
        if self.chunk > _LARGEST_CHUNK:
            raise AttemptError(f"it wants chunks of {self.chunk} bytes, more than pyv sends at once", hint=_OPERATOR)
        if "location" not in reply.headers:
            self.address = None
            raise AttemptError("it opens an upload and does not say where", hint=_OPERATOR)
        self._move(reply)
        self.offset, self.is_sure = 0, True

    def _ask(self, deadline: Deadline) -> None:
        """Learn how much is there; where that is not to be learnt, there is no upload any more."""
        reply, body = self._request("GET", deadline)
        if reply.status >= 500 or reply.status in (401, 403, 408, 429):
            raise refused(self.registry.client, self._source(), reply, body)
        held = _held(reply) if reply.status in (202, 204) else None
        if held is None or held > self.blob.size:
            self._restart()
            return
        self._move(reply)
        self.progress.restart()
        self.progress.advance(held)
        self.offset, self.is_sure = held, True

    def _add(self, deadline: Deadline) -> None:
        """Send the next chunk."""
        content = self.blob.read(self.offset, min(self.chunk, self.blob.size - self.offset))
        end = self.offset + len(content)
        headers = {"Content-Type": "application/octet-stream", "Content-Range": f"{self.offset}-{end - 1}"}
        reply, body = self._request("PATCH", deadline, headers, content)
        if reply.status in (404, 410):
            self._restart()
            raise AttemptError("it lost the upload", hint=_OPERATOR, retry=True)
        if reply.status == 416:
            raise AttemptError("it expects another part of the upload", hint=_OPERATOR, retry=True)
        if reply.status != 202:
            raise refused(self.registry.client, self._source(), reply, body)
        if "range" in reply.headers and _held(reply) != end:
            self._restart()
            raise AttemptError("it does not hold what was sent", hint=_OPERATOR, retry=True)
        self._move(reply)
        self.offset = end
        self.progress.advance(len(content))

    def _finish(self, deadline: Deadline) -> None:
        """Close the upload, with the bytes themselves where they fit in one request."""
        content = self.blob.read(self.offset, self.blob.size - self.offset) if self.offset < self.blob.size else b""
        headers = {"Content-Type": "application/octet-stream"}
        if content and self.offset:
            headers["Content-Range"] = f"{self.offset}-{self.blob.size - 1}"
        address = self.address or ""
        self.address = f"{address}{'&' if urlsplit(address).query else '?'}digest=sha256:{self.blob.sha256}"
        try:
            reply, body = self._request("PUT", deadline, headers, content)
        finally:
            self.address = address
        digest = reply.headers.get("docker-content-digest", f"sha256:{self.blob.sha256}")
        if reply.status in (201, 204) and digest == f"sha256:{self.blob.sha256}":
            self.progress.advance(len(content))
            return
        if reply.status in (201, 204, 400, 404, 410, 416):
            raise self._refusal(reply, body)
        raise refused(self.registry.client, self._source(), reply, body)

    def _refusal(self, reply: Reply, body: bytes) -> AttemptError:
        """The bytes did not arrive as they were read: once that may be an accident."""
        self._restart()
        self.refusals += 1
        if reply.status in (201, 204):
            return AttemptError("it keeps something else than was sent", hint=_OPERATOR, retry=self.refusals < 2)
        failure = refused(self.registry.client, self._source(), reply, body)
        failure.retry = self.refusals < 2
        failure.hint = "see whether the mirror itself is whole (pyv mirror verify); else tell who runs the registry"
        return failure

    def _restart(self) -> None:
        self.session.forget()
        self.progress.restart()
        self.address, self.offset, self.is_sure = None, 0, False

    def _move(self, reply: Reply) -> None:
        """Go on where the answer says."""
        self.address = followed(self.address or "", reply.headers.get("location", "") or self.address or "")
        if self._is_own:
            self.session.keep(self.address)
        else:
            self.session.forget()  # an address elsewhere may be all it takes to write there

    @property
    def _is_own(self) -> bool:
        return is_same_origin(self.address or "", self.registry.location.url or "")

    def _source(self) -> Source:
        own = self.registry.endpoint("blobs/uploads/")
        if self.address is None or not self._is_own:
            return own if self.address is None else Source(url=self.address, is_foreign=True)
        return Source(url=self.address, authorization=own.authorization, repository=own.repository, actions=WRITING)

    def _request(
        self, method: str, deadline: Deadline, headers: dict[str, str] | None = None, content: bytes = b""
    ) -> tuple[Reply, bytes]:
        self.sent += len(content)
        reply = self.registry.client.request(self._source(), headers or {}, deadline, method=method, content=content)
        return reply, reply.brief()


def _held(reply: Reply) -> int | None:
    """Bytes the registry says it holds; `0-0` is how some say that they hold none."""
    found = _HELD.fullmatch(reply.headers.get("range", "").strip())
    if found is None:
        return None
    last = int(found[1])
    return last + 1 if last else 0
