"""The `Range`, `If-Range` and `If-None-Match` headers of one request, decided (RFC 9110 §13 and §14)."""

from __future__ import annotations

import re
from typing import NamedTuple

_FORM = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})", re.ASCII)


class ByteRange(NamedTuple):
    """Bytes `first` to `last`, both included."""

    first: int
    last: int


class UnsatisfiableError(Exception):
    """The range lies behind the end: status 416."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The one range asked for; None where the whole is to be sent: no range, several, or none we understand.

    Raises:
        UnsatisfiableError: no byte of the file is in it.
    """
    match = _FORM.fullmatch(header.strip()) if header else None
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        count = int(match["last"])
        if count == 0 or size == 0:
            raise UnsatisfiableError
        return ByteRange(max(0, size - count), size - 1)
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else size - 1
    if match["last"] and last < first:
        return None
    if first >= size:
        raise UnsatisfiableError
    return ByteRange(first, min(last, size - 1))


def range_applies(if_range: str | None, etag: str) -> bool:
    """Whether a range may be sent: a strong tag must be ours. A date is no proof, so it gets the whole file."""
    return if_range is None or if_range.strip() == etag


def none_match(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this version already (weak comparison, as the method is GET or HEAD)."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
