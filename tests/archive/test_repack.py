"""Repacking: the tar stream is the same to the byte, and the frame is one the strict reader takes."""

from __future__ import annotations

import gzip
import hashlib
import io
import random

import pytest

from pyv.archive.extract import Limits, scan
from pyv.archive.repack import LEVEL, repack, tar_digest
from pyv.archive.zst import WINDOW
from pyv.errors import ArchiveError
from tests.support.archives import tiny_tar, unzstd


@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_the_same_tar_bytes(compression: str) -> None:
    noise = random.Random(1).randbytes(9 << 20)  # larger than a window of level 19, and nothing to compress
    tar = tiny_tar("3.12.2", extra={"lib/noise.bin": noise})
    packed, out = tar.packed(compression), io.BytesIO()
    inside = repack(io.BytesIO(packed).read, out.write, compression=compression, name="it", level=3)
    raw = gzip.decompress(packed) if compression == "gz" else unzstd(packed)
    again = unzstd(out.getvalue())
    assert again == raw
    assert raw is not None
    assert inside == hashlib.sha256(raw).hexdigest()
    assert tar_digest(io.BytesIO(out.getvalue()).read, compression="zst", name="it") == inside
    limits = Limits(size=len(out.getvalue()), unpacked=tar.unpacked, entries=tar.entries)
    assert scan(io.BytesIO(out.getvalue()).read, compression="zst", name="it", limits=limits).members == tar.entries


def test_the_window_is_small_and_the_frame_has_a_checksum() -> None:
    tar = tiny_tar("3.12.2", extra={"lib/noise.bin": random.Random(1).randbytes(1 << 20)})
    out = io.BytesIO()
    repack(io.BytesIO(tar.packed("gz")).read, out.write, compression="gz", name="it")
    descriptor, window = out.getvalue()[4:6]  # RFC 8878, 3.1.1.1
    assert descriptor & 0x24 == 4
    assert 1 << 10 + (window >> 3) == 8 << 20 <= WINDOW
    assert window & 7 == 0
    assert LEVEL == 19


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b\x08", b"PK\x03\x04", None])
def test_what_is_no_archive(damage: bytes | None) -> None:
    packed = tiny_tar("3.12.2").packed("gz")
    data = packed[:-1] if damage is None else damage
    with pytest.raises(ArchiveError, match="it: "):
        repack(io.BytesIO(data).read, io.BytesIO().write, compression="gz", name="it")
