"""A body that can be read from some byte on, over HTTP or from a file.

A server that is asked for a range may ignore it, answer with another one, or have changed the file meanwhile: then the
body starts at byte 0, and whoever reads it forgets what was there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.transfer.client import Client
from pyv.transfer.failures import AttemptError, MissingError, out_of_time, status_failure, web_page
from pyv.transfer.locations import Source
from pyv.transfer.patience import Deadline

if TYPE_CHECKING:
    from pyv.transfer.http import Reply

CHUNK = 512 * 1024
"""Bytes handed on at once."""
_MOMENT = 0.1  # seconds: what a person watching, and a resume, should not wait longer for
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_PAGE_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(<!doctype\s+html|<html)", re.IGNORECASE)
_PAGE_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Bytes to come; close it."""

    start: int
    """Position of its first byte in the file."""
    total: int | None
    """Bytes of the whole file, as the source announces them."""
    validator: str | None
    """A strong ETag, else Last-Modified (RFC 9110 §13.1.5)."""
    encoding: str
    """Content coding the server put on it although asked not to; empty: none."""
    chunks: Iterator[bytes]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a source."""

    source: Source
    offset: int = 0
    """The first byte that is not there yet."""
    known: str | None = None
    """Validator this very source gave for the bytes before it."""
    size: int | None = None
    """Bytes the file must have: a source that announces others is refused."""
    accept: str = "*/*"
    """Media types that will do: a registry has its documents in several."""


def open_body(client: Client, wanted: Wanted, deadline: Deadline) -> Body:
    """Open a source at the offset wanted, or at 0 where that cannot be had.

    Raises:
        MissingError: there is no such file.
        AttemptError: it cannot be had.
    """
    source = wanted.source
    if source.path is not None:
        return _open_file(source.path, wanted, deadline)
    if wanted.offset:
        body = _open_range(client, wanted, deadline)
        if body is not None:
            return body
    return _whole(client, client.request(source, {"Accept": wanted.accept}, deadline), wanted, deadline)


def _open_range(client: Client, wanted: Wanted, deadline: Deadline) -> Body | None:
    """The rest of a file, or the whole of it; None if it has to be asked for anew."""
    headers = {"Range": f"bytes={wanted.offset}-"}
    if wanted.known is not None:
        headers["If-Range"] = wanted.known
    reply = client.request(wanted.source, headers, deadline)
    if reply.status not in (206, 416):
        return _whole(client, reply, wanted, deadline)
    found = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", "").strip())
    if reply.status == 416 or found is None or not _continues(found, reply, wanted):
        reply.close()
        return None
    return Body(
        start=wanted.offset,
        total=None if found[3] == "*" else int(found[3]),
        validator=None,
        encoding=_encoding(reply),
        chunks=_gathered(reply.pieces(), deadline),
        close=reply.close,
    )


def _continues(found: re.Match[str], reply: Reply, wanted: Wanted) -> bool:
    """Whether a partial answer is the rest of the file whose beginning is there."""
    first, last = int(found[1]), int(found[2])
    total = None if found[3] == "*" else int(found[3])
    if first != wanted.offset or last < first or (total is not None and last >= total):
        return False
    if wanted.size is not None and total not in (None, wanted.size):
        return False
    return wanted.known is None or _validator(reply) in (None, wanted.known)


def _whole(client: Client, reply: Reply, wanted: Wanted, deadline: Deadline) -> Body:
    try:
        total = _announced(client, reply, wanted)
    except AttemptError:
        reply.close()
        raise
    return Body(
        start=0,
        total=total,
        validator=_validator(reply),
        encoding=_encoding(reply),
        chunks=_gathered(_no_page(reply.pieces(), reply.headers.get("content-type", "")), deadline),
        close=reply.close,
    )


def _announced(client: Client, reply: Reply, wanted: Wanted) -> int | None:
    if reply.status != 200:
        raise status_failure(reply.status, reply.headers, wanted.source.host, reply.sent, client.now)
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _PAGE_TYPES:
        raise web_page(kind)
    length = reply.headers.get("content-length", "")
    total = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
    if wanted.size is not None and total not in (None, wanted.size):
        raise _wrong_size(f"the server announces {total} bytes", wanted.size)
    return total


def _wrong_size(found: str, size: int) -> AttemptError:
    """The source holds a file of another size than was signed."""
    return AttemptError(
        f"{found}, {size} were signed", hint="the mirror holds another or a damaged file: tell who runs it"
    )


def _validator(reply: Reply) -> str | None:
    tag = reply.headers.get("etag", "")
    if re.fullmatch(r'"[\x21\x23-\x7e]*"', tag):
        return tag
    modified = reply.headers.get("last-modified", "")
    return modified if modified.isascii() and modified.isprintable() and modified else None


def _encoding(reply: Reply) -> str:
    coding = reply.headers.get("content-encoding", "").strip().lower()
    return "" if coding == "identity" else coding


def _no_page(pieces: Iterator[bytes], kind: str) -> Iterator[bytes]:
    """The same pieces, unless the first is the beginning of a web page."""
    for number, piece in enumerate(pieces):
        found = _PAGE_START.match(piece) if number == 0 else None
        if found is not None:
            plain_kind = re.sub(r"[^a-z0-9/+.-]", "", kind.partition(";")[0].lower())[:60] or "no content type"
            raise web_page(f"{plain_kind}, begins with {found[1].decode('ascii').lower()}")
        yield piece


def _gathered(pieces: Iterator[bytes], deadline: Deadline) -> Iterator[bytes]:
    """Chunks of `CHUNK` bytes or a little more, or of what a slow source gave within a moment.

    What came before a failure is handed on before it is raised.
    """
    gathered: list[bytes] = []
    length, since = 0, deadline.remaining
    failure: AttemptError | None = None
    try:
        for piece in pieces:
            gathered.append(piece)
            length += len(piece)
            left = deadline.remaining
            if length >= CHUNK or since - left >= _MOMENT:
                yield b"".join(gathered)
                gathered, length, since = [], 0, left
            if left <= 0:
                raise out_of_time(deadline.seconds)
    except AttemptError as caught:
        failure = caught
    if length:
        yield b"".join(gathered)
    if failure is not None:
        raise failure


def _open_file(path: Path, wanted: Wanted, deadline: Deadline) -> Body:
    problem, missing = "", False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        problem, missing = "there is no such file", True
    except OSError as fault:
        problem = (fault.strerror or "it cannot be opened").lower()
    if problem:
        raise (MissingError if missing else AttemptError)(problem, hint="check the directory and its permissions")
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or wanted.size not in (None, found.st_size):
        os.close(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise AttemptError("it is not a regular file", hint="check the directory")
        raise _wrong_size(f"the file has {found.st_size} bytes", wanted.size or 0)
    start = wanted.offset if wanted.offset <= found.st_size else 0
    stream = os.fdopen(descriptor, "rb", buffering=0)
    stream.seek(start)
    return Body(
        start=start,
        total=found.st_size,
        validator=None,
        encoding="",
        chunks=_gathered(_read(stream.read), deadline),
        close=stream.close,
    )


def _read(read: Callable[[int], bytes]) -> Iterator[bytes]:
    piece, problem = b"-", ""
    while piece:
        try:
            piece = read(CHUNK)
        except OSError as fault:
            problem = (fault.strerror or "it cannot be read").lower()
        if problem:
            raise AttemptError(problem, hint="check the disk the mirror lies on")
        yield piece
