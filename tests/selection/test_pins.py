"""Pins: pyenv's search and pyenv's syntax."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.errors import PyvError, StoreError
from pyv.selection.pins import find_pin, local_names, read_names, version_file
from tests.selection.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("3.12.2\n", ("3.12.2",)),
        ("3.12.2", ("3.12.2",)),
        ("3.12.2\r\n3.11\r\n", ("3.12.2", "3.11")),
        ("  \t3.12.2 3.11 # comment\n", ("3.12.2",)),
        ("# 3.12\n\n   # x\n#\n", ()),
        ("", ()),
        ("3.12:3.11\n", ("3.12", "3.11")),
        ("3.12::3.11:\n", ("3.12", "3.11")),
        ("\ufeff3.12\n", ("3.12",)),
        ("\ufeff# comment\n3.12\n", ("3.12",)),
        ("*\n", ("*",)),
        ("a\0b\n", ("ab",)),
        ("3.12.2\x0b\n", ("3.12.2\x0b",)),
        ("\r3.12\n", ("3.12",)),
        (" " * 1020 + "3.12.2\n", ("3.12", ".2")),
        ("x" * 1024 + "\n3.12\n", ("x" * 1024, "3.12")),
        ("#" * 1024 + "3.12\n", ("3.12",)),
    ],
)
def test_the_first_word_of_each_line_counts(tree: Tree, text: str, names: tuple[str, ...]) -> None:
    assert read_names(tree.pin(text), tree.root.versions) == (names, ())


def test_words_that_lead_out_of_the_tree_are_ignored_and_named(tree: Tree) -> None:
    tree.install("3.12.2")
    (tree.root.versions / "3.12.2/envs/web").mkdir(parents=True)
    inside = ("3.12.2/envs/web", "../versions/3.12.2", "3.12.2/../3.12.2")
    outside = ("..", "../..", "/etc", "3.12.2/../..", "3.12.2/..", "3.12.2/nothing", "../shims")
    path = tree.pin("\n".join((*inside, *outside, ".")))
    assert read_names(path, tree.root.versions) == ((*inside, "."), outside)


def test_bytes_that_are_no_text_survive(tree: Tree) -> None:
    path = tree.project / ".python-version"
    path.write_bytes(b"\xff\xfe3.12\n")
    assert read_names(path, tree.root.versions)[0] == ("\udcff\udcfe3.12",)


def test_the_first_of_variables_files_and_the_global_file_wins_whole(tree: Tree) -> None:
    pin = find_pin(tree.environment(), tree.root)
    assert (pin.names, pin.kind, pin.origin) == ((), "global", f"{tree.root.path}/version")
    tree.root.global_pin.write_text("3.10\n", encoding="utf-8")
    pin = find_pin(tree.environment(), tree.root)
    assert (pin.names, pin.origin, pin.path) == (("3.10",), f"{tree.root.path}/version", tree.root.global_pin)
    path = tree.pin("3.11\n", tree.base)
    pin = find_pin(tree.environment(), tree.root)
    assert (pin.names, pin.kind, pin.origin) == (("3.11",), "local", str(path))
    pin = find_pin(tree.environment(PYENV_VERSION="3.12:3.13"), tree.root)
    assert (pin.names, pin.kind, pin.origin) == (
        ("3.12", "3.13"),
        "variable",
        "PYENV_VERSION environment variable",
    )
    pin = find_pin(tree.environment(PYENV_VERSION="3.12", PYV_VERSION=":3.14:"), tree.root)
    assert (pin.names, pin.origin) == (("3.14",), "PYV_VERSION environment variable")
    pin = find_pin(tree.environment(PYENV_VERSION="::", PYV_VERSION=""), tree.root)
    assert pin.origin == str(path)


def test_a_file_of_comments_ends_the_search(tree: Tree) -> None:
    tree.pin("3.11\n", tree.base)
    path = tree.pin("# nothing here\n")
    pin = find_pin(tree.environment(), tree.root)
    assert (pin.names, pin.origin) == ((), str(path))


def test_only_regular_files_pin(tree: Tree) -> None:
    (tree.project / ".python-version").mkdir()
    path = tree.pin("3.11\n", tree.project.parent)
    assert version_file(tree.environment(), tree.root) == path
    (tree.project / ".python-version").rmdir()
    (tree.project / ".python-version").symlink_to(path)
    assert version_file(tree.environment(), tree.root) == tree.project / ".python-version"


def test_pyenv_dir_is_searched_first_then_the_working_directory(tree: Tree) -> None:
    elsewhere = tree.base / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    here = tree.pin("3.11\n")
    assert version_file(tree.environment(PYENV_DIR=str(elsewhere)), tree.root) == here
    there = tree.pin("3.12\n", elsewhere.parent)
    assert version_file(tree.environment(PYENV_DIR=str(elsewhere)), tree.root) == there
    assert version_file(tree.environment(PYENV_DIR="../../elsewhere/deep"), tree.root) == there
    with pytest.raises(PyvError, match=r"^cannot change working directory to `nowhere'$"):
        find_pin(tree.environment(PYENV_DIR="nowhere"), tree.root)


def test_local_names_are_those_of_the_nearest_file_only(tree: Tree) -> None:
    tree.root.global_pin.write_text("3.10\n", encoding="utf-8")
    assert local_names(tree.environment(PYV_VERSION="3.9")) == ()
    tree.pin("3.11\n", tree.project.parent)
    assert local_names(tree.environment(PYV_VERSION="3.9")) == ("3.11",)


def test_a_file_that_cannot_be_read_is_an_error(tree: Tree) -> None:
    with pytest.raises(StoreError, match=r"^cannot read .*: is a directory$"):
        read_names(tree.project, tree.root.versions)
