"""A rehash waits for whoever changes the tree, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.store.lock import locked
from tests.selection.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    tree.install("3.12.2", "python", "black")
    return tree


def test_it_gives_up_on_a_process_that_keeps_the_lock(tree: Tree) -> None:
    with locked(tree.root.tree_lock):
        ran = tree.pyv("rehash", PYENV_REHASH_TIMEOUT="1")
    assert (ran.out, ran.code) == ("", 7)
    assert ran.err == (
        f"pyv: cannot rehash: couldn't acquire lock {tree.root.tree_lock} for 1 seconds. "
        f"Last error message: held by another process\nhint: see who holds it: fuser {tree.root.tree_lock}\n"
    )
    assert not (tree.root.shims / "black").exists()


def test_a_lock_file_nobody_holds_is_no_lock(tree: Tree) -> None:
    tree.root.tree_lock.parent.mkdir(parents=True)
    tree.root.tree_lock.write_text("12345\n", encoding="utf-8")
    (tree.root.shims).mkdir(parents=True, exist_ok=True)
    (tree.root.shims / ".pyenv-shim").write_text("", encoding="utf-8")  # pyenv's, left by one that was killed
    assert tree.pyv("rehash", PYENV_REHASH_TIMEOUT="1").code == 0
    assert (tree.root.shims / "black").exists()
