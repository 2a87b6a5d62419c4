"""Range, If-Range and If-None-Match, decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.mirror.byte_range import ByteRange, UnsatisfiableError, none_match, parse_range, range_applies


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=2-5", ByteRange(2, 5)),
        ("bytes=4-", ByteRange(4, 9)),
        ("bytes=4-1000", ByteRange(4, 9)),
        ("bytes=-3", ByteRange(7, 9)),
        ("bytes=-1000", ByteRange(0, 9)),
        (" bytes=0-1 ", ByteRange(0, 1)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=٣-", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 19 + "-", None),
    ],
)
def test_ranges_of_ten_bytes(header: str | None, expected: ByteRange | None) -> None:
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_behind_the_end_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableError):
        parse_range(header, size)


@given(header=st.one_of(st.text(), st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True)), size=st.integers(0, 500))
def test_a_range_is_inside_the_file(header: str, size: int) -> None:
    try:
        found = parse_range(header, size)
    except UnsatisfiableError:
        return
    assert found is None or 0 <= found.first <= found.last < size


@pytest.mark.parametrize(
    ("if_range", "expected"),
    [(None, True), ('"a"', True), ('W/"a"', False), ('"b"', False), ("Sun, 22 Nov 2026 00:00:00 GMT", False)],
)
def test_a_range_needs_the_same_version(if_range: str | None, expected: bool) -> None:
    assert range_applies(if_range, '"a"') is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [(None, False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("a", False)],
)
def test_a_version_at_hand_is_recognised(header: str | None, expected: bool) -> None:
    assert none_match(header, '"a"') is expected
