"""One tar header: numbers come out as they went in or not at all, and a changed byte is noticed or means nothing."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pyv.archive.header import Header, parse_header
from pyv.archive.refusal import RuleError
from tests.support.archives import GNU, POSIX, header

PLACES = {"mode": (100, 8), "uid": (108, 8), "gid": (116, 8), "size": (124, 12), "mtime": (136, 12)}
READ = ("mode", "size")
"""The numbers that are kept; the others are held to their form."""

names = st.binary(min_size=1, max_size=100).filter(lambda name: b"\0" not in name)
kinds = st.sampled_from([b"0", b"\0", b"1", b"2", b"5", b"x", b"L", b"K", b"g", b"S"])
magics = st.sampled_from([POSIX, GNU])
places = st.sampled_from([0, 99, 100, 107, 124, 135, 156, 157, 256, 262, 263, 265, 329, 345, 499, 500]) | st.integers(
    0, 511
)


def octal(number: int, length: int, digits: int, end: bytes) -> bytes | None:
    """A number in one of the spellings writers use; None where it does not fit."""
    text = b"%0*o" % (digits, number) + end
    return text.ljust(length, b"\0") if len(text) <= length else None


def base_256(number: int, length: int) -> bytes:
    """GNU tar's and star's spelling of numbers that octal digits cannot hold: binary, the first bit set."""
    raw = bytearray(number.to_bytes(length, "big", signed=True))
    raw[0] |= 0x80
    return bytes(raw)


def parsed(block: bytes) -> Header | None:
    try:
        return parse_header(block)
    except RuleError:
        return None


def by_tarfile(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return None


@given(names, kinds, magics, st.integers(0, 8**11 - 1), st.integers(0, 8**7 - 1), st.binary(max_size=100))
def test_what_is_written_is_read(name: bytes, kind: bytes, magic: bytes, size: int, mode: int, link: bytes) -> None:
    found = parse_header(header(name, kind=kind, size=size, mode=mode, link=link, magic=magic))
    told = b"0" if kind == b"\0" else kind
    assert found == Header(name, told, size, mode, link.partition(b"\0")[0])


@given(
    st.sampled_from(sorted(PLACES)),
    st.integers(0, 8**11 - 1),
    st.integers(1, 11),
    st.sampled_from([b"\0", b" ", b" \0"]),
)
def test_octal_numbers_in_any_width(field: str, number: int, digits: int, end: bytes) -> None:
    length = PLACES[field][1]
    spelled = octal(number, length, digits, end)
    assume(spelled is not None)
    assert spelled is not None
    found = parse_header(header("python/x", fields={field: spelled}))
    assert field not in READ or getattr(found, field) == number
    other = by_tarfile(header("python/x", fields={field: spelled}))
    assert other is not None
    assert getattr(other, field) == number


@given(st.sampled_from(sorted(PLACES)), st.integers(0, 8**8 - 1))
def test_octal_numbers_without_an_end_are_refused(field: str, number: int) -> None:
    with pytest.raises(RuleError, match="is not an octal number"):
        parse_header(header("python/x", fields={field: b"%0*o" % (PLACES[field][1], number)}))


@given(st.sampled_from(sorted(PLACES)), st.integers(-(2**60), 2**90 - 1))
@example("size", 5)
@example("mode", -1)
def test_base_256_numbers_are_refused_wherever_they_stand(field: str, number: int) -> None:
    """tarfile and GNU tar read them, libarchive and others within other limits."""
    length = PLACES[field][1]
    limit = 1 << (8 * length - 2)
    assume(-limit <= number < limit)
    block = header("python/x", fields={field: base_256(number, length)})
    with pytest.raises(RuleError, match="is a base-256 number"):
        parse_header(block)


@settings(max_examples=300)
@given(st.sampled_from(sorted(PLACES)), st.data())
def test_a_number_field_of_any_bytes_is_refused_or_is_what_tarfile_reads(field: str, data: st.DataObject) -> None:
    length = PLACES[field][1]
    likely = st.lists(
        st.sampled_from([b"0", b"7", b"8", b" ", b"\0", b"-", b"\x80", b"\xff"]), min_size=length, max_size=length
    )
    raw = data.draw(likely.map(b"".join) | st.binary(min_size=length, max_size=length))
    block = header("python/x", fields={field: raw})
    found = parsed(block)
    if found is None:
        return
    other = by_tarfile(block)
    assert other is not None, "tarfile refuses what was accepted"
    assert (other.size, other.mode) == (found.size, found.mode)
    if field not in READ:
        assert raw.strip(b"\0 ") == b"" or int(raw.strip(b"\0 "), 8) == getattr(other, field)


@settings(max_examples=300)
@given(st.integers(0, 511), st.integers(1, 255), magics, st.integers(0, 8**11 - 1), names)
def test_a_changed_byte_is_refused(place: int, change: int, magic: bytes, size: int, name: bytes) -> None:
    """Each byte counts once in the sum; only in the sum's own field may another byte spell the same number."""
    block = bytearray(header(name, size=size, magic=magic))
    before = parse_header(bytes(block))
    block[place] ^= change
    found = parsed(bytes(block))
    if found is not None:
        assert 148 <= place < 156
        assert found == before
        other = by_tarfile(bytes(block))
        assert other is not None
        assert other.size == found.size


@settings(max_examples=300)
@given(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=4), magics, names)
def test_changes_whose_sum_is_right_mean_what_tarfile_reads(
    changes: list[tuple[int, int]], magic: bytes, name: bytes
) -> None:
    """Whoever changes a header may make its sum right again."""
    block = bytearray(header(name, size=5, magic=magic, link=b"target"))
    for place, value in changes:
        block[place] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    found = parsed(bytes(block))
    if found is None:
        return
    other = by_tarfile(bytes(block))
    assert other is not None, "tarfile refuses what was accepted"
    assert (other.size, other.mode) == (found.size, found.mode)
    if found.kind == b"0" and not found.name.endswith(b"/"):
        assert other.name.encode("utf-8", "surrogateescape") == found.name
        assert other.type in {tarfile.REGTYPE, tarfile.AREGTYPE}
    assert other.linkname.encode("utf-8", "surrogateescape") == found.link
