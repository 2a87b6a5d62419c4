"""`eval "$(pyv init - SHELL)"` in the shells of this machine: `shell`, `rehash` and completion work there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.selection.tree import Ran, Tree, write_program

POSIX = ["bash", "zsh", "dash", "ksh"]
SHELLS = [name for name in (*POSIX, "fish") if shutil.which(name)]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, "a root")
    for version in ("3.12.2", "3.11.7"):
        tree.install(version, "python", "python3", version)
    tree.alias("3.12", "3.12.2")
    tree.rehash()
    (tree.system / "pyv").symlink_to(tree.root.launcher)
    return tree


def typed(tree: Tree, shell: str, script: str, *flags: str, **variables: str) -> Ran:
    """Run lines in a shell that was set up."""
    program = shutil.which(shell)
    assert program is not None
    quiet = {"zsh": ["-f"], "bash": ["--norc"], "fish": ["--no-config"]}.get(shell, [])
    code = tree.pyv("init", "-", *flags, shell).out
    path = f"{tree.system}:/usr/bin:/bin"
    return tree.run([program, *quiet, "-c", f"{code}\n{script}"], None, PATH=path, **variables)


def test_the_shells_are_here() -> None:
    assert set(SHELLS) >= {"bash", "zsh", "fish"}


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_sets_shows_swaps_and_unsets(tree: Tree, shell: str) -> None:
    script = """\
pyv shell 3.12
pyv shell
python
pyv shell 3.11.7 3.12
pyv shell
pyv shell -
pyv shell
pyv shell --unset
pyv version-name
pyv shell -
pyv shell
"""
    ran = typed(tree, shell, script)
    assert (ran.err, ran.code) == ("", 0)
    binary = tree.binary("3.12.2", "python")
    assert ran.lines == ["3.12", binary, "3.12.2", "3.11.7:3.12", "3.12", "system", "3.12"]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_not_installed_changes_nothing_and_fails(tree: Tree, shell: str) -> None:
    failed = "or echo failed" if shell == "fish" else "|| echo failed"
    ran = typed(tree, shell, f"pyv shell 3.12\npyv shell 9.9 {failed}\npyv shell\npyv shell --unset\npyv shell -")
    assert ran.lines == ["failed", "3.12"] if shell != "fish" else ran.lines[-1:] == ["3.12"]
    assert ran.err == "pyv: version `9.9' not installed\nhint: pyv install 9.9\n"
    ran = typed(tree, shell, "pyv shell -")
    assert (ran.out, ran.err) == ("", "pyv: PYENV_VERSION_OLD is not set\n")
    assert ran.code == 1
    ran = typed(tree, shell, "pyv shell")
    assert ran.err == "pyv: no shell-specific version configured\nhint: set one: pyv shell 3.12\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_words_and_status_go_through_untouched(tree: Tree, shell: str) -> None:
    write_program(tree.system / "tool", '#!/bin/sh\nfor each do echo "<$each>"; done\nexit 7\n')
    ran = typed(tree, shell, "pyv exec tool 'a b' '' -- --help '$x'")
    assert (ran.lines, ran.code) == (["<a b>", "<>", "<-->", "<--help>", "<$x>"], 7)


@pytest.mark.parametrize("shell", SHELLS)
def test_rehash_makes_new_programs_known(tree: Tree, shell: str) -> None:
    write_program(tree.root.versions / "3.12.2/bin/black")
    ran = typed(tree, shell, "pyv rehash\nblack x", PYENV_VERSION="3.12")
    assert ran.lines == [tree.binary("3.12.2", "black"), "3.12.2", "<x>"]


def test_bash_completes(tree: Tree) -> None:
    ask = 'COMP_WORDS=({words}); COMP_CWORD={at}; _pyv_complete; echo "${{COMPREPLY[*]}}"\n'
    script = (
        ask.format(words="pyv version-o", at=1)
        + ask.format(words="pyv local 3.1", at=2)
        + ask.format(words="pyv exec pytho", at=2)
        + ask.format(words='pyv local 3.12 ""', at=3)
    )
    assert typed(tree, "bash", script).lines == [
        "version-origin",
        "3.11.7 3.12.2",
        "python python3",
        "--help --unset system 3.11.7 3.12.2",
    ]


def test_bash_evaluates_no_word_it_completes(tree: Tree) -> None:
    for name in ("3.9-$(touch ran)", "3.9-`touch ran`", "3.9-*"):
        (tree.root.versions / name).mkdir()
    script = 'COMP_WORDS=(pyv local 3.9); COMP_CWORD=2; _pyv_complete; printf "<%s>" "${COMPREPLY[@]}"\n'
    assert typed(tree, "bash", script).out == "<3.9-$(touch><3.9-*><3.9-`touch>"
    assert not (tree.project / "ran").exists()


def test_zsh_completes(tree: Tree) -> None:
    ask = "CURRENT={at}; words=({words}); compadd() {{ print -r -- ${{(P)2}} }}; _pyv_complete\n"
    script = ask.format(at=3, words="pyv local ''") + ask.format(at=3, words="pyv shims ''")
    assert typed(tree, "zsh", script).lines == ["--help --unset system 3.11.7 3.12.2", "--help --short"]
    assert "version-origin" in typed(tree, "zsh", ask.format(at=2, words="pyv v")).out.split()
    # with completion on, the function is registered under its command
    ran = tree.run(
        [
            shutil.which("zsh") or "zsh",
            *("-f", "-c"),
            f"autoload -Uz compinit; compinit -D -u; {tree.pyv('init', '-', 'zsh').out}; print ${{_comps[pyv]}}",
        ],
        None,
        PATH=f"{tree.system}:/usr/bin:/bin",
    )
    assert ran.lines == ["_pyv_complete"]


def test_fish_completes(tree: Tree) -> None:
    script = 'complete -C "pyv local 3.1"; complete -C "pyv version-o"; complete -C "pyv shims --"\n'
    assert typed(tree, "fish", script).lines == ["3.11.7", "3.12.2", "version-origin", "--help", "--short"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_lines_pyenv_users_have_keep_working(tree: Tree, shell: str) -> None:
    """PYENV_ROOT, `$PYENV_ROOT/bin` on PATH, `pyenv init -`: unchanged, with `bin/pyenv` of pyv's."""
    assert tree.pyv("init", "--as-pyenv").code == 0
    program = shutil.which(shell)
    assert program is not None
    quiet = {"zsh": ["-f"], "bash": ["--norc"], "fish": ["--no-config"]}.get(shell, [])
    start = "pyenv init - fish | source\n" if shell == "fish" else f'eval "$(pyenv init - {shell})"\n'
    script = f"{start}pyenv shell 3.11.7\npyenv version-name\npython x\npyenv shell --unset\npyenv shell 9.9\n"
    root = str(tree.root.path)
    path = f"{root}/bin:/usr/bin:/bin"
    ran = tree.run([program, *quiet, "-c", script], None, PATH=path, PYENV_ROOT=root, PYV_ROOT="")
    assert ran.lines == ["3.11.7", tree.binary("3.11.7", "python"), "3.11.7", "<x>"]
    assert ran.err == "pyenv: version `9.9' not installed\n"
