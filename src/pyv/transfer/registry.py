"""One repository of an OCI registry: its documents and blobs (distribution-spec 1.1, §endpoints).

What is asked for by digest is checked against it. Sending a blob is `uploads.py`'s; who is there, `tokens.py`'s.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from pyv.domain.image import INDEX_TYPE, MANIFEST_TYPE, MAX_BYTES
from pyv.errors import DigestError
from pyv.transfer.attempts import Attempts
from pyv.transfer.client import Client
from pyv.transfer.documents import fetch_document
from pyv.transfer.failures import AttemptError, status_failure
from pyv.transfer.http import Reply
from pyv.transfer.locations import READING, WRITING, Location, Source
from pyv.transfer.patience import Deadline
from pyv.transfer.progress import Progress, Silence

T = TypeVar("T")
_DOCUMENTS = f"{INDEX_TYPE}, {MANIFEST_TYPE}"
_CODE = re.compile(r"[A-Z_]{1,40}")


class Registry:
    """A repository; safe to use from several threads. Who `writes` asks for tokens that allow it, from the start."""

    def __init__(self, client: Client, location: Location, *, writes: bool = False) -> None:
        self.client = client
        self.location = location
        self._actions = WRITING if writes else READING

    def endpoint(self, path: str) -> Source:
        """An address below the repository."""
        return self.location.endpoint(path, self._actions)

    def document(self, reference: str) -> bytes | None:
        """An image index or manifest, by tag or as `sha256:<hex>`; None where there is none.

        Raises:
            TransferError: it could not be fetched, or is too long. DigestError: it is another than was asked for.
        """
        source = self.endpoint(f"manifests/{reference}")
        content = fetch_document(self.client, source, MAX_BYTES, accept=_DOCUMENTS)
        if content is not None and ":" in reference:
            _check(content, reference.partition(":")[2], source)
        return content

    def blob(self, sha256: str, max_bytes: int) -> bytes | None:
        """A small blob, whole; None where there is none.

        Raises:
            TransferError: it could not be fetched, or is too long. DigestError: it is another than was asked for.
        """
        source = self.endpoint(f"blobs/sha256:{sha256}")
        content = fetch_document(self.client, source, max_bytes)
        if content is not None:
            _check(content, sha256, source)
        return content

    def has_blob(self, sha256: str, size: int) -> bool:
        """Whether a blob is there whole.

        Raises:
            TransferError: the registry does not say.
        """
        return self.persist(self.endpoint(f"blobs/sha256:{sha256}"), lambda at, until: self._is_there(at, until, size))

    def put_document(self, reference: str, media_type: str, content: bytes) -> None:
        """Put an image index or manifest in place, under a tag or as `sha256:<hex>`; what it names must be there.

        Raises:
            TransferError: the registry does not take it.
        """
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"

        def act(source: Source, deadline: Deadline) -> None:
            headers = {"Content-Type": media_type}
            reply = self.client.request(source, headers, deadline, method="PUT", content=content)
            body = reply.brief()
            if reply.status != 201:
                raise refused(self.client, source, reply, body)
            if reply.headers.get("docker-content-digest", digest) != digest:
                raise AttemptError("it keeps another document than was sent", hint="tell who runs the registry")

        self.persist(self.endpoint(f"manifests/{reference}"), act)

    def persist(
        self, source: Source, act: Callable[[Source, Deadline], T], *, progress: Progress | None = None, what: str = ""
    ) -> T:
        """What `act` gives, tried again as a download is.

        Raises:
            TransferError: it came to nothing.
        """
        attempts = Attempts(self.client.patience, progress or Silence(), sends=self._actions == WRITING)
        return attempts.first_success([source], lambda at: act(at, attempts.deadline), what=what or source.label)

    def _is_there(self, source: Source, deadline: Deadline, size: int) -> bool:
        reply = self.client.request(source, {}, deadline, method="HEAD")
        reply.brief()
        if reply.status == 404:
            return False
        if reply.status != 200:
            raise refused(self.client, source, reply, b"")
        return reply.headers.get("content-length", str(size)) == str(size)


def refused(client: Client, source: Source, reply: Reply, body: bytes) -> AttemptError:
    """What an answer other than success means; of its prose, the codes of the specification are told."""
    failure = status_failure(reply.status, reply.headers, source.host, reply.sent, client.now)
    codes = _codes(body)
    if codes:
        failure.problem += f": {', '.join(codes)}"
    return failure


def _codes(body: bytes) -> list[str]:
    try:
        answer = json.loads(body)
        errors = answer["errors"] if isinstance(answer, Mapping) else []
        codes = [error["code"] for error in errors]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []
    return [code for code in codes[:3] if isinstance(code, str) and _CODE.fullmatch(code)]


def _check(content: bytes, sha256: str, source: Source) -> None:
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise DigestError(
            f"{source.label} is not what its name says: it has sha256 {actual}",
            hint="the registry, or a cache before it, holds something else under this digest: tell who runs it",
            url=source.label,
            expected=sha256,
            actual=actual,
        )
