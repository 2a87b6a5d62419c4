"""The launcher: what it answers without starting Python is what pyv answers, and it asks where it cannot know."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pyv
from pyv.environment import PYENV
from pyv.store.launcher import is_pyenv_ours, launcher_text
from pyv.store.paths import Root
from pyv.store.shims import rehash
from tests.selection.tree import Ran, Tree, shells, write_program

ODD_ROOT = 'ro\'ot with $HOME "quotes" `x` * ? [a] \\ ü @PYTHON@@START@'
SHELLS = ["sh", *(name for name in ("dash", "bash", "busybox", "zsh", "ksh", "mksh") if shutil.which(name))]
ASKED = "asked\n"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree that nobody has touched for a while, and a launcher whose Python only says that it was asked."""
    return grown(tmp_path)


def grown(base: Path) -> Tree:
    made = Tree(base, ODD_ROOT)
    (made.system / "printf").symlink_to(shutil.which("printf") or "/usr/bin/printf")  # mksh has none of its own
    made.install("3.12.2", "python", "python3", "pip")
    made.install("3.12.10", "python", "python3")
    made.install("3.11.7", "python", "only-here")
    made.alias("3.11", "3.11.7")
    write_program(made.root.versions / "3.12.2/envs/web/bin/from-env")
    write_program(made.system / "only-system")
    aged(made)
    rehash(made.root, str(asker(made)))
    return made


def asker(tree: Tree) -> Path:
    return write_program(tree.base / "bin/asker", "#!/bin/sh\necho asked\n")


def aged(tree: Tree) -> None:
    """What was done so far was done an hour ago."""
    for directory, _, _ in os.walk(tree.root.versions):
        os.utime(directory, (os.stat(directory).st_atime, os.stat(directory).st_mtime - 3600))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    name: str = request.param
    return shells(tmp_path / "shells")[name]


def launched(tree: Tree, *arguments: str, shell: list[str] | None = None, **variables: str) -> Ran:
    return tree.run([*(shell or []), str(tree.root.launcher), *arguments], None, **variables)


def test_it_answers_as_pyv_does_for_every_pin_it_is_sure_of(tree: Tree) -> None:
    every = shells(tree.base / "shells")
    for pin in ("3.12.2", "3.12", "3.11", "system", "3.11.7\n3.12", "3.12:system:3.11", "python-3.12.2", "# none"):
        for line in (["version-name"], ["which", "python3"], ["which", "only-here"], ["which", "only-system"]):
            tree.pin(f"{pin}\n")
            answer = tree.pyv(*line)
            expected = answer if answer.code == 0 else Ran(out=ASKED, err="", code=0)
            assert {name: launched(tree, *line, shell=shell) for name, shell in every.items()} == dict.fromkeys(
                every, expected
            ), (pin, line)
    assert launched(tree, "root") == tree.pyv("root")
    assert launched(tree, "root", PYV_ROOT="").out == f"{tree.root.path}\n"


def test_it_asks_where_it_cannot_be_sure(tree: Tree, shell: list[str]) -> None:
    tree.pin("3.12.2\n")
    for line in (
        *([], ["version"], ["version-name", "-f"], ["which"], ["which", "-h"], ["which", "./python"], ["which", ""]),
        *(["which", "python", "--nosystem"], ["which", "nowhere"], ["rehash", "x"], ["exec", "python"], ["root", "x"]),
        *(["init", "-"], ["init", "-", "bash"], ["init", "--path", "bash"], ["init", "-", ""], ["init", "-", "../x"]),
    ):
        assert launched(tree, *line, shell=shell).out == ASKED, line
    for word in ("3", "9.9", "..", "cpython@3.12"):
        assert launched(tree, "version-name", shell=shell, PYV_VERSION=word).out == ASKED
    elsewhere = str(tree.base / "elsewhere")
    for line in (["version-name"], ["which", "python"], ["root"], ["rehash"]):
        assert launched(tree, *line, shell=shell, PYV_ROOT=elsewhere).out == ASKED


