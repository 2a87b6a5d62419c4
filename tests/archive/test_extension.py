"""Extension headers: what is said about the next member, once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.archive.extension import LONG_LINK, LONG_NAME, PAX, Extension, parse_pax
from pyv.archive.refusal import RuleError
from tests.support.archives import pax_record

_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "path": st.text(max_size=120).map(lambda text: text.replace("\0", "")),
        "linkpath": st.text(max_size=12),
        "size": st.integers(0, 10**15).map(str),
        "mtime": st.floats(-1e9, 1e9).map(lambda number: f"{number:.9f}"),
    },
)


@settings(derandomize=True, deadline=None)
@given(_VALUES.filter(bool))
def test_what_was_written_is_read(values: dict[str, str]) -> None:
    data = b"".join(pax_record(key, value) for key, value in values.items())
    assert parse_pax(data) == {key.encode(): value.encode() for key, value in values.items()}


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        values = parse_pax(data)
    except RuleError:
        return
    assert b"".join(pax_record(key, value) for key, value in values.items()) == data


def test_headers_add_up() -> None:
    extension = Extension()
    extension.add(LONG_NAME, b"python/long\0")
    extension.add(LONG_LINK, b"target without an end")
    extension.add(PAX, pax_record("size", "7") + pax_record("mtime", "1.25"))
    assert extension == Extension(seen=b"LKx", path=b"python/long", link=b"target without an end", size=7)


def test_a_key_is_shown_as_it_may_be_shown() -> None:
    with pytest.raises(RuleError) as caught:
        parse_pax(pax_record(b"\x1b\xff", "x"))
    assert caught.value.rule == r"its pax header has the key '\x1b\\xff'"
