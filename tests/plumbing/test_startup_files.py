"""`init --install` and `init --detect-shell`: the files a shell reads at its start."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.plumbing.startup_files import lines_for
from tests.selection.tree import Ran, Tree

FILES = {
    "bash": [".profile", ".bashrc"],
    "zsh": [".zprofile", ".zshrc"],
    "ksh": [".profile"],
    "fish": [".config/fish/config.fish"],
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def line_of(tree: Tree, shell: str) -> str:
    """The line: by way of the launcher, which starts at once."""
    program = f'"{tree.root.launcher}"'
    if shell == "fish":
        return f"test -x {program}; and {program} init - fish | source\n"
    return f'if [ -x {program} ]; then eval "$({program} init - {shell})"; fi\n'


def test_a_root_below_home_is_named_by_way_of_home(tree: Tree) -> None:
    ran = tree.pyv("init", "--install", "zsh", PYV_ROOT="")
    assert ran.code == 0
    program = '"$HOME/.pyv/bin/pyv"'
    expected = f'if [ -x {program} ]; then eval "$({program} init - zsh)"; fi\n'
    assert (tree.home / ".zshrc").read_text(encoding="utf-8") == expected
    assert tree.pyv("init", "zsh", PYV_ROOT="").err.splitlines()[2] == expected.rstrip()


@pytest.mark.parametrize("shell", FILES)
def test_the_lines_are_added_to_each_file(tree: Tree, shell: str) -> None:
    files = [tree.home / name for name in FILES[shell]]
    line = line_of(tree, shell)
    first = files[0]
    first.parent.mkdir(parents=True, exist_ok=True)
    first.write_text("# mine", encoding="utf-8")
    first.chmod(0o600)
    ran = tree.pyv("init", "--install", shell)
    told = [*(f"{path}: added the set-up of pyv" for path in files), "Start a new shell for it to take effect."]
    assert (ran.lines, ran.err, ran.code) == (told, "", 0)
    assert [path.read_text(encoding="utf-8") for path in files] == [f"# mine\n{line}", *([line] * (len(files) - 1))]
    assert first.stat().st_mode & 0o777 == 0o600
    again = tree.pyv("init", "--install", shell)
    assert (again.out, again.code) == ("", 1)
    assert again.err.startswith(
        f"pyv: cannot automatically apply changes to {first}: it appears to already contain Pyv-related code.\nhint: "
    )
    assert first.read_text(encoding="utf-8") == f"# mine\n{line}"


def test_one_that_refuses_leaves_all_as_they_were(tree: Tree) -> None:
    (tree.home / ".bashrc").write_text("# PyV is here\n", encoding="utf-8")
    assert tree.pyv("init", "--install", "bash").code == 1
    assert os.listdir(tree.home) == [".bashrc"]


@pytest.mark.parametrize("before", ["# mine\n", None])
def test_one_that_cannot_be_written_leaves_all_as_they_were(tree: Tree, before: str | None) -> None:
    profile = tree.home / ".profile"
    if before is not None:
        profile.write_text(before, encoding="utf-8")
    (tree.home / ".bashrc").symlink_to(f"../{'x' * 251}")  # a name that leaves no room for one beside it
    assert tree.pyv("init", "--install", "bash").code == 7
    assert sorted(os.listdir(tree.home)) == sorted([".bashrc", *([".profile"] if before is not None else [])])
    assert before is None or profile.read_text(encoding="utf-8") == before


def test_a_word_that_only_begins_so_is_no_set_up(tree: Tree) -> None:
    (tree.home / ".zshrc").write_text("find . -name pyvenv.cfg\n", encoding="utf-8")
    assert tree.pyv("init", "--install", "zsh").code == 0


def test_a_link_stays_one(tree: Tree) -> None:
    kept = tree.base / "dotfiles" / "zshrc"
    kept.parent.mkdir()
    kept.write_text("", encoding="utf-8")
    (tree.home / ".zshrc").symlink_to(kept)
    assert tree.pyv("init", "--install", "zsh").code == 0
    assert (tree.home / ".zshrc").is_symlink()
    assert kept.read_text(encoding="utf-8") == line_of(tree, "zsh")


def test_a_shell_nobody_knows_is_refused(tree: Tree) -> None:
    ran = tree.pyv("init", "--install", "tcsh")
    assert (ran.out, ran.code) == ("", 1)
    assert ran.err.startswith("pyv: cannot automatically configure startup files for tcsh\nhint: ")
    assert os.listdir(tree.home) == []


def test_what_is_added_works_in_a_new_shell(tree: Tree) -> None:
    tree.install("3.12.2")
    tree.rehash()
    assert tree.pyv("init", "--install", "bash").code == 0
    (tree.system / "pyv").symlink_to(tree.root.launcher)
    line = ["/bin/bash", "-i", "-c", "pyv shell 3.12.2; python x"]
    ran = tree.run(line, None, PATH=f"{tree.system}:/usr/bin:/bin")
    assert ran.lines == [tree.binary("3.12.2", "python"), "3.12.2", "<x>"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "sh", "fish"])
@pytest.mark.parametrize("place", ["home", "elsewhere"])
def test_an_odd_root_is_named_to_the_letter(tree: Tree, shell: str, place: str) -> None:
    root = tree.base / place / 'a$HOME`touch ran`$(touch ran)"q\\'
    environment = replace(tree.environment(PYENV_ROOT=str(root)), name="pyenv")
    first = lines_for(shell, environment).splitlines()[0]
    program = shutil.which(shell)
    assert program is not None
    assert tree.run([program, "-c", f"{first}\nprintenv PYENV_ROOT"], None, PATH="/usr/bin:/bin").out == f"{root}\n"
    assert not (tree.project / "ran").exists()


def test_detect_shell_names_the_files(tree: Tree) -> None:
    def told(shell: str, login: str, interactive: str) -> Ran:
        lines = f"PYENV_SHELL_DETECT={shell}\nPYENV_PROFILE_DETECT={login}\nPYENV_RC_DETECT={interactive}\n"
        return Ran(out=lines, err="", code=0)

    assert tree.pyv("init", "--detect-shell", "bash") == told("bash", "~/.profile", "~/.bashrc")
    (tree.home / ".bash_profile").write_text("", encoding="utf-8")
    assert tree.pyv("init", "--detect-shell", "bash") == told("bash", "~/.bash_profile", "~/.bashrc")
    assert tree.pyv("init", "--detect-shell", "/bin/zsh") == told("zsh", "~/.zprofile", "~/.zshrc")
    assert tree.pyv("init", "--detect-shell", "tcsh") == told("tcsh", "", "")