def test_called_pyenv_it_has_pyenvs_root(tree: Tree, shell: list[str]) -> None:
    launcher = write_program(tree.root.pyenv, launcher_text(tree.root, str(asker(tree)), PYENV))
    assert is_pyenv_ours(tree.root)
    line = [*shell, str(launcher), "version-name"]
    given = {"PYENV_VERSION": "3.12.2", "PYV_ROOT": "/elsewhere"}
    assert tree.run(line, None, **given).out == "3.12.2\n"
    assert tree.run(line, None, **given, PYENV_ROOT=str(tree.root.path)).out == "3.12.2\n"
    assert tree.run(line, None, **given, PYENV_ROOT=f"{tree.root.path}/").out == ASKED


def test_it_leaves_every_variable_to_pyv_as_it_was(tree: Tree, shell: list[str]) -> None:
    seeing = write_program(tree.base / "bin/seeing", f"#!{sys.executable} -I\nimport os\nprint(dict(os.environ))\n")
    rehash(tree.root, str(seeing))
    given = {"PYV_VERSION": "9.9", "PYENV_VERSION": "", "_PYV_GUARD": "1:a=b", "dir": "d", "python": "p", "path": "q"}
    seen = eval(launched(tree, "which", "python", shell=shell, **given).out)  # a dict the test's own program printed
    for made_by_shells in ("PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE", "LOGNAME"):
        seen.pop(made_by_shells, None)
    assert seen == {**tree.variables, **given}


def test_it_forks_nothing_but_links_and_becomes_only_pyv(tmp_path: Path) -> None:
    code = launcher_text(Root(tmp_path), "/the/python").splitlines()
    code = [line for line in code if not line.lstrip().startswith("#")]
    assert len(code) > 150
    assert [line.strip() for line in code if re.search(r"\bcommand\b", line)] == [
        'command -p ln "$_pyv_shims/.shim" "$_pyv_shims/$_pyv_name" 2>/dev/null || return 1'
    ]
    assert [line for line in code if re.search(r"\bexec\b", line)] == [
        *(line for line in code if line.startswith('    if [ -x "$_pyv_python" ]; then exec "$_pyv_python" -I -S -c ')),
        '        if [ "$_pyv_line" != \'#!/bin/sh\' ]; then exec "$_pyv_dir/pyv" "$@"; fi',
    ]
    for line in code:
        assert not re.search(r"\$\((?!\()|`|\beval\b|<<|(^|\s)\(|[^|]\|\s*(read|sed|tr|cat)\b|&\s*$", line), line


def test_it_starts_python_without_site_and_finds_every_library(tree: Tree) -> None:
    timed = write_program(tree.base / "bin/timed", f'#!/bin/sh\nexec {sys.executable} -X importtime "$@"\n')
    rehash(tree.root, str(timed))
    ran = launched(tree, "prefix", "3.12.2")
    assert ran.out == f"{tree.root.versions}/3.12.2\n"
    loaded = {line.rpartition("|")[2].strip() for line in ran.err.splitlines()}
    assert "pyv.selection.select" in loaded
    assert not loaded & {"site", "sitecustomize", "usercustomize"}
    rehash(tree.root, sys.executable)
    for line in (["--version"], ["trust", "list"], ["exec", "python3", "x"]):
        assert launched(tree, *line, PYV_VERSION="3.12.2") == tree.pyv(*line, PYV_VERSION="3.12.2")


def test_where_it_cannot_write_pyv_says_so(tree: Tree, shell: list[str]) -> None:
    tree.pin("3.12.2\n")
    line = f'exec {" ".join(map(repr, shell))} "{tree.base}/launcher" version-name >/dev/full'
    (tree.base / "launcher").symlink_to(tree.root.launcher)
    rehash(tree.root, sys.executable)
    ran = tree.run(["/bin/sh", "-c", line])
    assert ran == tree.run(["/bin/sh", "-c", f"exec '{sys.executable}' -m pyv version-name >/dev/full"])
    assert (ran.code, ran.out) == (1, "")


