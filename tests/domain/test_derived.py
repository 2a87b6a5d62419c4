"""Derived records: what is written is read, and a line that is none refuses the file."""

from __future__ import annotations

from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.domain.derived import Derived, derived_name, dump_derived, parse_derived
from pyv.domain.fields import Fields, parse_object
from pyv.domain.lines import canonical_json
from pyv.errors import DocumentError

LINUX = "x86_64-unknown-linux-gnu"
DERIVED = Derived(origin="ab" * 32, sha256="cd" * 32, size=1000, unpacked=5000, entries=7, keyid="k", signature="s")

digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
sizes = st.integers(0, 2**53)
extras: st.SearchStrategy[MappingProxyType[str, object]] = st.dictionaries(
    st.sampled_from(["zz", "é", "crit2"]), st.none() | st.integers(-9, 9) | st.text('ab\n"é', max_size=5), max_size=2
).map(MappingProxyType)
deriveds = st.builds(
    Derived,
    origin=digests,
    sha256=digests,
    size=sizes,
    unpacked=st.none() | sizes,
    entries=st.none() | sizes,
    keyid=digests,
    signature=st.text("ab+/=", max_size=8),
    extra=extras,
).filter(lambda record: record.origin != record.sha256)


def read(**changes: object) -> Derived:
    values = {**DERIVED.to_dict(), **changes}
    text = canonical_json({key: value for key, value in values.items() if value is not ...})
    return Derived.from_fields(Fields(parse_object(text, "record"), "record"))


@settings(max_examples=50)
@given(st.lists(deriveds, max_size=5, unique_by=lambda record: record.origin), st.randoms(use_true_random=False))
def test_what_is_written_is_read_in_one_order(records: list[Derived], chance: Random) -> None:
    text = dump_derived(LINUX, records)
    assert parse_derived(text, "derived", LINUX) == sorted(records, key=lambda record: record.origin)
    chance.shuffle(records)
    assert dump_derived(LINUX, records) == text


def test_the_line() -> None:
    line = canonical_json(DERIVED.to_dict())
    assert line == (
        f'{{"c":"zst","e":7,"h":"{"cd" * 32}","k":"k","n":1000,"o":"{"ab" * 32}","s":"s","u":5000}}'
    )  # golden: it moves only with the format
    assert dump_derived(LINUX, [DERIVED]) == f'{{"format":1,"triple":"{LINUX}"}}\n{line}\n'
    assert derived_name(LINUX) == f"derived/{LINUX}.json"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"o": "AB" * 32}, "record: o: `ABAB"),
        ({"o": ...}, "record: o: missing"),
        ({"h": "cd"}, "record: h: `cd` is not of the form it must have"),
        ({"h": "ab" * 32}, "record: h: the origin itself, not another packing of it"),
        ({"n": ...}, "record: n: missing"),
        ({"n": -1}, "record: n: not a whole number"),
        ({"c": "gz"}, "record: c: `gz` is not a compression this pyv knows here"),
        ({"u": "1"}, "record: u: not a whole number"),
        ({"k": 1}, "record: k: not a string"),
        ({"crit": ["o", "newer"]}, "record: crit: needs a newer pyv: newer"),
        ({"crit": "o"}, "record: crit: needs a newer pyv: not a list of names"),
    ],
)
def test_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(**changes)
    assert caught.value.message.startswith(problem)


def test_what_is_critical_and_known_is_read() -> None:
    assert read(crit=["o", "crit"], zz=1).extra == {"crit": ["o", "crit"], "zz": 1}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not the JSON"),
        ("{}", "format"),
        ('{"format":2,"triple":"x"}\n', "this pyv reads format 1"),
        ('{"format":1,"triple":"x"}\n', f"`x` where `{LINUX}` was asked for"),
        (dump_derived(LINUX, [DERIVED])[:-1], "cut short"),
        (dump_derived(LINUX, []) + "[]\n", "not a JSON object"),
        (dump_derived(LINUX, []) + "\n", "records\\[0\\]"),
    ],
)
def test_no_such_file(text: str, problem: str) -> None:
    with pytest.raises(DocumentError, match=problem):
        parse_derived(text, "derived", LINUX)
