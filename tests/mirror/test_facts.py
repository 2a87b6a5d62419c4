"""Facts: lines read, records made, and what is neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyv.errors import DocumentError
from pyv.mirror.facts import parse_facts
from tests.mirror.facts import LINUX, fact

EXCERPT = Path(__file__).parent.parent / "support" / "artifacts.ndjson"
BASE = "https://github.com/astral-sh/python-build-standalone/releases/download"


def line(**changes: object) -> str:
    found = {
        "implementation": "cpython",
        "version": "3.13.1",
        "build": "20241206",
        "triple": LINUX,
        "kind": "install_only",
        "flavor": "",
        "file": f"cpython-3.13.1+20241206-{LINUX}-install_only.tar.gz",
        "url": f"{BASE}/20241206/cpython-3.13.1%2B20241206-{LINUX}-install_only.tar.gz",
        "sha256": "ab" * 32,
        "size": 12,
    }
    return json.dumps({**found, **changes})


def test_a_line_becomes_a_fact_in_pyvs_words() -> None:
    name = f"cpython-3.13.1+20241206-{LINUX}-freethreaded+pgo+lto-full.tar.zst"
    url = f"{BASE}/20241206/{name.replace('+', '%2B')}"
    (read,) = parse_facts(line(kind="full", flavor="freethreaded+pgo+lto", file=name, url=url), "facts")
    assert (read.flavor, read.options, read.tag, read.size) == ("full", "freethreaded+pgo+lto", "20241206", 12)
    assert read.to_artifact().location is None
    assert read.to_artifact().file_name == name


def test_empty_lines_are_passed_over() -> None:
    assert len(parse_facts(f"\n{line()}\n\n{line()}\n", "facts")) == 2


def test_nulls_are_kept_as_unknown() -> None:
    (read,) = parse_facts(line(url=None, sha256=None, size=None), "facts")
    assert (read.tag, read.sha256, read.size) == (None, None, None)


def test_a_location_is_stated_only_where_it_cannot_be_derived() -> None:
    old = fact("3.9.6", build="20210724", file=f"cpython-3.9.6-{LINUX}-install_only-20210724T1424.tar.gz")
    assert old.to_artifact().location == f"20210724/cpython-3.9.6-{LINUX}-install_only-20210724T1424.tar.gz"
    assert (
        fact(tag="20241207").to_artifact().location == f"20241207/cpython-3.13.1+20241206-{LINUX}-install_only.tar.gz"
    )
    assert fact().to_artifact().location is None


def test_every_line_of_real_facts_is_read_and_keeps_its_address() -> None:
    text = EXCERPT.read_text(encoding="utf-8")
    facts = parse_facts(text, "excerpt")
    assert len(facts) == len(text.splitlines())
    for found, raw in zip(facts, map(json.loads, text.splitlines()), strict=True):
        if raw["url"] and raw["sha256"]:
            assert raw["url"] == f"{BASE}/{found.to_artifact().upstream_location.replace('+', '%2B')}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "facts: line 1: not the JSON expected here"),
        (line(implementation="pypy"), "facts: line 1: implementation: `pypy` is not `cpython`"),
        (line(version=None), "facts: line 1: version: missing"),
        (line(size=-1), "facts: line 1: size: not a whole number from 0 to 2^53"),
        (line(url="ftp://x/releases/download/1/y"), "is not the release address of"),
        (line(url=f"{BASE}/20241206/another.tar.gz"), "is not the release address of"),
        (line() + "\n" + line(file=None), "facts: line 2: file: missing"),
    ],
)
def test_what_is_no_fact_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_facts(text, "facts")
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("changes", "key"),
    [({"sha256": "AB" * 32}, "h"), ({"sha256": "ab"}, "h"), ({"build": "2024"}, "b"), ({"kind": "most"}, "f")],
)
def test_what_no_record_may_hold_is_refused(changes: dict[str, object], key: str) -> None:
    (read,) = parse_facts(line(**changes), "facts")
    with pytest.raises(DocumentError, match=f"facts: line 1: {key}: "):
        read.to_artifact()