def test_where_its_python_is_gone_it_takes_the_pyv_on_path(tree: Tree, shell: list[str]) -> None:
    rehash(tree.root, "/no/such/python")
    told = "pyv: /no/such/python, which pyv runs on, is gone\nhint: install pyv again, then run 'pyv rehash'\n"
    path = f"{tree.root.launcher.parent}::{tree.home}:{tree.system}"
    assert launched(tree, "prefix", "x  y", shell=shell, PATH=path) == Ran(out="", err=told, code=127)
    write_program(tree.system / "pyv", f"#!{sys.executable} -I\nimport sys\nprint(sys.argv[1:])\n")
    assert launched(tree, "prefix", "x  y", "", shell=shell, PATH=path).out == "['prefix', 'x  y', '']\n"
    launcher = write_program(tree.root.pyenv, launcher_text(tree.root, "/no/such/python", PYENV))
    ran = tree.run([*shell, str(launcher), "prefix"], None, PATH=path, PYENV_ROOT=str(tree.root.path))
    assert ran == Ran(out="", err=told.replace("pyv:", "pyenv:"), code=127)


# rehash


def test_there_is_nothing_to_do_until_something_changes(tree: Tree, shell: list[str]) -> None:
    versions = tree.root.versions
    plain = versions / "3.12.2/bin/plain"
    plain.write_text("", encoding="utf-8")
    (versions / "3.12.2/bin/later").symlink_to(tree.base / "later")
    (tree.root.shims / "mine").write_text("", encoding="utf-8")
    changes: dict[str, Callable[[], object]] = {
        "a program less": (versions / "3.12.2/bin/pip").unlink,
        "another mode": lambda: plain.chmod(0o755),
        "a link that leads somewhere": lambda: write_program(tree.base / "later"),
        "a version": lambda: tree.install("3.13.1"),
        "a version renamed": lambda: (versions / "3.13.1").rename(versions / "3.13.2"),
        "an environment": lambda: write_program(versions / "3.12.10/envs/new/bin/tool"),
        "a program in the place of something else": lambda: write_program(versions / "3.12.2/bin/mine"),
        "a shim less": (tree.root.shims / "python").unlink,
        "a shim too many": lambda: write_program(tree.root.shims / "another"),
        "no record": (tree.root.shims / ".seen").unlink,
    }
    for what, change in changes.items():
        aged(tree)
        rehash(tree.root, str(asker(tree)))
        assert launched(tree, "rehash", shell=shell) == Ran(out="", err="", code=0), what
        change()
        assert launched(tree, "rehash", shell=shell).out == ASKED, what


def test_programs_that_were_added_get_their_shims_without_pyv(tree: Tree, shell: list[str]) -> None:
    versions, shims = tree.root.versions, tree.root.shims
    for name in ("new", "f2py-1.0+x_y", "two words", "-dash", ".hidden", "*", "ünicode"):
        write_program(versions / "3.12.2/bin" / name)
    write_program(versions / "3.12.2/envs/web/bin/tool")
    (versions / "3.12.10/bin/plain").write_text("", encoding="utf-8")
    (versions / "3.12.10/bin/directory").mkdir()
    (versions / "3.12.10/bin/link").symlink_to("python")
    (versions / "3.12.10/bin/dangling").symlink_to("nothing")
    before = set(os.listdir(shims))
    assert launched(tree, "rehash", shell=shell) == Ran(out="", err="", code=0)
    assert set(os.listdir(shims)) - before == {"new", "f2py-1.0+x_y", "tool", "link"}
    assert (shims / "new").stat().st_ino == (shims / ".shim").stat().st_ino
    assert launched(tree, "rehash", shell=shell).out == ASKED
    again = rehash(tree.root, str(asker(tree)))
    assert (again.written, again.removed) == ((), ())


def test_where_shims_are_copies_pyv_adds_them(tree: Tree, shell: list[str]) -> None:
    for entry in tree.root.shims.iterdir():
        shutil.copy2(entry, tree.base / "copy")
        os.replace(tree.base / "copy", entry)
    rehash(tree.root, str(asker(tree)))
    write_program(tree.root.versions / "3.12.2/bin/new")
    assert launched(tree, "rehash", shell=shell).out == ASKED


DIRECTORIES = ("3.12.2/bin", "3.12.10/bin", "3.12.2/envs/web/bin", "3.13.1/bin")
changes = st.tuples(
    st.sampled_from(["add", "add", "remove", "plain", "mode", "shim", "rehash"]),
    st.sampled_from(DIRECTORIES),
    st.sampled_from(["python", "pip", "black", "only-here", "from-env", "a b"]),
)


