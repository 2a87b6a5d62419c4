"""`pyv migrate uv`: the interpreters uv manages, by the names pyenv would give them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.install.scene import left_in
from tests.migrate import scene
from tests.migrate.scene import UV, Uv, key, pin, twins
from tests.selection.tree import write_program
from tests.support.runner import Machine, Run

PYTHONS = ".local/share/uv/python"


@pytest.fixture
def uv(machine: Machine) -> Uv:
    """Interpreters of several kinds, and the link of a minor."""
    found = Uv(machine.home / PYTHONS)
    found.install(key("3.12.2"), six="1.16.0")
    found.install(key("3.11.7"))
    found.install(key("3.13.1+freethreaded"))
    found.install("cpython-3.12.2-windows-x86_64-none")
    found.install("pypy-3.10.14-linux-x86_64-gnu")
    (found.place / key("3.12")).symlink_to(key("3.12.2"))
    (found.place / ".temp").mkdir()
    (found.place / ".gitignore").write_text("*")
    return found


@pytest.fixture
def mirror(machine: Machine, tmp_path: Path) -> Path:
    """Twins of two of them."""
    return twins(tmp_path / "mirror", machine, "3.12.2", "3.12.4")


def migrate(machine: Machine, *words: str | Path, **variables: str) -> Run:
    return scene.run(machine, "uv", *words, **variables)


def test_the_list(machine: Machine, uv: Uv, mirror: Path) -> None:
    pin(machine.cwd / "app", "3.12\n")
    run = migrate(machine, "--index", mirror, "--json").ok().json
    told = {
        each["name"]: (each["here"], each["twin"] and each["twin"]["pinned"], each.get("cause"))
        for each in run["versions"]
    }
    triple = key("")[9:]
    assert told.pop(key("3.11.7"))[2].startswith("no build of `3.11.7` for ")
    assert told.pop(key("3.13.1+freethreaded"))[0] == "3.13.1t"
    assert told == {
        key("3.12.2"): ("3.12.2", "3.12.2+20260814", None),
        "cpython-3.12.2-windows-x86_64-none": (None, None, f"cpython-3.12.2-{triple} has the name 3.12.2"),
        "pypy-3.10.14-linux-x86_64-gnu": (None, None, "pypy is not CPython"),
    }
    assert [(each["name"], each["target"]) for each in run["others"]] == [(key("3.12"), key("3.12.2"))]
    assert [each["names"] for each in run["pins"]] == [["3.12"]]


def test_where_they_are(machine: Machine, tmp_path: Path, mirror: Path) -> None:
    other = Uv(tmp_path / "other")
    other.install(key("3.11.7"))
    line = f"uv at {other.place}: 1 interpreter\n"
    assert migrate(machine, "--from", other.place, "--index", mirror).ok().stderr == line
    assert migrate(machine, "--index", mirror, UV_PYTHON_INSTALL_DIR=str(other.place)).ok().stderr == line
    Uv(tmp_path / "data" / "uv" / "python").install(key("3.9.1"))
    told = migrate(machine, "--index", mirror, XDG_DATA_HOME=f"{tmp_path}/data").ok().stderr
    assert told == f"uv at {tmp_path}/data/uv/python: 1 interpreter\n"
    migrate(machine).fails(2, f"no interpreters of uv at {machine.home}/{PYTHONS}", "uv python dir")
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    migrate(machine, "--from", machine.root / "versions").fails(2, "is pyv's own tree, not uv's")


def test_links_and_the_way_back(machine: Machine, uv: Uv) -> None:
    before = left_in(uv.place)
    run = migrate(machine, "--link")
    assert (run.status, run.stdout) == (
        0, "".join(f"linked {name} -> {uv.place}/{key(theirs)}\n" for name, theirs in
                   (("3.11.7", "3.11.7"), ("3.12.2", "3.12.2"), ("3.13.1t", "3.13.1+freethreaded"))),
    )  # fmt: skip
    told = machine.shim("python", "x", PYENV_VERSION="3.12").ok().stdout
    assert told == f"{key('3.12.2')} of uv: x\n"
    machine.pyv("uninstall", "-f", "3.12.2", "3.11.7", "3.13.1t").ok()
    assert machine.pyv("versions", "--bare").ok().stdout == ""
    assert left_in(uv.place) == before


def test_twins_and_packages(machine: Machine, uv: Uv, mirror: Path) -> None:
    migrate(machine, "--link").ok()
    run = migrate(machine, "--install", "--packages", "--only", "3.12.2", "--index", mirror).ok()
    assert run.stdout == "installed six==1.16.0 in 3.12.2\n"
    assert machine.shim("python", PYENV_VERSION="3.12.2").ok().stdout == "Python 3.12.2\n"
    assert os.readlink(machine.root / "versions" / "3.11.7") == f"{uv.place}/{key('3.11.7')}"


def test_compare(machine: Machine, uv: Uv, mirror: Path, tmp_path: Path) -> None:
    write_program(tmp_path / "bin" / "uv", UV)
    path = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    app, lib = pin(machine.cwd / "app", "3.12\n"), pin(machine.cwd / "lib", "3.11.7\n3.9.1\n")
    absent = pin(machine.cwd / "absent", "3.9\n")
    migrate(machine, "--link").ok()
    migrate(machine, "--compare", **path).shows(
        f"same     {absent}: nothing\nsame     {app}: 3.12.2\nsame     {lib}: 3.11.7\n",
        f"3 places compared with {tmp_path}/bin/uv: pyv and uv agree\n",
    )
    machine.pyv("uninstall", "-f", "3.11.7").ok()
    machine.pyv("install", "3.12.4", "--index", mirror).ok()
    run = migrate(machine, "--compare", **path)
    assert (run.status, run.stdout.splitlines()[1:]) == (
        1, [
            f"differs  {app}: uv 3.12.2; pyv 3.12.4",
            "         the newest `3.12` is 3.12.2 in uv, 3.12.4 here",
            f"differs  {lib}: uv 3.11.7; pyv nothing",
            "         3.11.7 is not installed here: `pyv install 3.11.7`, or `pyv migrate uv --link --only 3.11.7`",
        ],
    )  # fmt: skip
    migrate(machine, "--compare", PATH="/usr/bin:/bin").fails(2, "nothing to compare with: there is no uv on PATH")


@pytest.mark.parametrize("word", ["./evil", "{cwd}/app/evil", "evil", "venv", "..", ".", "cpython/evil", "3/evil"])
def test_comparing_runs_nothing_of_a_place(machine: Machine, uv: Uv, tmp_path: Path, word: str) -> None:
    """uv runs what a pin names, to learn what it is; who compares has not vouched for the directories."""
    write_program(tmp_path / "bin" / "uv", '#!/bin/sh\nword=$(tail -n 1 .python-version)\n"./$word"\n"$word"\n')
    app = pin(machine.cwd / "app", f"# ours\n{word.format(cwd=machine.cwd)}\n")
    write_program(app.parent / "evil", "#!/bin/sh\ntouch ran\n")
    run = migrate(machine, "--compare", PATH=f".::{tmp_path}/bin:/usr/bin:/bin")
    assert run.status == 1
    assert run.stdout.splitlines()[1:] == [
        "         uv was not asked: it runs what a pin names, and this one may name a program"
    ]
    assert not (app.parent / "ran").exists()


@pytest.mark.parametrize(
    "text", ["3.12", "cpython@3.12.2", "cpython-3.12.2-linux-x86_64-gnu", ">=3.11, <3.13", "pypy", "# x\n3.13t\r\n", ""]
)
def test_uv_is_asked_about_versions_away_from_the_place(machine: Machine, uv: Uv, tmp_path: Path, text: str) -> None:
    write_program(tmp_path / "bin" / "uv", f'#!/bin/sh\ncat .python-version >"{tmp_path}/asked"\nexit 1\n')
    app = pin(machine.cwd / "app", text)
    (app.parent / "uv.toml").write_text("")
    migrate(machine, "--compare", PATH=f"{tmp_path}/bin:/usr/bin:/bin")
    assert (tmp_path / "asked").read_bytes() == app.read_bytes()


def test_decommission(machine: Machine, uv: Uv, mirror: Path) -> None:
    path = {"PATH": "/usr/bin:/bin"}
    migrate(machine, "--decommission", **path).shows(
        "", f"nothing that was looked at depends on uv at {uv.place}\n"
        f"hint: move it away first, and remove it when nothing is missed: mv {uv.place} {uv.place}.old\n",
    )  # fmt: skip
    home = f"{uv.place}/{key('3.12.2')}/bin"
    (machine.home / ".local" / "bin").mkdir()
    (machine.home / ".local" / "bin" / "python3.12").symlink_to(f"{home}/python3")
    (machine.home / ".bashrc").write_text(
        'export UV_PYTHON_INSTALL_DIR=$HOME/x\neval "$(uv generate-shell-completion bash)"\n'
    )
    tool = machine.home / ".local/share/uv/tools/ruff"
    tool.mkdir(parents=True)
    (tool / "pyvenv.cfg").write_text(f"home = {home}\n")
    app = pin(machine.cwd / "app", "3.12\n")
    migrate(machine, "--link", "--only", "3.12.2").ok()
    run = migrate(machine, "--decommission", **path)
    assert (run.status, [" ".join(line.split()) for line in run.stdout.splitlines()]) == (
        1, [
            f"start-up {machine.home}/.bashrc:1: export UV_PYTHON_INSTALL_DIR=$HOME/x",
            f"pin {app}: 3.12: 3.12.2 is a link to {uv.place}/{key('3.12.2')}",
            f"link {machine.root}/versions/3.12.2: leads to {uv.place}/{key('3.12.2')}",
            f"environment {tool}: made with {home}",
            f"program {machine.home}/.local/bin/python3.12: a link to {home}/python3",
        ],
    )  # fmt: skip
