"""A plain tar, written: the same bytes for the same members. Files alone, nobody's, of no time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from pyv.archive.header import BLOCK
from pyv.archive.reader import FILE
from pyv.errors import RequestError

_RECORD = 20 * BLOCK
_MAGIC = b"ustar\x0000"


def write_members(stream: BinaryIO, members: Iterable[tuple[str, int, Iterable[bytes]]]) -> None:
    """Write a tar of these members (name, size, content), in this order."""
    offset = 0
    for name, size, content in members:
        stream.write(tar_header(name, size))
        for chunk in content:
            stream.write(chunk)
        padding = -size % BLOCK
        stream.write(bytes(padding))
        offset += BLOCK + size + padding
    stream.write(bytes(2 * BLOCK + -(offset + 2 * BLOCK) % _RECORD))


def tar_header(name: str, size: int) -> bytes:
    """A POSIX ustar header of a regular file: nobody's, of no time.

    Raises:
        RequestError: a size that such a header cannot say (8 GiB).
    """
    if size >= 8**11:
        raise RequestError(f"`{name}` has {size:,} bytes, more than a bundle carries", hint="carry it by another way")
    block = bytearray(BLOCK)
    block[: len(name)] = name.encode("ascii")
    numbers = f"0000644\0{0:07o}\0{0:07o}\0{size:011o}\0{0:011o}\0"
    block[100 : 100 + len(numbers)] = numbers.encode("ascii")
    block[148:156] = b" " * 8
    block[156:157] = FILE
    block[257:265] = _MAGIC
    block[329:345] = b"0000000\0" * 2
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)