def change(tree: Tree, kind: str, path: Path) -> None:
    if kind == "add" and not path.exists():
        write_program(path)
    elif kind == "remove":
        path.unlink(missing_ok=True)
    elif kind == "plain" and not path.exists() and path.parent.is_dir():
        path.write_text("", encoding="utf-8")
    elif kind == "mode" and path.exists():
        path.chmod(0o755)
    elif kind == "shim":
        (tree.root.shims / path.name).unlink(missing_ok=True)
    elif kind == "rehash":
        rehash(tree.root, str(asker(tree)))


@settings(max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(done=st.lists(changes, max_size=4), turn=st.integers(0, 1000))
def test_where_it_does_not_ask_nothing_is_left_to_do(
    done: list[tuple[str, str, str]], turn: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = grown(tmp_path_factory.mktemp("tree"))
    for kind, directory, name in done:
        change(tree, kind, tree.root.versions / directory / name)
    every = list(shells(tree.base / "shells").values())
    ran = launched(tree, "rehash", shell=every[turn % len(every)])
    again = rehash(tree.root, str(asker(tree)))
    assert ran.err == ""
    if ran.out != ASKED:
        assert (again.written, again.removed) == ((), ())


def test_a_version_installed_just_before_a_rehash_is_looked_at_once_more(tree: Tree) -> None:
    tree.install("3.13.1")
    rehash(tree.root, str(asker(tree)))
    assert launched(tree, "rehash").out == ASKED


def test_a_pyv_that_was_replaced_does_its_own_rehash(tree: Tree) -> None:
    text = tree.root.launcher.read_text(encoding="utf-8")
    package = tree.base / "package"
    (package / "store").mkdir(parents=True)
    now = os.stat(tree.root.shims / ".seen").st_mtime
    os.utime(package / "store", (now, now - 60))
    os.utime(package, (now, now - 60))

    tree.root.launcher.write_text(text.replace(f"'{Path(pyv.__file__).resolve().parent}'", f"'{package}'"))
    assert launched(tree, "rehash").out == ""
    os.utime(package / "store", (now, now + 60))
    assert launched(tree, "rehash").out == ASKED


def test_another_release_is_asked_whatever_times_it_has(
    tree: Tree, shell: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tree.base / f"lib/site-packages/pyv-{pyv.__version__}.dist-info"
    release.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(release.parent))
    rehash(tree.root, str(asker(tree)))
    kept = tree.root.launcher.with_name(".pyv-init-bash")
    kept.write_text("_pyv_text=kept\n", encoding="utf-8")
    assert [launched(tree, *line, shell=shell).out for line in (["rehash"], ["init", "-", "bash"])] == ["", "kept\n"]
    release.rename(release.with_name("pyv-99.dist-info"))
    assert [launched(tree, *line, shell=shell).out for line in (["rehash"], ["init", "-", "bash"])] == [ASKED, ASKED]


@pytest.mark.parametrize("what", ["more", "less", "version", "environment", "shims"])
def test_what_came_with_old_times_is_seen_as_well(tree: Tree, what: str, shell: list[str]) -> None:
    """A backup brought back by rsync or tar, a clock that was set back."""
    versions = tree.root.versions
    assert launched(tree, "rehash", shell=shell).out == ""
    match what:
        case "more":
            write_program(versions / "3.12.2/bin/new")
        case "less":
            (versions / "3.12.2/bin/pip").unlink()
        case "version":
            tree.install("3.13.1")
        case "environment":
            write_program(versions / "3.12.10/envs/new/bin/tool")
        case _:
            (tree.root.shims / ".shim").chmod(0o644)
    aged(tree)
    assert launched(tree, "rehash", shell=shell).out == ASKED


def test_old_and_new_times_together_hide_nothing(tree: Tree, shell: list[str]) -> None:
    write_program(tree.root.versions / "3.12.10/bin/from-backup")
    aged(tree)
    write_program(tree.root.versions / "3.12.2/bin/new")
    assert launched(tree, "rehash", shell=shell) == Ran(out="", err="", code=0)
    assert (tree.root.shims / "new").exists()
    assert (tree.root.shims / "from-backup").exists()


@pytest.mark.parametrize("odd", ["link", "hidden", "file", "dangling", "bin", "env"])
def test_where_times_do_not_tell_everything_it_always_asks(tree: Tree, odd: str) -> None:
    versions = tree.root.versions
    elsewhere = tree.base / "elsewhere"
    (elsewhere / "bin").mkdir(parents=True)
    match odd:
        case "link":
            (versions / "foreign").symlink_to(elsewhere)
        case "hidden":
            (versions / ".hidden").mkdir()
        case "file":
            (versions / "file").write_text("", encoding="utf-8")
        case "dangling":
            (versions / "gone").symlink_to("../store/gone")
        case "bin":
            (versions / "odd").mkdir()
            (versions / "odd/bin").symlink_to(elsewhere / "bin")
        case _:
            (versions / "3.12.2/envs/odd").symlink_to(elsewhere)
    aged(tree)
    rehash(tree.root, str(asker(tree)))
    assert launched(tree, "rehash").out == ASKED


def test_links_of_pyv_and_of_virtualenvs_are_as_good_as_directories(tree: Tree) -> None:
    prefix = tree.root.store / "id"
    write_program(prefix / "bin/python")
    (tree.root.versions / "3.10.1").symlink_to("../store/id")
    (tree.root.versions / "web").symlink_to(tree.root.versions / "3.12.2/envs/web")
    aged(tree)
    for directory in (prefix, prefix / "bin"):
        os.utime(directory, (0, 0))
    rehash(tree.root, str(asker(tree)))
    assert launched(tree, "rehash").out == ""
    write_program(prefix / "bin/black")
    assert launched(tree, "rehash").out == ""
    assert (tree.root.shims / "black").exists()


# init


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "ksh"])
def test_what_init_printed_once_is_printed_again_to_the_byte(tree: Tree, name: str, shell: list[str]) -> None:
    rehash(tree.root, sys.executable)
    expected = tree.pyv("init", "-", name)
    for _ in range(2):
        assert launched(tree, "init", "-", name, shell=shell) == expected
    kept = tree.root.launcher.with_name(f".pyv-init-{name}")
    kept.write_text("_pyv_text='as it was kept'\n", encoding="utf-8")
    assert launched(tree, "init", "-", name, shell=shell).out == "as it was kept\n"
    kept.write_text("", encoding="utf-8")  # what a power cut may leave
    assert launched(tree, "init", "-", name, shell=shell, _pyv_text="another's") == expected
    rehash(tree.root, str(asker(tree)))
    assert not kept.exists()
    assert launched(tree, "init", "-", name, shell=shell).out == ASKED


