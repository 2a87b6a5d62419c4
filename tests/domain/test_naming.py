"""Names of the versions tree, and the list of a tree's files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.naming import Alias, alias_of, aliases_for, is_alias_name, natural_key
from pyv.domain.tree import LINK, PLAIN, TreeEntry, link_entry, listing, parse_listing, tree_digest
from pyv.domain.variant import Variant, parse_variant
from pyv.errors import DocumentError


def test_the_alias_follows_the_newest_final_release() -> None:
    names = ["3.9.13", "3.12.2", "3.12.10", "3.12.9", "3.13.1t", "3.14.0rc1", "3.12.11-debug", "work", "3.13.0"]
    assert aliases_for(names) == [
        Alias("3.9", "3.9.13"), Alias("3.12", "3.12.10"), Alias("3.13", "3.13.0"), Alias("3.13t", "3.13.1t"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "alias"),
    [("3.12.2", "3.12"), ("3.13.1t", "3.13t"), ("3.14.0rc1", None), ("3.12.2-debug", None), ("work", None), ("3.12", None)],
)  # fmt: skip
def test_alias_of(name: str, alias: str | None) -> None:
    assert alias_of(name) == alias


def test_alias_names() -> None:
    assert [name for name in ("3.12", "3.13t", "3", "3.12.1", "x") if is_alias_name(name)] == ["3.12", "3.13t"]


def test_natural_order() -> None:
    names = ["3.12.10", "3.9", "3.12.2", "3.12", "system", "3.13.0rc2", "3.13.0rc10", "work"]
    expected = ["3.9", "3.12", "3.12.2", "3.12.10", "3.13.0rc2", "3.13.0rc10", "system", "work"]
    assert sorted(names, key=natural_key) == expected


@given(st.lists(st.text(max_size=12)))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert len(sorted(names, key=natural_key)) == len(names)


def test_variants_read_back() -> None:
    for variant in (Variant(), Variant(freethreaded=True), Variant(debug=True), Variant(freethreaded=True, debug=True)):
        assert parse_variant(variant.label) == variant
    with pytest.raises(ValueError, match="is not a variant"):
        parse_variant("nogil")


def test_a_listing_reads_back_and_its_digest_ignores_order() -> None:
    entries = [TreeEntry("lib/a b", PLAIN, "0" * 64), link_entry("bin/python", "python3")]
    text = listing(entries)
    assert text.splitlines()[0].startswith(f"{LINK} ")
    assert sorted(parse_listing(text, "x.files")) == sorted(entries)
    assert tree_digest(listing(reversed(entries))) == tree_digest(text)


@pytest.mark.parametrize("line", ["", "100600 " + "0" * 64 + " a", "100644 00 a", "100644 " + "0" * 64])
def test_a_line_that_is_none(line: str) -> None:
    with pytest.raises(DocumentError, match="line 2: not `mode sha256 path`"):
        parse_listing("100644 " + "0" * 64 + " a\n" + line + "\n", "x.files")
