"""`exec`: what is started, in which environment; and which command lines are pip's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyv.selection.exec import changes_programs
from tests.selection.tree import Tree, write_program


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    tree.install("3.12.2")
    tree.install("3.11.7", "python", "old")
    tree.alias("3.12", "3.12.2")
    write_program(tree.system / "python3")
    write_program(tree.system / "tool")
    return tree


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("pip install x", True),
        ("pip3 -q uninstall x", True),
        ("pip3.12 install", True),
        ("pip list", False),
        ("pipx install x", False),
        ("pip-compile install", False),
        ("python -m pip install x", True),
        ("python3.13t -I -W ignore -X dev -m pip install x", True),
        ("python -Im pip uninstall x", True),
        ("python -mpip install x", True),
        ("python --check-hash-based-pycs always -m pip install", True),
        ("python -m pip list", False),
        ("python -m pip", False),
        ("python -m", False),
        ("python -m venv install", False),
        ("python script -m pip install", False),
        ("python -c -m pip install", False),
        ("python -Wmpip install", False),
        ("python - -m pip install", False),
        ("python-config -m pip install", False),
    ],
)
def test_which_command_lines_change_programs(line: str, changes: bool) -> None:
    command, *arguments = line.split()
    assert changes_programs(command, arguments) is changes


def test_arguments_go_through_verbatim(tree: Tree) -> None:
    ran = tree.pyv("exec", "python3", "--help", "", "a  b", "--", "-w", "*", "\udcff", PYV_VERSION="3.12")
    assert ran.lines == [
        *(tree.binary("3.12.2"), "3.12.2"),
        *("<--help>", "<>", "<a  b>", "<-->", "<-w>", "<*>", "<\udcff>"),
    ]
    assert (ran.err, ran.code) == ("", 0)


def test_the_environment_is_pyenvs_and_no_more(tree: Tree) -> None:
    write_program(
        tree.root.versions / "3.12.2/bin/python3", f"#!{sys.executable} -I\nimport os\nprint(dict(os.environ))\n"
    )
    ran = tree.pyv("exec", "python3", PYENV_VERSION="3.12:9.9:python-8")
    expected = tree.variables | {
        "PYENV_VERSION": "3.12.2:9.9:8",
        "PATH": f"{tree.root.versions}/3.12.2/bin:{tree.variables['PATH']}",
    }
    seen = eval(ran.out)  # a dict the test's own program printed
    assert seen == expected
    write_program(tree.system / "tool", f"#!{sys.executable} -I\nimport os\nprint(dict(os.environ))\n")
    seen = eval(tree.pyv("exec", "tool", PYV_ROOT=f"{tree.root.path}/").out)
    guard = seen.pop("_PYV_GUARD")
    assert guard.isdigit()
    assert seen == tree.variables | {"PYENV_VERSION": "system"}


def test_exit_status_and_missing_programs(tree: Tree) -> None:
    write_program(tree.root.versions / "3.12.2/bin/fails", "#!/bin/sh\nexit 42\n")
    assert tree.pyv("exec", "fails", PYV_VERSION="3.12").code == 42
    write_program(tree.root.versions / "3.12.2/bin/foreign", "#!/no/such/interpreter\n")
    ran = tree.pyv("exec", "foreign", PYV_VERSION="3.12")
    assert ran.code == 126
    assert ran.err == (
        f"pyv: cannot execute {tree.binary('3.12.2', 'foreign')}: no such file or directory\n"
        "hint: the file is damaged, or built for another kind of machine\n"
    )
    ran = tree.pyv("exec", "nothing", PYV_VERSION="3.12")
    assert (ran.out, ran.err, ran.code) == ("", "pyv: nothing: command not found\n", 127)


def test_a_missing_version_falls_through_silently_unless_strict(tree: Tree) -> None:
    path = tree.pin("3.99\n3.12\n")
    assert tree.pyv("exec", "tool").lines == [f"{tree.system}/tool", "3.99:3.12.2"]
    assert tree.pyv("exec", "tool", PYV_STRICT="0").code == 0
    ran = tree.pyv("exec", "tool", PYV_STRICT="1")
    assert (ran.out, ran.code) == ("", 127)
    assert ran.err == f"pyv: version `3.99' is not installed (set by {path})\nhint: pyv install 3.99\n"
    tree.rehash()
    assert tree.shim("python3").lines == [tree.binary("3.12.2"), "3.99:3.12.2"]
    strict = tree.shim("python3", PYV_STRICT="1")
    assert (strict.out, strict.err, strict.code) == ("", ran.err, 127)
    tree.pin("3.12\n")
    assert tree.shim("python3", PYV_STRICT="1").lines == [tree.binary("3.12.2"), "3.12.2"]


def test_a_directory_is_no_program(tree: Tree) -> None:
    (tree.root.versions / "3.12.2/bin/tool").mkdir()
    assert tree.pyv("exec", "tool", PYV_VERSION="3.12").lines == [f"{tree.system}/tool", "3.12.2"]


def test_a_command_with_a_slash_is_a_path(tree: Tree) -> None:
    write_program(tree.project / "run")
    assert tree.pyv("exec", "./run", PYV_VERSION="3.12").lines == ["./run", "3.12.2"]
    assert tree.pyv("exec", "./python3", PYV_VERSION="3.12").code == 127
