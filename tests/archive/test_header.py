"""One header: what genuine writers do, and the few fields that decide."""

from __future__ import annotations

import pytest

from pyv.archive.header import Header, parse_header
from pyv.archive.refusal import RuleError
from tests.support.archives import GNU, header


def test_a_posix_header() -> None:
    assert parse_header(header("python/x", size=5, mode=0o755)) == Header(b"python/x", b"0", 5, 0o755, b"")


def test_a_gnu_header_with_a_link() -> None:
    block = header("python/l", kind=b"2", link="x" * 100, magic=GNU)
    assert parse_header(block) == Header(b"python/l", b"2", 0, 0o664, b"x" * 100)


def test_the_old_letter_for_files() -> None:
    assert parse_header(header("python/x", kind=b"\0")).kind == b"0"


def test_a_prefix_comes_first() -> None:
    block = header(b"n" * 100, fields={"prefix": b"p" * 155})
    assert parse_header(block).name == b"p" * 155 + b"/" + b"n" * 100


def test_what_stands_behind_a_name_is_ignored() -> None:
    # tar-rs, which PBS rewrites headers with, ends a shorter name with one NUL and leaves the rest of the longer one.
    block = header(b"python/bin/x\0tall/bin/x", kind=b"2", link=b"y\0zz")
    assert (parse_header(block).name, parse_header(block).link) == (b"python/bin/x", b"y")


@pytest.mark.parametrize(
    "fields",
    [
        {"size": b"00000000005 "},
        {"size": b"5\0\0\0\0\0\0\0\0\0\0\0"},
        {"size": b"0000005 \0\0\0\0"},
        {"mode": b"644    \0", "uid": bytes(8), "gid": b" " * 8, "mtime": bytes(12)},
        {"major": bytes(8), "minor": bytes(8)},
        {"major": b"000000 \0", "minor": b"000000 \0"},
        {"major": b"0000001\0", "minor": b"3\0"},
    ],
)
def test_numbers_as_writers_spell_them(fields: dict[str, bytes]) -> None:
    parsed = parse_header(header("python/x", size=5, fields=fields))
    assert (parsed.size, parsed.mode & 0o100) == (5, 0)


@pytest.mark.parametrize("kind", [b"0", b"1", b"2", b"5"])
def test_no_size_may_be_blank(kind: bytes) -> None:
    """GNU tar skips a link or directory whose size is blank: readers would not agree on the tree."""
    with pytest.raises(RuleError, match="its size is blank"):
        parse_header(header("python/x", kind=kind, fields={"size": bytes(12)}))


@pytest.mark.parametrize("checksum", ["{:06o}\0 ", "{:06o} \0", "{:07o}\0", "{:o}\0"])
def test_checksums_as_writers_spell_them(checksum: str) -> None:
    total = sum(header("python/x")) - sum(header("python/x")[148:156]) + 8 * 32
    block = header("python/x", fields={"checksum": checksum.format(total).encode().ljust(8, b"\0")})
    assert parse_header(block).name == b"python/x"


def test_every_byte_is_covered_by_the_checksum() -> None:
    block = header("python/x")
    for place in range(512):
        changed = bytearray(block)
        changed[place] ^= 1
        with pytest.raises(RuleError):
            parse_header(bytes(changed))
