"""Plugins: programs called `pyenv-NAME` or `pyv-NAME` are commands, of pyv and of pyv called pyenv."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.plumbing import plugins
from tests.selection.tree import Ran, Tree, write_program

HELLO = """\
#!/bin/sh
# Summary: Say hello
#
# Usage: pyenv hello [--loud] NAME
#        pyenv hello --quiet
#
# Says hello to NAME,
#   and indents.
#
# provide pyenv completions
set -e
# not a part of the help
if [ "$1" = --complete ]; then shift; echo "--loud"; echo "after:$*"; exit 0; fi
for each do echo "<$each>"; done
echo "$PYENV_ROOT|$PYENV_DIR"
exit 7
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, "a root")
    tree.install("3.12.2")
    return tree


@pytest.fixture(params=["pyv", "pyenv"])
def name(request: pytest.FixtureRequest, tree: Tree) -> str:
    """What pyv is called."""
    called: str = request.param
    if called == "pyenv":
        assert tree.pyv("init", "--as-pyenv").code == 0
    else:
        tree.rehash()
    return called


def call(tree: Tree, name: str, *arguments: str, **variables: str) -> Ran:
    given = {"PATH": f"{tree.system}:/usr/bin:/bin", "PYENV_ROOT": str(tree.root.path), **variables}
    return tree.run([str(tree.root.path / "bin" / name), *arguments], None, **given)


def test_one_on_path_gets_the_words_and_gives_its_status(tree: Tree, name: str) -> None:
    write_program(tree.system / "pyenv-hello", HELLO)
    ran = call(tree, name, "hello", "a b", "", "--", "-h", "--help")
    assert ran.lines == ["<a b>", "<>", "<-->", "<-h>", "<--help>", f"{tree.root.path}|{tree.project}"]
    assert (ran.err, ran.code) == ("", 7)
    assert call(tree, name, "hello", PYENV_DIR=str(tree.home)).lines == [f"{tree.root.path}|{tree.home}"]


def test_those_below_the_root_come_first_and_own_commands_before_all(tree: Tree, name: str) -> None:
    write_program(tree.system / "pyenv-which", "#!/bin/sh\necho never\n")
    write_program(tree.system / "pyenv-hello", "#!/bin/sh\necho path\n")
    assert call(tree, name, "hello").out == "path\n"
    write_program(tree.root.path / "plugins" / "one" / "bin" / "pyenv-hello", "#!/bin/sh\necho plugin\n")
    assert call(tree, name, "hello").out == "plugin\n"
    assert call(tree, name, "root").out == f"{tree.root.path}\n"
    assert "never" not in call(tree, name, "which", "python", PYENV_VERSION="3.12.2").out


def test_own_plugins_are_not_pyenvs(tree: Tree, name: str) -> None:
    write_program(tree.system / "pyv-mine", "#!/bin/sh\necho mine\n")
    ran = call(tree, name, "mine")
    if name == "pyv":
        assert ran == Ran(out="mine\n", err="", code=0)
    else:
        assert ran == Ran(out="", err="pyenv: no such command `mine'\n", code=1)


def test_what_is_no_program_is_no_command(tree: Tree, name: str) -> None:
    (tree.system / "pyenv-data").write_text("text", encoding="utf-8")
    (tree.system / "pyenv-folder").mkdir()
    for word in ("data", "folder", "../system/pyenv-x"):
        assert call(tree, name, word).code != 0
        assert word not in call(tree, name, "commands").lines


def test_one_that_cannot_be_executed_is_an_error_and_no_traceback(tree: Tree, name: str) -> None:
    write_program(tree.system / "pyenv-broken", "#!/nowhere/at/all\n")
    ran = call(tree, name, "broken")
    assert ran.code == 126
    assert ran.err.startswith(f"{name}: cannot execute {tree.system}/pyenv-broken: no such file or directory\n")


def test_a_plugin_calls_commands_by_the_names_of_their_files(tree: Tree) -> None:
    assert tree.pyv("init", "--as-pyenv").code == 0
    write_program(tree.system / "pyenv-asks", "#!/bin/sh\npyenv-root\npyenv-prefix 3.12.2\npyenv-hello x\n")
    write_program(tree.root.path / "plugins/p/bin/pyenv-hello", "#!/bin/sh\necho hello $*\n")
    assert call(tree, "pyenv", "asks").lines == [
        str(tree.root.path),
        f"{tree.root.versions}/3.12.2",
        "hello x",
    ]


