"""Headers that say more about the member after them: local pax (`x`), GNU long name (`L`) and long link (`K`).

Everything outside a short list is refused, since readers disagree about the rest: that is how a member is hidden
from one of them (CVE-2025-62518 and its family).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyv.archive.refusal import RuleError

LARGEST = 64 * 1024
"""Bytes one extension may have; checked before any of them is read."""

PAX, LONG_NAME, LONG_LINK = b"x", b"L", b"K"
KINDS = frozenset({PAX, LONG_NAME, LONG_LINK})

_LENGTH = re.compile(rb"([1-9][0-9]{0,5}) ")
_SIZE = re.compile(rb"0|[1-9][0-9]{0,15}")
_TIME = re.compile(rb"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_KEYS = frozenset({b"path", b"linkpath", b"size", b"mtime"})


@dataclass(slots=True)
class Extension:
    """What the extension headers before one member add up to."""

    seen: bytes = b""
    """The kinds met, one letter each."""
    path: bytes | None = None
    link: bytes | None = None
    size: int | None = None

    def add(self, kind: bytes, data: bytes) -> None:
        """Take in one extension header.

        Raises:
            RuleError: its kind was there already, it says again what another said, or it is malformed.
        """
        if kind in self.seen:
            raise RuleError(f"two `{kind.decode()}` headers in a row")
        self.seen += kind
        values = parse_pax(data) if kind == PAX else {_GNU_KEYS[kind]: _gnu_text(data)}
        if (b"path" in values and self.path is not None) or (b"linkpath" in values and self.link is not None):
            raise RuleError("two extension headers name it")
        self.path = values.get(b"path", self.path)
        self.link = values.get(b"linkpath", self.link)
        if b"size" in values:
            self.size = int(values[b"size"])


_GNU_KEYS = {LONG_NAME: b"path", LONG_LINK: b"linkpath"}


def _gnu_text(data: bytes) -> bytes:
    text = data[:-1] if data.endswith(b"\0") else data
    if b"\0" in text:
        raise RuleError("its long name holds a NUL")
    return text


def parse_pax(data: bytes) -> dict[bytes, bytes]:
    """Read `LENGTH KEY=VALUE` lines (POSIX.1-2017, pax, "pax Extended Header").

    Raises:
        RuleError: there is none, one is malformed, or its key is unknown or there twice.
    """
    values: dict[bytes, bytes] = {}
    offset = 0
    while offset < len(data):
        found = _LENGTH.match(data, offset)
        end = offset + int(found[1]) if found else 0
        if found is None or end <= found.end() or end > len(data) or data[end - 1 : end] != b"\n":
            raise RuleError("its pax header is malformed")
        key, separator, value = data[found.end() : end - 1].partition(b"=")
        if not separator:
            raise RuleError("its pax header is malformed")
        _check(key, value, values)
        values[key] = value
        offset = end
    if not values:
        raise RuleError("its pax header is empty")
    return values


def _check(key: bytes, value: bytes, before: dict[bytes, bytes]) -> None:
    if key not in _KEYS:
        raise RuleError(f"its pax header has the key {key.decode('utf-8', 'backslashreplace')!a}")
    if key in before:
        raise RuleError(f"its pax header has the key '{key.decode()}' twice")
    form = {b"size": _SIZE, b"mtime": _TIME}.get(key)
    if form is not None and form.fullmatch(value) is None:
        raise RuleError(f"its pax header has a {key.decode()} that is not a number")