def test_called_pyenv_init_is_kept_apart(tree: Tree) -> None:
    launcher = write_program(tree.root.pyenv, launcher_text(tree.root, sys.executable, PYENV))
    rehash(tree.root, sys.executable)
    said = [tree.run([str(path), "init", "-", "bash"]).out for path in (launcher, tree.root.launcher) * 2]
    assert said[:2] == said[2:]
    assert "pyenv() {" in said[0]
    assert "pyv() {" in said[1]


def test_a_plugin_that_adds_commands_to_the_shell_is_asked_about_each_time(tree: Tree, shell: list[str]) -> None:
    rehash(tree.root, sys.executable)
    before = launched(tree, "init", "-", "bash", shell=shell).out
    for place in (tree.root.path / "plugins/virtualenv/bin", tree.system):
        plugin = write_program(place / "pyenv-sh-activate")
        ran = launched(tree, "init", "-", "bash", shell=shell)
        assert ran == tree.pyv("init", "-", "bash")
        assert "activate" in ran.out
        plugin.unlink()
        assert launched(tree, "init", "-", "bash", shell=shell).out == before


def test_init_keeps_nothing_for_a_launcher_that_calls_the_root_otherwise(tree: Tree) -> None:
    rehash(tree.root, sys.executable)
    (tree.base / "other name").symlink_to(tree.root.path)
    ran = tree.pyv("init", "-", "bash", PYV_ROOT=str(tree.base / "other name"))
    assert "other name" in ran.out
    assert "other name" not in launched(tree, "init", "-", "bash").out


def test_init_makes_the_directories_it_makes(tree: Tree) -> None:
    rehash(tree.root, sys.executable)
    launched(tree, "init", "-", "bash")
    shutil.rmtree(tree.root.shims)
    assert launched(tree, "init", "-", "bash").code == 0
    assert tree.root.shims.is_dir()
