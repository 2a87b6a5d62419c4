"""One 512-byte tar header, read strictly (POSIX ustar, and GNU tar's spelling of it).

1. The checksum fits. 2. Numbers are plain octal, ended by NUL or space; no base-256, no sign, no blank size. 3. The
magic is `ustar`. 4. Places that readers understand differently are empty: bytes 345 to 500 under GNU magic, 500 to 512
under either. Text ends at its first NUL, and what stands behind it is ignored by every reader: PBS writes shorter names
over longer ones.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import adler32

from pyv.archive.refusal import RuleError

BLOCK = 512

_POSIX, _GNU = b"ustar\x0000", b"ustar  \x00"
_USUAL = re.compile(rb"([0-7]{7})[\0 ][0-7]{7}[\0 ][0-7]{7}[\0 ]([0-7]{11})[\0 ][0-7]{11}[\0 ]([0-7]{6})(?:\0 | \0)")
_OCTAL = re.compile(rb"([0-7]+)[\0 ]+")
_BLANK = re.compile(rb"[\0 ]*")
_NUMBERS = (
    ("mode", 100, 8),
    ("owner", 108, 8),
    ("group", 116, 8),
    ("size", 124, 12),
    ("time", 136, 12),
    ("checksum", 148, 8),
)
_DEVICES = (("device", 329, 8), ("device", 337, 8))
_MAY_BE_BLANK = frozenset({"owner", "group", "time", "device"})
_NO_DEVICES = frozenset({bytes(16), b"0000000\0" * 2, b"000000 \0" * 2})
_NO_PREFIX, _NO_REST = bytes(155), bytes(12)


class Header(NamedTuple):
    """What a header says, before any name is judged."""

    name: bytes
    kind: bytes
    """The type letter, `0` for `\\0`."""
    size: int
    mode: int
    link: bytes


def _octal(block: bytes, field: str, offset: int, length: int) -> int:
    raw = block[offset : offset + length]
    found = _OCTAL.fullmatch(raw)
    if found is not None:
        return int(found[1], 8)
    if _BLANK.fullmatch(raw):
        if field in _MAY_BE_BLANK:
            return 0
        raise RuleError(f"its {field} is blank")
    if raw[0] & 0x80:
        raise RuleError(f"its {field} is a base-256 number")
    raise RuleError(f"its {field} is not an octal number")


def _numbers(block: bytes) -> tuple[int, int, int]:
    """Mode, size and checksum; the others are only held to the form."""
    if block[329:345] not in _NO_DEVICES:
        for field in _DEVICES:
            _octal(block, *field)
    usual = _USUAL.fullmatch(block, 100, 156)
    if usual is not None:
        mode, size, checksum = usual.groups()
        return int(mode, 8), int(size, 8), int(checksum, 8)
    number, _, _, length, _, checked = (_octal(block, *field) for field in _NUMBERS)
    return number, length, checked


def _name(block: bytes) -> bytes:
    name = block[:100].partition(b"\0")[0]
    magic = block[257:265]
    if magic == _GNU:
        if block[345:500] != _NO_PREFIX:
            raise RuleError("its header has GNU fields that readers understand differently")
        return name
    if magic != _POSIX:
        raise RuleError("its header is not a ustar header")
    prefix = block[345:500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def _sum(block: bytes) -> int:
    """The sum of a block's bytes.

    The low half of Adler-32 is one plus that sum modulo 65,521, which 256 bytes of at most 255 never reach: exact, and
    six times faster than `sum`.
    """
    return (adler32(block[:256]) & 0xFFFF) + (adler32(block[256:]) & 0xFFFF) - 2


def parse_header(block: bytes) -> Header:
    """Read a header that is not all zeros.

    Raises:
        RuleError: it breaks a rule of this module.
    """
    mode, size, checksum = _numbers(block)
    if _sum(block) - sum(block[148:156]) + 8 * 0x20 != checksum:
        raise RuleError("its header checksum is wrong")
    name = _name(block)
    if block[500:] != _NO_REST:
        raise RuleError("its header has bytes where none belong")
    kind = block[156:157]
    return Header(name, b"0" if kind == b"\0" else kind, size, mode, block[157:257].partition(b"\0")[0])
