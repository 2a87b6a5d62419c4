"""What a path of the test server does, and what a request to it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How one path answers; the defaults are those of an honest static server."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "application/octet-stream"
    headers: Mapping[str, str] | None = None
    etag: str | None = "auto"
    """`auto`: a strong one made from the body; None: none is sent."""
    last_modified: str | None = None
    ranges: bool = True
    """False: `Range` is ignored and the whole body sent with 200."""
    honour_if_range: bool = True
    """False: a partial answer comes although the validator does not fit."""
    content_range: str | None = None
    """Sent instead of the right one."""
    range_status: int | None = None
    """Answer to any request for a range, without a body."""
    length: int | None = None
    """A Content-Length that lies."""
    announce: bool = True
    """False: no Content-Length; the end of the connection ends the body."""
    drop_after: int | None = None
    """The connection is closed after so many bytes of the answer's body."""
    reset_after: int | None = None
    """The connection is reset after so many bytes of the answer's body."""
    drip: tuple[int, float] | None = None
    """So many bytes at once, so many seconds between them."""
    drip_headers: float | None = None
    """Header lines without end, one each so many seconds."""
    silent: bool = False
    """The request is read and never answered."""
    endless: bool = False
    """The body is repeated until the client goes away."""
    redirect: str | None = None
    authorization: str | None = None
    """The only `Authorization` that is let in; others see 401."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
