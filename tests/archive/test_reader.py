"""The stream of members, whatever the chunks it comes in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pyv.archive.reader import DIRECTORY, FILE, HARD_LINK, SYMLINK, Member, TarReader
from pyv.errors import ArchiveError
from tests.support.archives import GNU, LONG_LINK, TarBuilder, padded, tiny_tar


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: bytes, size: int = 1 << 18) -> list[tuple[Member, bytes]]:
    reader = TarReader(chunked(data, size), "a")
    return [(member, b"".join(reader.contents())) for member in reader.members()]


def every_kind() -> TarBuilder:
    builder = TarBuilder().directory("python/").file("python/f", b"f" * 513).script("python/s")
    builder.member("python/g", b"gnu", magic=GNU).member("python/o", b"old", kind=b"\0")
    builder.symlink("python/l", "f").hard_link("python/h", "python/f")
    builder.file("python/" + "d" * 90 + "/" + "n" * 60, b"split")
    builder.long_name("python/" + "L" * 120).member("python/LLL", b"long", magic=GNU)
    builder.long_name("f" * 120, kind=LONG_LINK).member("python/k", kind=b"2", link="fff", magic=GNU)
    return builder.pax(("path", "python/" + "ü" * 80), ("mtime", "1.5"), ("size", "3")).file("python/u", b"pax")


EXPECTED = [
    (Member("python", DIRECTORY, 0, executable=True, target=""), b""),
    (Member("python/f", FILE, 513, executable=False, target=""), b"f" * 513),
    (Member("python/s", FILE, 10, executable=True, target=""), b"#!/bin/sh\n"),
    (Member("python/g", FILE, 3, executable=False, target=""), b"gnu"),
    (Member("python/o", FILE, 3, executable=False, target=""), b"old"),
    (Member("python/l", SYMLINK, 0, executable=True, target="f"), b""),
    (Member("python/h", HARD_LINK, 0, executable=False, target="python/f"), b""),
    (Member("python/" + "d" * 90 + "/" + "n" * 60, FILE, 5, executable=False, target=""), b"split"),
    (Member("python/" + "L" * 120, FILE, 4, executable=False, target=""), b"long"),
    (Member("python/k", SYMLINK, 0, executable=True, target="f" * 120), b""),
    (Member("python/" + "ü" * 80, FILE, 3, executable=False, target=""), b"pax"),
]


@pytest.mark.parametrize("size", [1, 7, 511, 512, 513, 1024, 1 << 20])
def test_every_kind_in_chunks_of_any_size(size: int) -> None:
    assert read(every_kind().tar(), size) == EXPECTED


def test_contents_that_are_not_asked_for_are_passed_over() -> None:
    reader = TarReader(chunked(every_kind().tar(), 300), "a")
    assert [member.path for member in reader.members()] == [member.path for member, _ in EXPECTED]


@pytest.mark.parametrize("blocks", [2, 3, 20])
@pytest.mark.parametrize("size", [512, 10240, 1 << 18])
def test_ends_that_writers_make(blocks: int, size: int) -> None:
    # tar-rs stops after two zero blocks, GNU tar fills a record of 20
    assert len(read(TarBuilder().file("python/f").tar(record=blocks * 512), size)) == 1


@pytest.mark.parametrize("size", [512, 1024, 10240, 20480])
def test_no_byte_hides_behind_a_chunk_that_ends_with_the_archive(size: int) -> None:
    data = TarBuilder().file("python/f", bytes(5)).tar()
    assert len(data) == 10240
    with pytest.raises(ArchiveError, match="bytes follow the end of the tar stream"):
        read(data + bytes(512), size)
    with pytest.raises(ArchiveError, match="bytes follow the end of the tar stream"):
        read(data[:-1] + b"x", size)


def test_every_truncation_is_noticed() -> None:
    data = bytes(tiny_tar().blocks) + bytes(1024)
    for end in range(0, len(data), 256):
        with pytest.raises(ArchiveError, match="cut short"):
            read(data[:end], 4096)


def test_a_fault_in_the_first_header_has_no_member_to_name() -> None:
    with pytest.raises(ArchiveError) as caught:
        read(padded(b"\0garbage") + bytes(1024))
    assert caught.value.fields["member"] is None
    assert caught.value.message == "a: its mode is blank"
