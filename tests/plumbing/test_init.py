"""`init`: evaluated by the shells of this machine, with nothing else on PATH."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pyv.plumbing.init import detect_shell
from tests.selection.tree import Ran, Tree

ODD_ROOT = 'ro\'ot $HOME `x` "q" \\ *'
POSIX = ["sh", *(name for name in ("bash", "zsh", "dash", "ksh", "mksh") if shutil.which(name))]
REPORT = 'echo "$PATH"; echo "${PYENV_ROOT-unset}"; echo "$PYENV_SHELL"; echo "${PYV_ROOT-unset}"; set\n'


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path, ODD_ROOT)


def evaluated(tree: Tree, shell: str, code: str, **variables: str) -> list[str]:
    """PATH, PYENV_ROOT, PYENV_SHELL, PYV_ROOT after the code ran twice; then what `set` prints."""
    program = shutil.which(shell)
    assert program is not None
    plain = {"zsh": ["-f"], "bash": ["--norc"]}.get(shell, [])
    script = f"set -eu\n{code}{code}set +u\n{REPORT}"
    ran = tree.run([program, *plain, "-c", script], None, **variables)
    assert (ran.err, ran.code) == ("", 0)
    return ran.lines


@pytest.mark.parametrize("shell", POSIX)
def test_the_shims_come_first_once_and_nothing_else_changes(tree: Tree, shell: str) -> None:
    shims = str(tree.root.shims)
    code = tree.pyv("init", "-", shell).out
    for before, after in (
        ("/a:/b", f"{shims}:/a:/b"),
        (f"/a:{shims}:/b:{shims}:{shims}", f"{shims}:/a:/b"),
        (shims, shims),
        (f":/a:{shims}", f"{shims}::/a"),
        (f"{shims}x:/{shims}", f"{shims}:{shims}x:/{shims}"),
    ):
        lines = evaluated(tree, shell, code, PATH=before)
        assert lines[:4] == [after, str(tree.root.path), shell, str(tree.root.path)]
        assert not any(line.startswith(("_pyv_path=", "_pyv_shims=")) for line in lines)


@pytest.mark.parametrize("shell", POSIX)
def test_the_launcher_follows_the_shims(tree: Tree, shell: str) -> None:
    tree.rehash()
    first = f"{tree.root.shims}:{tree.root.launcher.parent}"
    code = tree.pyv("init", "-", shell).out
    for before in ("/a:/b", f"/a:{first}:/b", f"{tree.root.launcher.parent}:/a:/b"):
        assert evaluated(tree, shell, code, PATH=before)[0] == f"{first}:/a:/b"
    path_only = tree.pyv("init", "--path", shell).out
    assert evaluated(tree, shell, path_only, PATH="/a", PYENV_SHELL="")[0] == f"{first}:/a"


@pytest.mark.parametrize("shell", POSIX)
def test_no_push_path_leaves_shims_where_they_are(tree: Tree, shell: str) -> None:
    shims = str(tree.root.shims)
    code = tree.pyv("init", "--path", "--no-push-path", "--no-rehash", shell).out
    for before, after in (("/a", f"{shims}:/a"), (f"/a:{shims}:/b", f"/a:{shims}:/b")):
        assert evaluated(tree, shell, code, PATH=before)[0] == after


@pytest.mark.parametrize("shell", POSIX)
def test_pyenv_root_is_set_only_where_there_is_no_pyenv(tree: Tree, shell: str) -> None:
    code = tree.pyv("init", "-", shell).out
    assert evaluated(tree, shell, code, PYENV_ROOT="/mine")[1] == "/mine"
    (tree.home / ".pyenv").mkdir()
    assert evaluated(tree, shell, code)[1] == "unset"


@pytest.mark.parametrize("shell", [*POSIX, "fish"])
def test_pyenv_root_is_set_where_pyvs_root_is_in_the_place_of_pyenv(tree: Tree, shell: str) -> None:
    program, root = shutil.which(shell), str(tree.home / ".pyenv")
    code = tree.pyv("init", "-", shell, PYV_ROOT=root).out
    assert Path(root, "versions").is_dir()
    if program is not None:
        assert tree.run([program, "-c", f'{code}echo "$PYENV_ROOT"'], None).out == f"{root}\n"


def test_fish_gets_fish(tree: Tree) -> None:
    root = str(tree.root.path).replace("\\", "\\\\").replace("'", "\\'")
    assert tree.pyv("init", "-", "fish") == Ran(
        out=(
            f"set -l _pyv_shims '{root}/shims'\n"
            "while set -l _pyv_at (contains -i -- $_pyv_shims $PATH)\n"
            "  set -e PATH[$_pyv_at]\n"
            "end\n"
            "set -gx PATH $_pyv_shims $PATH\n"
            f"set -gx PYV_ROOT '{root}'\n"
            "set -gx PYENV_SHELL fish\n"
            f'if test -z "$PYENV_ROOT"; and begin; not test -e "$HOME/.pyenv"; or test \'{root}\' = "$HOME/.pyenv"; end\n'
            f"  set -gx PYENV_ROOT '{root}'\n"
            "end\n"
            "function pyv\n"
            '  switch "$argv[1]"\n'
            "    case rehash shell\n"
            '      set argv[1] "sh-$argv[1]"\n'
            "      eval (command pyv $argv | string collect)\n"
            "    case '*'\n"
            "      command pyv $argv\n"
            "  end\n"
            "end\n"
            "function _pyv_complete\n"
            "  set -l words (commandline -opc)\n"
            "  set -e words[1]\n"
            "  if test (count $words) -eq 0\n"
            "    command pyv commands\n"
            "  else\n"
            "    command pyv completions $words\n"
            "  end\n"
            "end\n"
            "complete -f -c pyv -a '(_pyv_complete)'\n"
        ),
        err="",
        code=0,
    )
    assert tree.pyv("init", "--path", "--no-push-path", "fish").lines == [
        f"set -l _pyv_shims '{root}/shims'",
        "contains -- $_pyv_shims $PATH; or set -gx PATH $_pyv_shims $PATH",
    ]


def test_fish_understands_it(tree: Tree) -> None:
    """Where there is a fish; the text itself is fixed above."""
    fish = shutil.which("fish")
    shims = str(tree.root.shims)
    code = tree.pyv("init", "-", "fish").out
    once = tree.pyv("init", "--path", "--no-push-path", "fish").out
    for script, before, after in (
        (code, f"/a:{shims}:/b:{shims}", f"{shims}:/a:/b"),
        (once, f"/a:{shims}", f"/a:{shims}"),
        (once, "/a", f"{shims}:/a"),
    ):
        report = 'string join : -- $PATH; echo "$PYENV_ROOT"'
        line = [fish, "--no-config", "-c", f"{script}{script}{report}"] if fish else ["/bin/sh", "-c", ":"]
        ran = tree.run(line, PATH=before)
        assert (ran.err, ran.code) == ("", 0)
        if fish:
            assert ran.lines == [after, str(tree.root.path) if script is code else ""]


def test_it_makes_the_directories_but_no_shims(tree: Tree) -> None:
    root = tree.base / "new"
    assert tree.pyv("init", "-", "bash", PYV_ROOT=str(root)).code == 0
    assert sorted(path.name for path in root.iterdir()) == ["shims", "versions"]
    assert not any((root / "shims").iterdir())


def test_a_default_root_is_not_named_to_the_shell(tree: Tree) -> None:
    assert "PYV_ROOT" not in tree.pyv("init", "-", "bash", PYV_ROOT="").out


def test_without_a_mode_it_says_what_to_do(tree: Tree) -> None:
    for shell, place, line in (
        ("bash", "~/.bashrc", 'eval "$(pyv init - bash)"'),
        ("zsh", "~/.zshrc", 'eval "$(pyv init - zsh)"'),
        ("fish", "~/.config/fish/config.fish", "pyv init - fish | source"),
        ("ksh", "~/.profile", 'eval "$(pyv init - ksh)"'),
    ):
        err = (
            f"# Put this line at the end of {place}, then start a new shell:\n\n{line}\n\n"
            f"# Or let pyv do it: pyv init --install {shell}\n"
        )
        assert tree.pyv("init", shell) == Ran(out="", err=err, code=1)


def test_the_shell_that_asks_is_found(tree: Tree) -> None:
    tree.rehash()
    line = f'eval "$("{tree.base}/launcher" init -)"; echo "$PYENV_SHELL"'
    (tree.base / "launcher").symlink_to(tree.root.launcher)
    bash = shutil.which("bash") or "/bin/sh"
    assert tree.run([bash, "-c", line], SHELL="/bin/other").lines == [Path(bash).name]
    # the parent of this process is no shell, or one whose name ends like one
    assert detect_shell(tree.environment(SHELL="/opt/zsh-5.9")).endswith("sh")
