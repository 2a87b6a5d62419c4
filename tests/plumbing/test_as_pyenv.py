"""pyv called pyenv: `init --as-pyenv`, the root it then has, and its words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.selection.tree import Ran, Tree, write_program


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, "a root's")
    tree.install("3.12.2")
    tree.rehash()
    return tree


def pyenv(tree: Tree, *arguments: str, **variables: str) -> Ran:
    return tree.run([str(tree.root.pyenv), *arguments], None, **{"PATH": "/usr/bin:/bin", **variables})


def test_the_name_is_written_on_request_and_can_be_taken_back(tree: Tree) -> None:
    assert not tree.root.pyenv.exists()
    ran = tree.pyv("init", "--as-pyenv")
    undo = ran.err.partition("To undo: ")[2].strip()
    assert (ran.out, ran.code) == ("", 0)
    assert pyenv(tree, "--version") == Ran(out="pyenv 2.8.1\n", err="", code=0)
    assert tree.pyv("init", "--as-pyenv") == ran
    tree.run(["/bin/sh", "-c", undo], None, PATH="/usr/bin:/bin")
    assert sorted(os.listdir(tree.root.path)) == ["bin", "locks", "shims", "versions"]
    assert os.listdir(tree.root.path / "bin") == ["pyv"]
    tree.rehash()
    assert os.listdir(tree.root.path / "bin") == ["pyv"]


def test_a_rehash_keeps_it_up_to_date(tree: Tree) -> None:
    tree.pyv("init", "--as-pyenv")
    text = tree.root.pyenv.read_text(encoding="utf-8")
    tree.root.pyenv.write_text(text.replace(sys.executable, "/gone/python"), encoding="utf-8")
    assert pyenv(tree, "local").code == 127
    assert tree.pyv("rehash").code == 0
    assert tree.root.pyenv.read_text(encoding="utf-8") == text


def test_a_real_pyenv_is_left_alone(tree: Tree) -> None:
    write_program(tree.root.pyenv, "#!/usr/bin/env bash\n# somebody's\n")
    write_program(tree.root.libexec / "pyenv", "#!/usr/bin/env bash\n")
    ran = tree.pyv("init", "--as-pyenv")
    assert (ran.out, ran.code) == ("", 7)
    assert ran.err.startswith(f"pyv: {tree.root.pyenv} is another pyenv's\nhint: ")
    tree.rehash()
    assert "somebody's" in tree.root.pyenv.read_text(encoding="utf-8")
    assert os.listdir(tree.root.libexec) == ["pyenv"]


def test_its_root_is_pyenvs(tree: Tree) -> None:
    tree.pyv("init", "--as-pyenv")
    other = tree.base / "other"
    assert pyenv(tree, "root", PYENV_ROOT="").out == f"{tree.root.path}\n"
    assert pyenv(tree, "root", PYENV_ROOT=str(other)).out == f"{other}\n"
    assert pyenv(tree, "root", PYENV_ROOT=f"{other}/").out == f"{other}\n"
    assert pyenv(tree, "root", PYENV_ROOT="", PYV_ROOT=str(other)).out == f"{tree.root.path}\n"
    # by the name alone, without the launcher that knows the root it lies in
    link = tree.base / "pyenv"
    link.symlink_to(Path(sys.executable).with_name("pyv"))
    assert tree.run([str(link), "root"], None, PYENV_ROOT="").out == f"{tree.home}/.pyenv\n"
    assert tree.run([str(link), "root"], None, PYENV_ROOT=str(other)).out == f"{other}\n"


def test_words_are_pyenvs_without_hints(tree: Tree) -> None:
    tree.pyv("init", "--as-pyenv")
    assert pyenv(tree, "local", "9.9") == Ran(out="", err="pyenv: version `9.9' not installed\n", code=1)
    assert pyenv(tree, "mirror") == Ran(out="", err="pyenv: no such command `mirror'\n", code=1)
    assert pyenv(tree, "which", "nothing") == Ran(out="", err="pyenv: nothing: command not found\n", code=127)
    assert pyenv(tree, "exec") == Ran(out="", err="Usage: pyenv exec <command> [arg1 arg2...]\n", code=1)
    nothing = pyenv(tree)
    assert (nothing.out, nothing.code) == ("", 1)
    assert nothing.err.startswith("pyenv 2.8.1\nUsage: pyenv <command> [<args>]\n")
    assert pyenv(tree, "--help").out == nothing.err.partition("\n")[2]
    assert pyenv(tree, "--debug", "root").out == f"{tree.root.path}\n"
    tree.root.shims.chmod(0o500)
    try:
        denied = pyenv(tree, "rehash") if os.getuid() else Ran(out="", err="", code=1)
    finally:
        tree.root.shims.chmod(0o755)
    assert denied.code == 1


def test_every_help_speaks_of_pyenv(tree: Tree) -> None:
    tree.pyv("init", "--as-pyenv")
    for name in ("local", "exec", "init", "versions", "latest"):
        text = pyenv(tree, "help", name).out
        assert text.startswith("Usage: ")
        assert " pyv " not in text.replace("pyv never rehashes", "")
        assert text == pyenv(tree, name, "--help").out
    assert pyenv(tree, "help", "--usage", "shell").lines == [
        "Usage: pyenv shell <version>...",
        "       pyenv shell -",
        "       pyenv shell --unset",
    ]
    assert pyenv(tree, "help", "nothing") == Ran(out="", err="pyenv: no such command `nothing'\n", code=1)


def test_shims_and_pyenv_agree(tree: Tree) -> None:
    """What a person gets through a shim is what pyenv says."""
    tree.pyv("init", "--as-pyenv")
    tree.pin("3.12\n")
    said = pyenv(tree, "which", "python").out.strip()
    assert tree.shim("python").lines[0] == said == tree.binary("3.12.2", "python")
