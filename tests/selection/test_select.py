"""From words to installed names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.selection.installed import read_installed
from pyv.selection.pins import Pin
from pyv.selection.select import Choice, resolve, select
from tests.selection.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    for name in ("3.11.7", "3.12.2", "3.12.10", "3.13.0", "3.13.1t", "3.14.0rc1", "python-odd", "3.12.2-debug"):
        tree.install(name)
    tree.alias("3.12", "3.12.10")
    tree.alias("3.13t", "3.13.1t")
    (tree.root.versions / "work").symlink_to("3.11.7")
    (tree.root.versions / "3.12.2/envs/web").mkdir(parents=True)
    return tree


@pytest.mark.parametrize(
    ("word", "name", "rule"),
    [
        ("system", "system", "system"),
        ("3.12.2", "3.12.2", "exact"),
        ("python-3.12.2", "3.12.2", "exact"),
        ("python-odd", "python-odd", "exact"),
        ("work", "work", "exact"),
        ("3.12.2/envs/web", "3.12.2/envs/web", "exact"),
        ("3.14.0rc1", "3.14.0rc1", "exact"),
        ("3.12", "3.12.10", "alias"),
        ("python-3.12", "3.12.10", "alias"),
        ("3", "3.13.0", "prefix"),
        ("python-3.11", "3.11.7", "prefix"),
        ("3.13", "3.13.0", "prefix"),
        ("cpython-3.12", "3.12.10", "request"),
        ("cpython@3.12", "3.12.10", "request"),
        ("cpython-3.12.2-linux-x86_64-gnu", "3.12.2", "request"),
        ("3.13+freethreaded", "3.13.1t", "request"),
        ("cpython-3.13+freethreaded", "3.13.1t", "request"),
        ("3.12.2+debug", "3.12.2-debug", "request"),
        ("cpython-3.14.0rc1", "3.14.0rc1", "request"),
        ("cpython-3.11", "3.11.7", "request"),
        ("python-system", None, "missing"),
        ("3.12.3", None, "missing"),
        ("3.14", None, "missing"),
        ("3.12.2+20240224", None, "missing"),
        (">=3.11", None, "missing"),
        ("latest", None, "missing"),
        ("pypy3.10", None, "missing"),
        (".", None, "missing"),
        ("..", None, "missing"),
        ("python-", None, "missing"),
        ("*", None, "missing"),
        ("../../etc", None, "missing"),
    ],
)
def test_each_rule(tree: Tree, word: str, name: str | None, rule: str) -> None:
    assert resolve(word, read_installed(tree.root)) == Choice(word, name, rule)


def test_an_alias_whose_target_is_gone_is_no_alias(tree: Tree) -> None:
    tree.root.aliases.write_text("3.12 3.12.99\nbroken\nwork 3.12.2\n", encoding="utf-8")
    installed = read_installed(tree.root)
    assert resolve("3.12", installed) == Choice("3.12", "3.12", "exact")
    assert resolve("work", installed).name == "work"


def test_a_selection_keeps_the_order_and_tells_what_is_missing(tree: Tree) -> None:
    pin = Pin(names=("3.12", "python-3.99", "system"), kind="variable", origin="x")
    selection = select(pin, read_installed(tree.root))
    assert selection.names == ["3.12.10", "system"]
    assert [choice.word for choice in selection.missing] == ["python-3.99"]
    assert selection.kept == ["3.12.10", "3.99", "system"]
    assert [choice.why for choice in selection.choices] == [
        "3.12 follows its newest release, 3.12.10",
        "nothing installed answers to python-3.99",
        "the system's Python",
    ]


def test_no_names_are_the_system(tree: Tree) -> None:
    selection = select(Pin(names=(), kind="global", origin="x"), read_installed(tree.root))
    assert selection.names == ["system"]


def test_the_tree_is_seen_as_it_is(tree: Tree) -> None:
    (tree.root.versions / "a-file").write_text("", encoding="utf-8")
    (tree.root.versions / "dangling").symlink_to("nothing")
    installed = read_installed(tree.root)
    assert installed.entries()[:5] == ["3.11.7", "3.12", "3.12.2", "3.12.2-debug", "3.12.10"]
    assert {"a-file", "dangling"}.isdisjoint(installed.entries())
    assert {"3.12", "3.13t"}.isdisjoint(installed.names())
    assert installed.environments("3.12.2") == ["3.12.2/envs/web"]
    empty = Tree(tree.base / "other")
    empty.root.versions.rmdir()
    assert read_installed(empty.root).entries() == []