def test_commands_lists_them_and_knows_those_of_shells(tree: Tree, name: str) -> None:
    write_program(tree.system / "pyenv-hello", HELLO)
    write_program(tree.system / "pyenv-sh-activate", "#!/bin/sh\n")
    assert {"hello", "activate", "shell", "which"} <= set(call(tree, name, "commands").lines)
    assert call(tree, name, "commands", "--sh").lines == ["activate", "rehash", "shell"]
    rest = call(tree, name, "commands", "--no-sh").lines
    assert {"hello", "rehash"} <= set(rest)
    assert not {"activate", "shell"} & set(rest)
    code = call(tree, name, "init", "-", "bash").out
    assert "activate | rehash | shell)" in code


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize("odd", ["x) touch ran;; y", "*", "$(touch ran)", "a b", "`id`", "a|b", "\n"])
def test_only_plain_names_of_plugins_get_into_the_code_of_shells(tree: Tree, name: str, odd: str, shell: str) -> None:
    write_program(tree.system / "pyenv-sh-activate", "#!/bin/sh\n")
    expected = call(tree, name, "init", "-", shell).out
    write_program(tree.system / f"pyenv-sh-{odd}", "#!/bin/sh\n")
    assert call(tree, name, "init", "-", shell).out == expected


@pytest.mark.parametrize("search", ["", None])
def test_without_a_path_the_working_directory_holds_no_plugins(tree: Tree, name: str, search: str | None) -> None:
    write_program(tree.project / "pyenv-hello", HELLO)
    write_program(tree.root.path / "plugins/p/bin/pyenv-path", '#!/bin/sh\necho "$PATH"\n')
    variables = {key: value for key, value in tree.variables.items() if key != "PATH"}
    variables |= {"PATH": search} if search is not None else {}
    environment = replace(tree.environment(), vars={**variables, "PYENV_ROOT": str(tree.root.path)}, name=name)
    assert plugins.find("hello", environment) is None
    assert not plugins.variables(environment)["PATH"].endswith(":")


def test_its_help_is_its_first_comments(tree: Tree) -> None:
    write_program(tree.system / "pyenv-hello", HELLO)
    write_program(tree.system / "pyenv-mute", "#!/bin/sh\necho\n")
    assert tree.pyv("init", "--as-pyenv").code == 0
    usage = "Usage: pyenv hello [--loud] NAME\n       pyenv hello --quiet\n"
    whole = f"{usage}\nSays hello to NAME,\n  and indents.\n\nprovide pyenv completions\n\n"
    assert tree.pyv("hello", "--help") == Ran(out=whole, err="", code=0)
    assert call(tree, "pyenv", "help", "hello") == Ran(out=whole, err="", code=0)
    assert call(tree, "pyenv", "hello", "--help") == Ran(out=whole, err="", code=0)
    assert call(tree, "pyenv", "help", "--usage", "hello") == Ran(out=usage, err="", code=0)
    assert "   hello       Say hello\n" in call(tree, "pyenv", "help").out
    mute = call(tree, "pyenv", "help", "mute")
    assert (mute.out, mute.code) == ("", 1)
    assert "`mute' has no help yet" in mute.err


def test_it_completes_its_own_words_where_it_says_so(tree: Tree, name: str) -> None:
    write_program(tree.system / "pyenv-hello", HELLO)
    write_program(tree.system / "pyenv-mute", "#!/bin/sh\necho never\n")
    assert call(tree, name, "completions", "hello", "x", "y").lines == ["--help", "--loud", "after:x y"]
    assert call(tree, name, "completions", "mute").lines == ["--help"]
    assert call(tree, name, "completions", "nothing") == Ran(out="", err="", code=1)


def test_hooks_are_listed_and_never_run(tree: Tree, name: str) -> None:
    ours = write_program(tree.root.path / "pyenv.d" / "which" / "b.bash", "echo run\n")
    theirs = write_program(tree.base / "hooks" / "which" / "a.bash", "echo run\n")
    plugins = write_program(tree.root.path / "plugins/p/etc/pyenv.d/which/c.bash", "echo run\n")
    write_program(tree.root.path / "pyenv.d" / "which" / "not.sh", "echo run\n")
    ran = call(tree, name, "hooks", "which", PYENV_HOOK_PATH=f"{tree.base}/hooks")
    assert ran.lines == [os.path.realpath(path) for path in (theirs, ours, plugins)]
    assert call(tree, name, "hooks", "nothing") == Ran(out="", err="", code=0)
    assert "run" not in call(tree, name, "which", "python", PYENV_VERSION="3.12.2").out
