"""Links that adopted another tool's version: whose they are, and what a commit, a removal and a sweep make of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pyv.store.adopted import Adopted, adopted_id, adopted_versions, is_adopted, read_adopted
from pyv.store.aliases import read_aliases
from pyv.store.paths import Root
from pyv.store.versions import installed, refresh_aliases, refuse_foreign, removable
from tests.store.test_versions import drop, half_done, put, settle_all, tree


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A version of somebody else's, which nothing may touch."""
    prefix = tmp_path / "theirs" / "3.12.1"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").write_text("theirs")
    return prefix


def receipt(name: str, target: Path | str, was: str = "") -> Adopted:
    return Adopted(name=name, tool="pyenv", target=str(target), was=was, adopted_at="2026-11-26T00:00:00Z", pyv="0")


def adopt(root: Root, name: str, target: Path | str, was: str = "") -> None:
    for directory in (root.versions, root.store):
        directory.mkdir(parents=True, exist_ok=True)
    root.receipt(adopted_id(name)).write_text(receipt(name, target, was).to_json())
    root.version_link(name).symlink_to(target)


def test_a_receipt_says_whose_it_is(root: Root, theirs: Path) -> None:
    adopt(root, "3.12.1", theirs)
    assert read_adopted(root, "3.12.1") == receipt("3.12.1", theirs)
    assert adopted_versions(root) == [receipt("3.12.1", theirs)]
    assert is_adopted(root, adopted_id("3.12.1"))
    assert json.loads(root.receipt(adopted_id("3.12.1")).read_text())["foreign"] == "pyenv"


def test_only_the_link_its_receipt_tells_of_is_adopted(root: Root, theirs: Path) -> None:
    adopt(root, "3.12.1", theirs)
    root.version_link("3.12.1").unlink()
    root.version_link("3.12.1").symlink_to("/somewhere/else")
    assert (read_adopted(root, "3.12.1"), adopted_versions(root)) == (None, [])
    assert removable(root, "3.12.1") is None, "it is a person's own link now"
    for name in ("3.12.1/envs/x", "3.11.1", "../versions/3.12.1"):
        assert read_adopted(root, name) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "3.12.1"}', "[" * 100000])
def test_a_receipt_that_cannot_be_read_adopts_nothing(root: Root, theirs: Path, text: str) -> None:
    adopt(root, "3.12.1", theirs)
    root.receipt(adopted_id("3.12.1")).write_text(text)
    assert read_adopted(root, "3.12.1") is None


def test_the_link_goes_and_what_it_leads_to_stays(root: Root, theirs: Path) -> None:
    put(root, "3.12.2")
    before = tree(root)
    adopt(root, "3.12.1", theirs)
    refresh_aliases(root)
    assert read_aliases(root) == [], "no alias is managed where a minor has a foreign version"
    drop(root, "3.12.1")
    assert tree(root) == before
    assert (theirs / "bin" / "python").read_text() == "theirs"


def test_a_link_that_leads_nowhere_can_be_removed(root: Root, theirs: Path) -> None:
    adopt(root, "3.12.1", theirs)
    os.rename(theirs, theirs.with_name("moved"))
    assert [each.name for each in adopted_versions(root)] == ["3.12.1"]
    drop(root, "3.12.1")
    assert "versions/3.12.1" not in tree(root)


def test_an_installation_takes_the_place_of_a_link(root: Root, theirs: Path) -> None:
    adopt(root, "3.12.1", theirs)
    refuse_foreign(root, "3.12.1")
    put(root, "3.12.1")
    assert [version.name for version in installed(root)] == ["3.12.1"]
    assert tree(root).keys() == {
        "aliases", "versions/3.12", "versions/3.12.1",
        "store/id-3.12.1.files", "store/id-3.12.1.json", "store/id-3.12.1/bin/python",
    }  # fmt: skip
    assert (theirs / "bin" / "python").read_text() == "theirs"


def test_a_sweep_takes_back_a_link_that_was_not_made(root: Root, theirs: Path) -> None:
    put(root, "3.12.2")
    before = tree(root)
    half_done(root, "link", "3.12.1", adopted_id("3.12.1"))
    root.receipt(adopted_id("3.12.1")).write_text(receipt("3.12.1", theirs).to_json())
    settle_all(root)
    assert tree(root) == before


def test_a_sweep_keeps_a_link_that_was_made(root: Root, theirs: Path) -> None:
    put(root, "3.12.2")
    adopt(root, "3.12.1", theirs)
    half_done(root, "link", "3.12.1", adopted_id("3.12.1"))
    settle_all(root)
    assert read_adopted(root, "3.12.1") == receipt("3.12.1", theirs)
    assert not os.path.lexists(root.version_link("3.12")), "died before the aliases followed"


def test_a_sweep_keeps_a_link_that_was_to_be_removed(root: Root, theirs: Path) -> None:
    adopt(root, "3.12.1", theirs)
    half_done(root, "drop", "3.12.1", adopted_id("3.12.1"))
    settle_all(root)
    assert read_adopted(root, "3.12.1") == receipt("3.12.1", theirs)


def test_a_sweep_finishes_an_installation_in_the_place_of_a_link(root: Root, theirs: Path) -> None:
    adopt(root, "3.12.1", theirs)
    left = root.receipt(adopted_id("3.12.1")).read_text()
    put(root, "3.12.1")
    root.receipt(adopted_id("3.12.1")).write_text(left)  # died between the link and this
    half_done(root, "link", "3.12.1", "id-3.12.1")
    settle_all(root)
    assert not root.receipt(adopted_id("3.12.1")).exists()
    assert [version.name for version in installed(root)] == ["3.12.1"]


def test_while_a_link_is_changed_either_target_counts(root: Root, theirs: Path) -> None:
    adopt(root, "work", "3.12.1", was=str(theirs))
    assert read_adopted(root, "work") == receipt("work", "3.12.1")
    root.version_link("work").unlink()
    root.version_link("work").symlink_to(theirs)  # the receipt is written first
    half_done(root, "link", "work", adopted_id("work"))
    settle_all(root)
    assert read_adopted(root, "work") == receipt("work", theirs)
