"""`versions` and `which`: exact output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.selection.tree import Ran, Tree, write_program


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    for name in ("3.9.18", "3.12.1", "3.12.10"):
        tree.install(name)
    (tree.root.versions / "3.12.10/envs/web/bin").mkdir(parents=True)
    store = tree.root.store / "cpython-3.11.7-abc"
    (store / "bin").mkdir(parents=True)
    write_program(store / "bin" / "only-here")
    (tree.root.versions / "3.11.7").symlink_to("../store/cpython-3.11.7-abc")
    tree.alias("3.12", "3.12.10")
    (tree.root.versions / "work").symlink_to("3.12.1")
    (tree.root.versions / "web").symlink_to("3.12.10/envs/web")
    (tree.base / "outside").mkdir()
    (tree.root.versions / "outside").symlink_to(tree.base / "outside")
    (tree.root.versions / "notes.txt").write_text("", encoding="utf-8")
    return tree


def test_versions_as_pyenv_lists_them(tree: Tree) -> None:
    path = tree.pin("3.12\n3.11.7\n9.9\n")
    err = f"pyv: version `9.9' is not installed (set by {path})\n"
    lines = [
        "  3.9.18",
        f"* 3.11.7 (set by {path})",
        "  3.12.1",
        f"* 3.12.10 (set by {path})",
        "  3.12.10/envs/web",
        f"  outside --> {tree.base}/outside",
        "  web --> 3.12.10/envs/web",
        "  work --> 3.12.1",
    ]
    assert tree.pyv("versions") == Ran(out="\n".join(lines) + "\n", err=err, code=0)
    write_program(tree.system / "python3")
    assert tree.pyv("versions").lines == ["  system", *lines]
    with_alias = tree.pyv("versions", "--aliases").lines
    assert with_alias == ["  system", *lines[:2], "  3.12 --> 3.12.10", *lines[2:]]


def test_versions_bare(tree: Tree) -> None:
    bare = ["3.9.18", "3.11.7", "3.12.1", "3.12.10", "3.12.10/envs/web", "outside", "web", "work"]
    assert tree.pyv("versions", "--bare") == Ran(out="\n".join(bare) + "\n", err="", code=0)
    assert tree.pyv("versions", "--bare", "--skip-envs").lines == [name for name in bare if "envs" not in name]
    without = tree.pyv("versions", "--skip-aliases", "--bare").lines
    assert without == ["3.9.18", "3.11.7", "3.12.1", "3.12.10", "3.12.10/envs/web", "outside"]


def test_the_system_is_marked_when_it_is_selected(tree: Tree) -> None:
    write_program(tree.system / "python2")
    assert tree.pyv("versions").lines[0] == f"* system (set by {tree.root.path}/version)"


def test_versions_as_json(tree: Tree) -> None:
    ran = tree.pyv("versions", "--json", "--aliases", "--skip-envs", PYV_VERSION="3.12:8")
    document = json.loads(ran.out)
    assert (ran.err, ran.code) == ("", 0)
    entries = {entry["name"]: entry for entry in document.pop("versions")}
    assert document == {
        "schema": 1,
        "origin": "PYV_VERSION environment variable",
        "selected": ["3.12.10"],
        "missing": ["8"],
    }
    assert list(entries) == ["3.9.18", "3.11.7", "3.12", "3.12.1", "3.12.10", "outside", "web", "work"]
    versions = str(tree.root.versions)
    assert entries["3.12"] == {
        "name": "3.12",
        "path": f"{versions}/3.12",
        "link": "3.12.10",
        "managed": True,
        "active": False,
    }
    assert entries["3.12.10"] == {
        "name": "3.12.10",
        "path": f"{versions}/3.12.10",
        "link": None,
        "managed": False,
        "active": True,
    }


def test_nothing_at_all_is_a_warning(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    assert tree.pyv("versions") == Ran(out="", err="Warning: no Python detected on the system\n", code=1)
    assert tree.pyv("versions", "--bare") == Ran(out="", err="", code=0)


def test_which_prints_the_path_through_the_versions_tree(tree: Tree) -> None:
    tree.pin("3.12\n3.11.7\n")
    assert tree.pyv("which", "python") == Ran(out=f"{tree.binary('3.12.10', 'python')}\n", err="", code=0)
    assert tree.pyv("which", "only-here").lines == [tree.binary("3.11.7", "only-here")]
    tool = write_program(tree.system / "tool")
    assert tree.pyv("which", "tool").lines == [str(tool)]
    assert tree.pyv("which", "--nosystem", "tool") == Ran(out="", err="pyv: tool: command not found\n", code=127)
    write_program(tree.project / "local-tool")
    assert tree.pyv("which", "./local-tool").lines == ["./local-tool"]


def test_which_says_who_else_has_the_command(tree: Tree) -> None:
    path = tree.pin("3.99\npython-4\n3.12.1\n")
    first = (
        f"pyv: version `3.99' is not installed (set by {path})\n"
        f"pyv: version `4' is not installed (set by {path})\n"
        "pyv: only-here: command not found\n"
    )
    advice = (
        "\nThe `only-here' command exists in these Python versions:\n  3.11.7\n\n"
        "Note: See 'pyv global --help' for tips on allowing multiple\n"
        "      Python versions to be found at the same time.\n"
    )
    hint = "hint: pyv install 3.99 4\n"
    assert tree.pyv("which", "only-here") == Ran(out="", err=first + advice + hint, code=127)
    assert tree.pyv("which", "only-here", "--skip-advice") == Ran(out="", err=first + hint, code=127)
    assert tree.pyv("exec", "only-here").err == first + advice + hint


def test_which_in_strict_mode(tree: Tree) -> None:
    path = tree.pin("3.99\n3.12.1\n")
    assert tree.pyv("which", "python").code == 0
    err = f"pyv: version `3.99' is not installed (set by {path})\nhint: pyv install 3.99\n"
    assert tree.pyv("which", "python", PYV_STRICT="1") == Ran(out="", err=err, code=127)
