"""Lists of files: what they say survives being written and read, and how a tree is held to one."""

from __future__ import annotations

import pytest

from pyv.domain.tree import EXECUTABLE, PLAIN, Comparison, TreeEntry, compare, link_entry, listing, parse_listing
from pyv.errors import DocumentError

A, B = "aa" * 32, "bb" * 32


def test_names_with_odd_line_ends_are_one_line() -> None:
    entries = [TreeEntry(f"lib/{name}", PLAIN, A) for name in ("a\x0bb", "a b", "a\x85b", "a\u2028b")]
    assert parse_listing(listing(entries), "list") == entries


def test_bytes_no_text_can_hold() -> None:
    assert link_entry("a", "b\udcff").sha256 == "7d1016b8ca164152081d146beee2d283458686459be947524a721f88e255c88e"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{PLAIN} {A} a\n{PLAIN} {A} b", "list: line 2: cut short: it has no end"),
        (f"{PLAIN} {A} a\n\n", "list: line 2: not `mode sha256 path`"),
        (f"100600 {A} a\n", "list: line 1: not `mode sha256 path`"),
        (f"{PLAIN} aa a\n", "list: line 1: not `mode sha256 path`"),
        (f"{PLAIN} {A}\n", "list: line 1: not `mode sha256 path`"),
    ],
)
def test_no_list(text: str, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_listing(text, "list")
    assert caught.value.message == problem


def test_comparison() -> None:
    same, content, mode, kind, gone, blocked = (TreeEntry(name, PLAIN, A) for name in ("z", "c", "m", "k", "g", "b"))
    found = {
        "z": same,
        "c": content._replace(sha256=B),
        "m": mode._replace(mode=EXECUTABLE),
        "k": link_entry("k", "z"),
        "b": None,
        "new": None,
        "also": TreeEntry("also", PLAIN, A),
    }
    assert compare([same, content, mode, kind, gone, blocked], found) == Comparison(
        changed=("b", "c", "k", "m"), missing=("g",), added=("also", "new")
    )
    assert compare([same], {"z": same}) == Comparison((), (), ())
