"""`version`, `version-name`, `version-origin`, `version-file`, `local`, `global`, `prefix`, `root`: exact output."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.selection.tree import Ran, Tree, write_program


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    for name in ("3.11.7", "3.12.1", "3.12.2"):
        tree.install(name)
    tree.alias("3.12", "3.12.2")
    return tree


def missing(word: str, origin: object) -> str:
    return f"pyv: version `{word}' is not installed (set by {origin})\n"


def test_nothing_configured_is_the_system_set_by_the_global_file(tree: Tree) -> None:
    origin = f"{tree.root.path}/version"
    assert tree.pyv("version") == Ran(out=f"system (set by {origin})\n", err="", code=0)
    assert tree.pyv("version", "--bare") == Ran(out="system\n", err="", code=0)
    assert tree.pyv("version-name") == Ran(out="system\n", err="", code=0)
    assert tree.pyv("version-origin") == Ran(out=f"{origin}\n", err="", code=0)
    assert tree.pyv("version-file") == Ran(out=f"{origin}\n", err="", code=0)


def test_a_list_with_a_missing_version(tree: Tree) -> None:
    path = tree.pin("3.12\npython-3.99\n3.11.7\n")
    err = missing("python-3.99", path) + "hint: pyv install 3.99\n"
    out = f"3.12.2 (set by {path})\n3.11.7 (set by {path})\n"
    assert tree.pyv("version") == Ran(out=out, err=err, code=1)
    assert tree.pyv("version", "--bare") == Ran(out="3.12.2\n3.11.7\n", err=err, code=1)
    assert tree.pyv("version-name") == Ran(out="3.12.2:3.11.7\n", err=err, code=1)
    assert tree.pyv("version-name", "--force") == Ran(out="3.12.2:3.99:3.11.7\n", err="", code=0)
    assert tree.pyv("version-name", PYV_VERSION="9").err == (
        missing("9", "PYV_VERSION environment variable") + "hint: pyv install 9\n"
    )
    assert tree.pyv("version-name", PYENV_VERSION="9") == Ran(
        out="\n", err=missing("9", "PYENV_VERSION environment variable") + "hint: pyv install 9\n", code=1
    )


def test_ignored_words_are_told(tree: Tree) -> None:
    path = tree.pin("../..\n3.12.1\n")
    err = f"pyv: invalid version `../..' ignored in `{path}'\n"
    for command in ("version-name", "local"):
        assert tree.pyv(command) == Ran(out="3.12.1\n", err=err, code=0)
    assert tree.pyv("version-origin") == Ran(out=f"{path}\n", err="", code=0)
    assert tree.pyv("versions", "--bare").err == ""
    assert tree.pyv("versions").err == err


def test_version_file_of_another_directory(tree: Tree) -> None:
    path = tree.pin("3.12\n", tree.project.parent)
    assert tree.pyv("version-file", ".") == Ran(out=f"{path}\n", err="", code=0)
    assert tree.pyv("version-file", "../nowhere") == Ran(out=f"{path}\n", err="", code=0)
    assert tree.pyv("version-file", str(tree.home)) == Ran(out="", err="", code=1)


def test_local_writes_the_portable_form(tree: Tree) -> None:
    path = tree.project / ".python-version"
    assert tree.pyv("local", "3.12", "3.11.7:system") == Ran(
        out="", err="pyv: system version not found in PATH\nhint: select a version: pyv versions\n", code=1
    )
    assert not path.exists()
    write_program(tree.system / "python3")
    assert tree.pyv("local", "3.12", "3.11.7:system") == Ran(out="", err="", code=0)
    assert path.read_bytes() == b"3.12\n3.11.7\nsystem\n"
    assert tree.pyv("local") == Ran(out="3.12\n3.11.7\nsystem\n", err="", code=0)
    assert tree.pyv("version-name").out == "3.12.2:3.11.7:system\n"
    assert tree.pyv("local", "3.14") == Ran(
        out="", err="pyv: version `3.14' not installed\nhint: pyv install 3.14\n", code=1
    )
    assert path.read_bytes() == b"3.12\n3.11.7\nsystem\n"
    for option in ("-f", "--force"):
        assert tree.pyv("local", option, "3.14") == Ran(out="", err="", code=0)
        assert path.read_bytes() == b"3.14\n"
    assert sorted(os.listdir(tree.project)) == [".python-version"]


def test_local_keeps_links_and_modes(tree: Tree) -> None:
    target = tree.home / "shared"
    target.write_text("3.11.7\n", encoding="utf-8")
    target.chmod(0o600)
    (tree.project / ".python-version").symlink_to("../../home/shared")
    assert tree.pyv("local", "3.12.1").code == 0
    assert (tree.project / ".python-version").is_symlink()
    assert target.read_bytes() == b"3.12.1\n"
    assert target.stat().st_mode & 0o777 == 0o600


def test_local_refuses_what_could_not_be_read_back(tree: Tree) -> None:
    for word in ("", "#x", "a b", "a\nb", ":"):
        ran = tree.pyv("local", "-f", word)
        assert (ran.code, ran.out) == (1, ""), word
        assert ran.err.startswith("pyv: invalid version `"), word
        assert not (tree.project / ".python-version").exists()


def test_local_shows_the_nearest_file_and_nothing_else(tree: Tree) -> None:
    tree.root.global_pin.write_text("3.11.7\n", encoding="utf-8")
    nowhere = "pyv: no local version configured for this directory\nhint: set one: pyv local 3.12\n"
    assert tree.pyv("local", PYV_VERSION="3.12") == Ran(out="", err=nowhere, code=1)
    path = tree.pin("# empty\n", tree.project.parent)
    assert tree.pyv("local") == Ran(out="", err=f"pyv: no version in {path}\nhint: write one: pyv local 3.12\n", code=1)
    path.write_text("3.99 # soon\n", encoding="utf-8")
    assert tree.pyv("local") == Ran(out="3.99\n", err="", code=0)


def test_local_unset_is_about_this_directory(tree: Tree) -> None:
    above = tree.pin("3.11.7\n", tree.project.parent)
    here = tree.pin("3.12\n")
    for _ in range(2):
        assert tree.pyv("local", "--unset") == Ran(out="", err="", code=0)
        assert above.exists()
        assert not here.exists()


def test_global_is_the_file_of_the_root(tree: Tree) -> None:
    tree.pin("3.11.7\n")
    assert tree.pyv("global", PYV_VERSION="3.12") == Ran(out="system\n", err="", code=0)
    (tree.root.path / "default").write_text("3.11.7\n", encoding="utf-8")
    assert tree.pyv("global").out == "3.11.7\n"
    assert tree.pyv("global", "3.12", "3.11") == Ran(out="", err="", code=0)
    assert tree.root.global_pin.read_bytes() == b"3.12\n3.11\n"
    assert tree.pyv("global").out == "3.12\n3.11\n"
    assert tree.pyv("global", "3.99").err == "pyv: version `3.99' not installed\nhint: pyv install 3.99\n"
    assert tree.pyv("global", "-f", "3.99").code == 0
    assert tree.root.global_pin.read_bytes() == b"3.99\n"


def test_global_makes_the_root(tree: Tree) -> None:
    root = tree.base / "new" / "root"
    assert tree.pyv("global", "--force", "3.12", PYV_ROOT=str(root)) == Ran(out="", err="", code=0)
    assert (root / "version").read_bytes() == b"3.12\n"


def test_prefix(tree: Tree) -> None:
    versions = tree.root.versions
    tree.pin("3.12\n3.11\n")
    assert tree.pyv("prefix") == Ran(out=f"{versions}/3.12.2:{versions}/3.11.7\n", err="", code=0)
    assert tree.pyv("prefix", "3.12.1", "3:3.12") == Ran(
        out=f"{versions}/3.12.1:{versions}/3.12.2:{versions}/3.12.2\n", err="", code=0
    )
    not_there = Ran(out="", err="pyv: version `3.9' not installed\nhint: pyv install 3.9\n", code=1)
    assert tree.pyv("prefix", "3.12", "3.9") == not_there
    assert tree.pyv("prefix", PYENV_VERSION="3.9") == not_there
    path = tree.pin("3.9\n")
    assert tree.pyv("prefix") == Ran(out="", err=missing("3.9", path) + "hint: pyv install 3.9\n", code=1)


def test_prefix_of_the_system(tree: Tree) -> None:
    assert tree.pyv("prefix", "system").err.startswith("pyv: system version not found in PATH\n")
    for place in ("usr/bin", "usr/sbin"):
        program = write_program(tree.base / place / "python2")
        assert tree.pyv("prefix", "system", PATH=str(program.parent)).out == f"{tree.base}/usr\n"
    (tree.base / "bare").mkdir()
    program = write_program(tree.base / "bare" / "python")
    assert tree.pyv("prefix", "system", PATH=str(program.parent)).out == f"{tree.base}/bare\n"


def test_root(tree: Tree) -> None:
    assert tree.pyv("root") == Ran(out=f"{tree.root.path}\n", err="", code=0)
    assert tree.pyv("root", PYV_ROOT=f"{tree.root.path}/").out == f"{tree.root.path}\n"
    assert tree.pyv("root", PYV_ROOT="").out == f"{tree.home}/.pyv\n"
