"""Inflating in a thread: bounded, exact, and gone when the reader is."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import threading
import zlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from pyv.archive import zst
from pyv.archive.gz import CHUNK, fastest, gzip_member
from pyv.archive.inflate import inflated
from pyv.archive.refusal import RuleError
from pyv.archive.source import Source
from pyv.archive.zst import zstd_frame
from pyv.errors import ArchiveError
from tests.support.archives import gzipped, zstd

# Bytes that do not compress, the same every time.
NOISE = random.Random(1).randbytes(300_000)
MIXED = NOISE + bytes(2_000_000) + b"words and words " * 20_000 + NOISE
ENGINES = [zlib, fastest()]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("inflate")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert threads() == []


class Trickle:
    """A `read` that answers with as few bytes as it likes."""

    def __init__(self, data: bytes, step: int) -> None:
        self._stream, self._step = io.BytesIO(data), step

    def __call__(self, size: int) -> bytes:
        return self._stream.read(min(size, self._step))


@pytest.mark.parametrize("compression", ["gz", "zst"])
@pytest.mark.parametrize("step", [1000, 1 << 20])
def test_what_was_packed_comes_out(compression: str, step: int) -> None:
    packed = gzipped(MIXED) if compression == "gz" else zstd(MIXED)
    chunks = list(inflated(Trickle(packed, step), compression, "a"))
    assert b"".join(chunks) == MIXED
    assert max(map(len, chunks)) <= CHUNK
    assert min(map(len, chunks)) > 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", [1, 3, 64])
def test_gzip_in_crumbs(engine: ModuleType, step: int) -> None:
    assert b"".join(gzip_member(Source(Trickle(gzipped(b"crumbs" * 50), step)), engine)) == b"crumbs" * 50


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bomb_comes_in_chunks(engine: ModuleType) -> None:
    sizes = [len(chunk) for chunk in gzip_member(Source(io.BytesIO(gzipped(bytes(20_000_000))).read), engine)]
    assert (sum(sizes), max(sizes)) == (20_000_000, CHUNK)


def test_a_zstd_bomb_comes_in_chunks() -> None:
    packed = zstd(bytes(20_000_000))
    assert len(packed) < 2000
    sizes = [len(chunk) for chunk in zstd_frame(Source(io.BytesIO(packed).read))]
    assert (sum(sizes), max(sizes)) == (20_000_000, zst.CHUNK)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cut", [0, 1, 3, 9, 10, 50, -9, -8, -4, -1])
def test_every_cut_of_a_gzip_member_is_noticed(engine: ModuleType, cut: int) -> None:
    packed = gzipped(NOISE[:1000])
    with pytest.raises(RuleError, match=r"cut short|damaged"):
        list(gzip_member(Source(io.BytesIO(packed[:cut]).read), engine))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", [-8, -5, -4, -1])
def test_crc_and_length_are_checked(engine: ModuleType, place: int) -> None:
    packed = bytearray(gzipped(NOISE[:1000]))
    packed[place] ^= 1
    with pytest.raises(RuleError, match="its gzip stream is damaged"):
        list(gzip_member(Source(io.BytesIO(packed).read), engine))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("after", [b"\0", b"x", gzipped(b"")])
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_nothing_may_follow_a_gzip_member(engine: ModuleType, after: bytes, step: int) -> None:
    with pytest.raises(RuleError, match="bytes follow the end of its gzip stream"):
        list(gzip_member(Source(Trickle(gzipped(b"x") + after, step)), engine))


def test_a_gzip_header_may_have_a_name_and_a_time() -> None:
    buffer = io.BytesIO()
    with gzip.GzipFile("name.tar", "wb", fileobj=buffer, mtime=1704067200) as stream:
        stream.write(b"data")
    assert b"".join(gzip_member(Source(io.BytesIO(buffer.getvalue()).read), fastest())) == b"data"


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_536, 131_072, 131_073, 1_000_000])
@pytest.mark.parametrize("content_size", [True, False])
@pytest.mark.parametrize("checksum", [True, False])
def test_zstd_frames_of_every_header(size: int, content_size: bool, checksum: bool) -> None:
    data = (NOISE * 4)[:size]
    packed = zstd(data, content_size=content_size, checksum=checksum)
    for step in (7, 1 << 20) if size < 300 else (1 << 20,):
        assert b"".join(zstd_frame(Source(Trickle(packed, step)))) == data


def test_zstd_at_the_level_upstream_packs_with() -> None:
    packed = zstd(MIXED, level=19)
    assert b"".join(zstd_frame(Source(io.BytesIO(packed).read))) == MIXED


@pytest.mark.parametrize("cut", [3, 5, 8, 11, 100, -5, -4, -1])
def test_every_cut_of_a_zstd_frame_is_noticed(cut: int) -> None:
    with pytest.raises(RuleError, match="cut short"):
        list(zstd_frame(Source(io.BytesIO(zstd(NOISE)[:cut]).read)))


def test_a_zstd_frame_that_is_one_segment_needs_all_of_it_in_memory() -> None:
    frame = struct.pack("<IBQ", 0xFD2FB528, 0xE0, (1 << 27) + 1)
    with pytest.raises(RuleError, match=f"its zstd frame needs a window of {(1 << 27) + 1} bytes, more than {1 << 27}"):
        list(zstd_frame(Source(io.BytesIO(frame).read)))


def test_a_zstd_frame_of_blocks_too_large() -> None:
    frame = zstd(b"", content_size=False, checksum=False)[:-3]
    with pytest.raises(RuleError, match="its zstd frame is damaged"):
        list(zstd_frame(Source(io.BytesIO(frame + struct.pack("<I", ((1 << 17) + 1) << 3 | 3)[:3] + b"x").read)))


def test_the_reader_leaves_early() -> None:
    chunks = inflated(io.BytesIO(gzipped(bytes(30_000_000))).read, "gz", "a")
    assert len(next(chunks)) == CHUNK
    assert threads() == ["inflate a"]
    chunks.close()


def test_the_reader_leaves_while_input_still_comes() -> None:
    asked = 0

    def endless(size: int) -> bytes:
        nonlocal asked
        asked += 1
        return packer.compress(os.urandom(size)) + packer.flush(zlib.Z_SYNC_FLUSH)

    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    chunks = inflated(endless, "gz", "a")
    for _ in range(3):
        next(chunks)
    chunks.close()
    assert asked < 20


def test_what_read_raises_is_raised_here() -> None:
    packed = gzipped(MIXED)

    def read(size: int, state: list[bytes] = [packed[:5000]]) -> bytes:  # noqa: B006 - the one call that answers
        if state:
            return state.pop()
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        list(inflated(read, "gz", "a"))


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"PK\x03\x04", "a.tar.gz: it is a zip file, not a gzip file"),
        (b"BZh9", "a.tar.gz: it is a bzip2 file, not a gzip file"),
        (b"\x28\xb5\x2f\xfd", "a.tar.gz: it is a zstd file, not a gzip file"),
        (b"\xef\xbb\xbf  <HTML>", "a.tar.gz: it is a web page, not a gzip file"),
        (b'{"error": 1}', "a.tar.gz: it is a JSON document, not a gzip file"),
        (b"", "a.tar.gz: it is empty, not a gzip file"),
        (b"\x1f\x8b\x07", "a.tar.gz: it starts with 1f 8b 07, not a gzip file"),
    ],
)
def test_other_files_are_told_by_their_first_bytes(head: bytes, what: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        list(inflated(Trickle(head, 1), "gz", "a.tar.gz"))
    assert caught.value.message == what
    assert caught.value.hint
