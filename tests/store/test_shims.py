"""Shims: the script under every shell of this machine, and the rehash that writes it."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pyv.errors import StoreError
from pyv.store.paths import Root
from pyv.store.programs import find_programs
from pyv.store.shims import rehash, shim_text
from tests.selection.tree import PROGRAM, Tree, shells, write_program

ODD_ROOT = 'ro\'ot with $HOME "quotes" `x` * ? [a] \\ ü'
SHELLS = ["sh", *(name for name in ("dash", "bash", "busybox", "zsh", "ksh", "mksh") if shutil.which(name))]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path, ODD_ROOT)
    made.install("3.12.2", "python", "python3", "python3.12", "pip")
    made.install("3.11.7", "python", "python3", "python3.11", "only-here")
    made.alias("3.12", "3.12.2")
    write_program(made.system / "python3")
    write_program(made.system / "only-system")
    (made.root.path / "bin").mkdir()
    made.rehash()
    show_asking(made)
    return made


def show_asking(tree: Tree) -> None:
    """Make every decision the script leaves to pyv show."""
    write_program(tree.root.launcher, '#!/bin/sh\necho "ask $*"\n')


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    name: str = request.param
    return shells(tmp_path / "shells")[name]


def test_a_pin_of_every_form_is_read_without_asking(tree: Tree, shell: list[str]) -> None:
    for text in (
        "3.12.2\n",
        "3.12.2",
        "3.12.2\r\n",
        "\ufeff3.12.2\n",
        "\ufeff# comment\r\n\r\n   \t\n  3.12.2 # why\n",
        "3.12\n",
        "python-3.12.2\n",
        "python-3.12\n",
    ):
        tree.pin(text)
        ran = tree.shim("python3", "-c", "a  b", "", "*", shell=shell)
        assert ran.lines == [tree.binary("3.12.2"), "3.12.2", "<-c>", "<a  b>", "<>", "<*>"], repr(text)
        assert (ran.err, ran.code) == ("", 0)


def test_the_first_version_that_has_the_program_runs_it_and_the_list_is_passed_on(tree: Tree, shell: list[str]) -> None:
    for text in ("3.12\n3.11.7\n", "3.12:3.11.7\n"):
        tree.pin(text)
        assert tree.shim("python3", shell=shell).lines == [tree.binary("3.12.2"), "3.12.2:3.11.7"]
        assert tree.shim("only-here", shell=shell).lines == [tree.binary("3.11.7", "only-here"), "3.12.2:3.11.7"]


def test_a_minor_without_an_alias_is_its_newest_release(tree: Tree, shell: list[str]) -> None:
    for name in ("3.9.9", "3.9.10", "3.9.11rc1", "3.9.12t", "3.9-dev", "3.90.1"):
        tree.install(name)
    (tree.root.versions / "3.9.13").write_text("not a version", encoding="utf-8")
    tree.pin("3.9\n")
    assert tree.shim("python3", shell=shell).lines == [tree.binary("3.9.10"), "3.9.10"]
    tree.install("3.9.10-debug")
    assert tree.shim("python3", shell=shell).out == "ask exec python3\n"
    tree.pin("3.8\n")
    for name in ("3.8.1a2", "3.8.01"):
        assert tree.shim("python3", shell=shell).out == "ask exec python3\n"
        tree.install(name)
    assert tree.shim("python3", shell=shell).out == "ask exec python3\n"


def test_variables_beat_files_and_pyv_beats_pyenv(tree: Tree, shell: list[str]) -> None:
    tree.pin("system\n")
    both = {"PYV_VERSION": "3.12", "PYENV_VERSION": "3.11.7"}
    assert tree.shim("python3", shell=shell, **both).lines == [tree.binary("3.12.2"), "3.12.2"]
    assert tree.shim("python3", shell=shell, PYENV_VERSION="3.11.7").lines == [tree.binary("3.11.7"), "3.11.7"]
    emptied = {"PYV_VERSION": "::", "PYENV_VERSION": ":3.11.7:"}
    assert tree.shim("python3", shell=shell, **emptied).lines == [tree.binary("3.11.7"), "3.11.7"]
    assert tree.shim("python3", shell=shell, PYV_VERSION=":").lines == [f"{tree.system}/python3", "system"]


def test_the_search_goes_from_pyenv_dir_then_from_here_then_to_the_global_file(tree: Tree, shell: list[str]) -> None:
    tree.root.global_pin.write_text("3.11.7\n", encoding="utf-8")
    assert tree.shim("python3", shell=shell).lines[0] == tree.binary("3.11.7")
    tree.pin("3.12\n", tree.project.parent)
    assert tree.shim("python3", shell=shell).lines[0] == tree.binary("3.12.2")
    elsewhere = tree.base / "else where"
    elsewhere.mkdir()
    assert tree.shim("python3", shell=shell, PYENV_DIR=str(elsewhere)).lines[0] == tree.binary("3.12.2")
    tree.pin("3.11.7\n", elsewhere)
    assert tree.shim("python3", shell=shell, PYENV_DIR=str(elsewhere)).lines[0] == tree.binary("3.11.7")
    tree.pin("# nothing\n")
    assert tree.shim("python3", shell=shell).lines == [f"{tree.system}/python3", "system"]


def test_the_system_is_searched_without_the_shims_and_last_or_where_it_is_listed(tree: Tree, shell: list[str]) -> None:
    write_program(tree.root.versions / "3.11.7/bin/only-system")
    tree.rehash()
    show_asking(tree)
    path = f"{tree.root.shims}:{tree.root.shims}/:~/bin:{tree.system}:"
    assert tree.shim("only-system", shell=shell, PATH=path).lines == [f"{tree.system}/only-system", "system"]
    ran = tree.shim("only-system", shell=shell, PATH=path, PYV_VERSION="3.12")
    assert ran.lines == [f"{tree.system}/only-system", "3.12.2"]
    ran = tree.shim("python3", shell=shell, PATH=path, PYV_VERSION="system:3.12")
    assert ran.lines == [f"{tree.system}/python3", "system:3.12.2"]
    ran = tree.shim("python", shell=shell, PATH=path, PYV_VERSION="system:3.12")
    assert ran.lines == [tree.binary("3.12.2", "python"), "system:3.12.2"]
    write_program(tree.home / "bin/only-system")
    assert tree.shim("only-system", shell=shell, PATH=path).lines[0] == f"{tree.home}/bin/only-system"


def test_an_empty_entry_of_path_is_the_working_directory(tree: Tree, shell: list[str]) -> None:
    write_program(tree.project / "python3")
    for path in (f":{tree.root.shims}", f"{tree.root.shims}:", f"{tree.root.shims}::/nowhere"):
        assert tree.shim("python3", shell=shell, PATH=path).lines in (
            ["./python3", "system"],
            [f"{tree.project}/python3", "system"],  # bash's exec makes it absolute
        )


def test_it_needs_no_path_at_all(tree: Tree, shell: list[str]) -> None:
    tree.pin("3.12.2\n")
    write_program(tree.root.versions / "3.12.2/bin/python3", '#!/bin/sh\necho "PATH=$PATH"\n')
    assert tree.shim("python3", shell=shell, PATH="").out == f"PATH={tree.root.versions}/3.12.2/bin\n"
    ran = tree.shim("python3", shell=shell)
    assert ran.out == f"PATH={tree.root.versions}/3.12.2/bin:{tree.root.shims}:{tree.system}\n"
    assert tree.shim("python3", shell=shell, PATH="", PYV_VERSION="system").out == "ask exec python3\n"


def test_what_it_cannot_decide_goes_to_pyv_with_the_arguments_untouched(tree: Tree, shell: list[str]) -> None:
    (tree.project / "decoy").write_text("", encoding="utf-8")
    for word in ("3", "3.99", "*", "..", ".", "../3.12.2", "3.12.2/../3.12.2", "cpython@3.12", "-n", "\\", "python-"):
        ran = tree.shim("python3", "-V", shell=shell, PYV_VERSION=word)
        assert (ran.out, ran.err) == ("ask exec python3 -V\n", ""), word
        tree.pin(f"{word}\n")
        assert tree.shim("python3", "-V", shell=shell).out == "ask exec python3 -V\n", word
    for text in (f"{' ' * 1200}3.12.2\n", "3.12.2\r3.11.7\n"):
        tree.pin(text)
        assert tree.shim("python3", shell=shell).out == "ask exec python3\n"
    tree.pin("3.12.2\n")
    assert tree.shim("only-here", shell=shell).out == "ask exec only-here\n"
    for directory in ("relative", "/nowhere/at/all", f"{tree.project}/..", f"{tree.project}//"):
        assert tree.shim("python3", shell=shell, PYENV_DIR=directory).out == "ask exec python3\n"


def test_pip_goes_to_pyv_in_each_of_its_guises(tree: Tree, shell: list[str]) -> None:
    tree.pin("3.12.2\n")
    assert tree.shim("pip", "list", shell=shell).out == "ask exec pip list\n"
    for line in (["-m", "pip", "install", "x"], ["-Im", "pip", "uninstall", "x"], ["-mpip", "install", "x"]):
        assert tree.shim("python3.12", *line, shell=shell).out == f"ask exec python3.12 {' '.join(line)}\n"
    assert tree.shim("python3", "-m", "pip", "list", shell=shell).lines[0] == tree.binary("3.12.2")


def test_it_leaves_every_variable_of_the_caller_alone(tree: Tree, shell: list[str]) -> None:
    tree.pin("3.12.2\n")
    write_program(
        tree.root.versions / "3.12.2/bin/python3", f"#!{sys.executable} -I\nimport os\nprint(dict(os.environ))\n"
    )
    given = {
        "dir": "d",
        "name": "n",
        "names": "b",
        "IFS": "x",
        "PYENV_DIR": "",
        "PYV_VERSION": "",
        "ENV": "/nowhere",
    }
    ran = tree.shim("python3", shell=shell, **given)
    seen = eval(ran.out)  # a dict the test's own program printed
    for made_by_shells in ("PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE", "IFS", "LOGNAME"):
        seen.pop(made_by_shells, None)
    del given["IFS"]
    expected = {**tree.variables, **given, "PYENV_VERSION": "3.12.2"}
    expected["PATH"] = f"{tree.root.versions}/3.12.2/bin:{expected['PATH']}"
    assert seen == expected


def test_a_missing_launcher_is_told(tree: Tree, shell: list[str]) -> None:
    tree.root.launcher.unlink()
    ran = tree.shim("python3", shell=shell, PYV_VERSION="3")
    assert ran.code == 127
    assert ran.err.endswith("/bin/pyv is missing\nhint: run 'pyv rehash', or install pyv again\n")


def test_the_script_forks_nothing_and_evaluates_nothing(tmp_path: Path) -> None:
    code = [line for line in shim_text(Root(tmp_path)).splitlines() if not line.lstrip().startswith("#")]
    assert len(code) > 100
    for line in code:
        assert not re.search(r"\$\(|`|\beval\b|<<|(^|\s)\(|[^|]\|\s*(read|sed|tr|cat)\b|&\s*$", line), line


def linked(tree: Tree, name: str) -> Path:
    """A directory of PATH with a link to the shim."""
    directory = tree.base / name
    directory.mkdir()
    (directory / "python3").symlink_to(tree.root.shims / "python3")
    return directory


def test_shims_linked_elsewhere_do_not_call_each_other_for_ever(tree: Tree, shell: list[str]) -> None:
    one, two = linked(tree, "one"), linked(tree, "two")
    path = f"{one}:{two}:{tree.root.shims}:{tree.system}"
    ran = tree.run([*shell, str(one / "python3")], PATH=path)
    assert ran.lines == [f"{tree.system}/python3", "system"]
    tree.rehash()
    ran = tree.run([*shell, str(one / "python3")], PATH=path, PYV_VERSION="9.9")
    assert ran.lines == [f"{tree.system}/python3", "9.9"]
    (tree.system / "python3").unlink()
    ran = tree.run([*shell, str(one / "python3")], PATH=path, PYV_VERSION="system")
    assert (ran.out, ran.code) == ("", 127)
    assert ran.err.startswith("pyv: python3: command not found\n")


def test_another_version_managers_shims_do_not_call_ours_for_ever(tree: Tree, shell: list[str]) -> None:
    other = tree.base / "pyenv" / "shims"
    write_program(other / "python3", f"#!/bin/sh\nexec '{tree.base}/ours' \"$@\"\n")
    (tree.base / "ours").symlink_to(tree.root.shims)
    write_program(other / "python3", f"#!/bin/sh\nexec '{tree.base}/ours/python3' \"$@\"\n")
    path = f"{tree.root.shims}:{other}:{tree.system}"
    assert tree.shim("python3", "x", shell=shell, PATH=path).lines == [f"{tree.system}/python3", "system", "<x>"]
    tree.rehash()
    ran = tree.shim("python3", "x", shell=shell, PATH=path, PYV_VERSION="9.9")
    assert ran.lines == [f"{tree.system}/python3", "9.9", "<x>"]


def test_a_program_may_start_itself_again_through_the_shim(tree: Tree, shell: list[str]) -> None:
    again = '#!/bin/sh\nif [ -n "$AGAIN" ]; then echo twice; else AGAIN=1 exec python3; fi\n'
    write_program(tree.system / "python3", again)
    assert tree.shim("python3", shell=shell).out == "twice\n"


# rehash


def shim_names(tree: Tree) -> list[str]:
    return sorted(name for name in os.listdir(tree.root.shims) if not name.startswith("."))


def test_rehash_takes_executable_files_with_plain_names(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    binaries = tree.install("3.12.2", "python", "python3.12", "f2py-1.0+x_y") / "bin"
    for refused in ("-dash", ".hidden", "two words", "semi;colon", "ünicode"):
        write_program(binaries / refused)
    (binaries / "plain").write_text("", encoding="utf-8")
    (binaries / "directory").mkdir()
    (binaries / "link").symlink_to("python")
    (binaries / "dangling").symlink_to("nothing")
    (binaries / "circle").symlink_to("circle")
    (tree.root.versions / "a-file").write_text("", encoding="utf-8")
    write_program(tree.root.versions / "3.12.2/envs/web/bin/from-env")
    write_program(tree.base / "outside/bin/foreign")
    (tree.root.versions / "foreign").symlink_to(tree.base / "outside")
    (tree.root.versions / "gone").symlink_to("nothing")
    tree.alias("3.12", "3.12.2")
    changed = rehash(tree.root, sys.executable)
    expected = ["f2py-1.0+x_y", "foreign", "from-env", "link", "python", "python3.12"]
    assert shim_names(tree) == expected
    assert find_programs(tree.root).names == set(expected)
    assert (changed.written, changed.removed) == (tuple(expected), ())


def test_rehash_changes_only_what_changed_and_removes_what_is_stale(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.install("3.12.2", "python", "black")
    tree.rehash()
    before = {name: (tree.root.shims / name).stat().st_ctime_ns for name in (".shim", "python")}
    launcher = tree.root.launcher.stat().st_mtime_ns
    (tree.root.versions / "3.12.2/bin/black").unlink()
    (tree.root.shims / "mine").write_text("#!/bin/sh\n", encoding="utf-8")
    (tree.root.shims / "pyenvs").write_text(
        '#!/usr/bin/env bash\nset -e\n[ -n "$PYENV_DEBUG" ] && set -x\n', encoding="utf-8"
    )
    (tree.root.shims / ".python.1234.tmp").write_text("", encoding="utf-8")
    changed = rehash(tree.root, sys.executable)
    assert (changed.written, changed.removed) == ((), ("black", "pyenvs"))
    assert shim_names(tree) == ["mine", "python"]
    assert sorted(os.listdir(tree.root.shims)) == [".seen", ".shim", "mine", "python"]
    again = rehash(tree.root, sys.executable)
    assert (again.written, again.removed) == ((), ())
    assert tree.root.launcher.stat().st_mtime_ns == launcher
    assert (tree.root.shims / ".shim").stat().st_mtime_ns <= before[".shim"]


def test_rehash_repairs_shims_that_are_damaged_foreign_or_of_an_older_pyv(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.install("3.12.2", "python", "python3", "pip", "kept")
    tree.rehash()
    text = shim_text(tree.root)
    for name, damage in (("python", ""), ("python3", "#!/bin/sh\nexit 3\n")):
        (tree.root.shims / name).unlink()
        (tree.root.shims / name).write_text(damage, encoding="utf-8")
    (tree.root.shims / "pip").unlink()
    (tree.root.shims / "pip").symlink_to("/nowhere")
    shutil.copy(tree.root.shims / "kept", tree.root.shims / "copy")
    os.replace(tree.root.shims / "copy", tree.root.shims / "kept")
    assert rehash(tree.root, sys.executable).written == ("pip", "python", "python3")
    for name in shim_names(tree):
        path = tree.root.shims / name
        assert path.read_bytes().decode() == text
        assert path.stat().st_mode & 0o777 == 0o755
        assert not path.is_symlink()


def test_a_new_script_reaches_every_shim(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.install("3.12.2", "python", "python3")
    tree.rehash()
    (tree.root.shims / ".shim").write_text("#!/bin/sh\n# pyv shim of old\nexit 9\n", encoding="utf-8")
    assert (tree.root.shims / "python").read_text(encoding="utf-8").endswith("exit 9\n")
    assert rehash(tree.root, sys.executable).written == ("python", "python3")
    tree.pin("3.12.2\n")
    assert tree.shim("python").lines == [tree.binary("3.12.2", "python"), "3.12.2"]


def test_where_links_are_not_possible_shims_are_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_source: str, _target: str) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    tree = Tree(tmp_path)
    tree.install("3.12.2", "python", "python3")
    assert rehash(tree.root, sys.executable).written == ("python", "python3")
    assert (tree.root.shims / "python").stat().st_nlink == 1
    assert (tree.root.shims / "python").read_bytes() == (tree.root.shims / ".shim").read_bytes()
    assert rehash(tree.root, sys.executable).written == ()
    (tree.root.versions / "3.12.2/bin/python3").unlink()
    assert rehash(tree.root, sys.executable).removed == ("python3",)
    assert tree.shim("python", PYV_VERSION="3.12.2").lines == [tree.binary("3.12.2", "python"), "3.12.2"]


def test_a_file_in_the_place_of_the_shims_is_told(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.root.shims.write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match=f"^cannot create {tree.root.shims}: file exists$"):
        tree.rehash()


def test_a_root_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "\udcff")
    with pytest.raises(StoreError, match=r"is not UTF-8$"):
        tree.rehash()


def test_the_launcher_starts_this_pyv_whatever_the_callers_python_settings(tmp_path: Path) -> None:
    tree = Tree(tmp_path, ODD_ROOT)
    tree.rehash()
    hostile = {"PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere", "PYV_ROOT": ""}
    tree.install("3.12.2")
    ran = tree.run([str(tree.root.launcher), "prefix", "3.12.2"], None, **hostile)
    assert (ran.out, ran.err, ran.code) == (f"{tree.root.path}/versions/3.12.2\n", "", 0)
    assert tree.run([str(tree.root.launcher), "root"], PYV_ROOT="/other").out == "/other\n"
    rehash(tree.root, "/no/such/python")
    ran = tree.run([str(tree.root.launcher), "prefix"])
    assert ran.code == 127
    assert ran.err == (
        "pyv: /no/such/python, which pyv runs on, is gone\nhint: install pyv again, then run 'pyv rehash'\n"
    )


# pip, through the real pyv


def test_what_pip_installs_and_removes_has_a_shim_or_none_afterwards(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    prefix = tree.install("3.12.2")
    write_program(
        prefix / "bin/pip",
        '#!/bin/sh\nhere=${0%/*}\ncase $1 in\ninstall) printf "#!/bin/sh\\necho new\\n" >"$here/new" ;;\nesac\n'
        'PATH=/usr/bin:/bin\ncase $1 in install) chmod 755 "$here/new" ;; uninstall) rm "$here/new" ;; esac\n'
        'echo "$PYENV_VERSION $*"; exit ${CODE-0}\n',
    )
    tree.pin("3.12.2\n")
    tree.rehash()
    ran = tree.shim("pip", "install", "a  b", CODE="3")
    assert (ran.out, ran.code) == ("3.12.2 install a  b\n", 3)
    assert "new" not in shim_names(tree)
    ran = tree.shim("pip", "install", "new")
    assert (ran.out, ran.err, ran.code) == ("3.12.2 install new\n", "", 0)
    assert tree.shim("new").out == "new\n"
    assert tree.shim("pip", "uninstall", "new").code == 0
    assert "new" not in shim_names(tree)


def test_python_m_pip_is_pip_too(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    prefix = tree.install("3.12.2")
    write_program(
        prefix / "bin/python", f'#!/bin/sh\n: >"{prefix}/bin/new"\nPATH=/usr/bin:/bin\nchmod 755 "{prefix}/bin/new"\n'
    )
    tree.pin("3.12.2\n")
    tree.rehash()
    assert tree.shim("python", "-I", "-m", "pip", "install", "x").code == 0
    assert "new" in shim_names(tree)


def test_signals_reach_pip_and_its_end_is_ours(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    prefix = tree.install("3.12.2")
    tree.pin("3.12.2\n")
    write_program(
        prefix / "bin/pip",
        f"#!{sys.executable} -I\nimport signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        'print("ready", flush=True)\nsys.stdin.read()\n',
    )
    tree.rehash()
    with subprocess.Popen(
        [str(tree.root.shims / "pip"), "install", "x"],
        cwd=tree.project,
        env=tree.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"ready\n"
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 7
    write_program(prefix / "bin/pip", "#!/bin/sh\nkill -KILL $$\n")
    assert tree.shim("pip", "install", "x").code == -signal.SIGKILL


def test_the_programs_of_the_fixtures_are_what_they_say(tmp_path: Path) -> None:
    """The control: a fake program run directly prints its own path."""
    path = write_program(tmp_path / "p", PROGRAM)
    assert subprocess.run([path, "a"], capture_output=True, check=True, env={}).stdout.decode() == f"{path}\n\n<a>\n"
