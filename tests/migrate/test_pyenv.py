"""`pyv migrate pyenv`: the list, the links, the twins, and the way back from each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.install.scene import left_in, receipt_of
from tests.migrate import scene
from tests.migrate.scene import Pyenv, pin, twins
from tests.selection.tree import write_program
from tests.support.runner import Machine, Run


@pytest.fixture
def pyenv(machine: Machine) -> Pyenv:
    """Versions with a twin and without, an alias, an environment, and things that are none of these."""
    found = Pyenv(machine.home / ".pyenv")
    found.install("3.12.1", requests="2.31.0", six="1.16.0")
    found.install("3.11.7")
    found.install("3.6.15")
    found.install("pypy3.10-7.3.12")
    found.install("mine")
    found.alias("work", "3.12.1")
    found.environment("3.12.1", "web")
    found.alias("gone", "3.9.9")
    (found.versions / "empty").mkdir()
    (found.versions / "a-file").write_text("")
    (found.versions / ".hidden").mkdir()
    (found.place / "version").write_text("3.12.1\n")
    return found


@pytest.fixture
def mirror(machine: Machine, tmp_path: Path) -> Path:
    """Twins of two of them."""
    return twins(tmp_path / "mirror", machine, "3.11.7", "3.12.1", "3.12.2")


def migrate(machine: Machine, *words: str | Path, **variables: str) -> Run:
    return scene.run(machine, "pyenv", *words, **variables)


def says(machine: Machine, name: str) -> str:
    """What `python` of a version says, reached through its shim."""
    return machine.shim("python", "x", PYENV_VERSION=name).ok().stdout


def test_the_list(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    app = pin(machine.cwd / "app", "3.12\n# comment\nghost\n")
    pin(machine.cwd / "node_modules" / "x", "3.1\n")
    pin(machine.cwd / "env", "3.11.7\n")
    (machine.cwd / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    pin(machine.cwd / "env" / "below", "3.1\n")
    before = left_in(machine.home, without=("locks",))
    migrate(machine, "--index", mirror).shows(
        f"3.6.15           no twin: no build of `3.6.15` for {_triple(machine, mirror)}\n"
        "3.11.7           twin 3.11.7+20260814 (install_only_stripped)\n"
        "3.12.1           twin 3.12.1+20260814 (install_only_stripped); 2 packages\n"
        "mine             no twin: its name is not a version of CPython\n"
        "pypy3.10-7.3.12  no twin: pypy is not CPython\n"
        "3.12.1/envs/web  environment\n"
        "empty            there is no Python in it\n"
        "gone             a link that leads nowhere: 3.9.9\n"
        "web              environment\n"
        "work             alias of 3.12.1\n"
        f"{pyenv.place}/version: 3.12.1\n"
        f"{app}: 3.12 ghost\n"
        f"{machine.cwd}/env/.python-version: 3.11.7\n",
        f"pyenv at {pyenv.place}: 5 interpreters, 1 link, 2 environments, 2 broken entries\n",
    )
    assert left_in(machine.home, without=("locks",)) == before, "a list writes nothing"


def _triple(machine: Machine, mirror: Path) -> str:
    found = machine.pyv("available", "--index", mirror, "--json").ok().json["artifacts"]
    return str(found[0]["triple"])


def test_the_list_for_scripts(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    told = migrate(machine, "--index", mirror, "--only", "3.12.1", "--only", "work", "--json").ok().json
    digest = told["versions"][0]["twin"].pop("sha256")
    assert len(digest) == 64
    assert told == {
        "schema": 1, "tool": "pyenv", "from": str(pyenv.place), "same_root": False,
        "versions": [
            {
                "name": "3.12.1", "path": f"{pyenv.versions}/3.12.1", "kind": "interpreter", "family": "cpython",
                "here": "3.12.1", "installed": False, "linked": False,
                "twin": {"pinned": "3.12.1+20260814", "flavor": "install_only_stripped"},
            },
        ],
        "others": [{"name": "work", "path": f"{pyenv.versions}/work", "kind": "alias", "target": "3.12.1"}],
        "pins": [{"path": f"{pyenv.place}/version", "names": ["3.12.1"]}],
    }  # fmt: skip


def test_where_pyenv_is(machine: Machine, tmp_path: Path, mirror: Path) -> None:
    other = Pyenv(tmp_path / "other")
    other.install("3.11.7")
    line = f"pyenv at {other.place}: 1 interpreter\n"
    assert migrate(machine, "--from", other.place, "--index", mirror).ok().stderr == line
    assert migrate(machine, "--index", mirror, PYENV_ROOT=str(other.place)).ok().stderr == line
    assert migrate(machine, "--from", "../other/", "--index", mirror).ok().stderr == line
    Pyenv(machine.root).install("3.9.9")
    own = f"pyenv at {machine.root}: 1 interpreter; this is pyv's own root, and they answer already\n"
    assert migrate(machine, "--index", mirror, PYENV_ROOT=str(machine.root)).ok().stderr == own
    Pyenv(machine.home / ".pyenv").install("3.9.9")
    line = f"pyenv at {machine.home}/.pyenv: 1 interpreter\n"
    assert migrate(machine, "--index", mirror, PYENV_ROOT=f"{machine.root}/").ok().stderr == line
    os.rename(machine.home / ".pyenv", machine.home / "moved")
    migrate(machine).shows(
        "", f"pyv: no pyenv at {machine.home}/.pyenv: {machine.home}/.pyenv/versions is no directory\n"
        "hint: name pyenv's root: --from DIR\n", 2,
    )  # fmt: skip


def test_what_cannot_be_asked_for(machine: Machine, pyenv: Pyenv) -> None:
    migrate(machine, "--link", "--compare").fails(2, "they go with no other step")
    migrate(machine, "--compare", "--decommission").fails(2, "they go with no other step")
    migrate(machine, "--compare", "--only", "3.12.1").fails(2, "--only chooses versions")
    migrate(machine, "--link", "--only", "3.1").fails(2, "pyenv has no `3.1`")
    migrate(machine, "nowhere").fails(2, f"{machine.cwd}/nowhere is not a directory")


def test_links_answer_and_nothing_of_theirs_changes(machine: Machine, pyenv: Pyenv) -> None:
    before = left_in(pyenv.place)
    tree = pyenv.versions
    migrate(machine, "--link").shows(
        "".join(f"linked {name} -> {tree}/{name}\n" for name in
                ("3.6.15", "3.11.7", "3.12.1", "mine", "pypy3.10-7.3.12", "web", "work")),
        "empty: not linked: there is no Python in it\ngone: not linked: a link that leads nowhere: 3.9.9\n",
    )  # fmt: skip
    assert left_in(pyenv.place) == before
    for name, told in (("3.12.1", "3.12.1"), ("work", "3.12.1"), ("web", "web"), ("3.12.1/envs/web", "web")):
        assert says(machine, name) == f"{told} of pyenv: x\n"
        assert machine.pyv("which", "python", PYENV_VERSION=name).ok().stdout == (
            f"{machine.root}/versions/{name}/bin/python\n"
        )
    assert machine.pyv("version-name", PYENV_VERSION="3.12").ok().stdout == "3.12.1\n"
    assert machine.pyv("versions", "--bare", "--skip-envs").ok().stdout.split() == [
        "3.6.15", "3.11.7", "3.12.1", "mine", "pypy3.10-7.3.12", "web", "work",
    ]  # fmt: skip
    receipt = json.loads((machine.root / "store" / "foreign-3.12.1.json").read_text())
    assert (receipt["foreign"], receipt["target"]) == ("pyenv", f"{tree}/3.12.1")
    migrate(machine, "--link", "--only", "3.12.1").shows(f"present 3.12.1 -> {tree}/3.12.1\n")


def test_the_way_back_from_links(machine: Machine, pyenv: Pyenv) -> None:
    before, empty = left_in(pyenv.place), left_in(machine.root)
    migrate(machine, "--link").ok()
    names = ("3.6.15", "3.11.7", "3.12.1", "mine", "pypy3.10-7.3.12", "web", "work")
    machine.pyv("uninstall", "-f", *names).shows("".join(f"pyv: {name} uninstalled\n" for name in names))
    left = {path: what for path, what in left_in(machine.root).items() if not path.startswith(("bin/", "shims/."))}
    assert left == empty
    assert left_in(pyenv.place) == before


def test_a_link_leads_to_what_pyenv_has_now(machine: Machine, pyenv: Pyenv) -> None:
    migrate(machine, "--link", "--only", "work").ok()
    (pyenv.versions / "work").unlink()
    pyenv.alias("work", "3.11.7")
    assert says(machine, "work") == "3.11.7 of pyenv: x\n"


def test_links_stand_back(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    """For what pyv has installed, what somebody else put there, and aliases pyv manages."""
    machine.pyv("install", "3.11.7", "3.12.2", "--index", mirror).ok()
    pyenv.alias("3.12", "3.12.1")
    write_program(machine.root / "versions" / "mine" / "bin" / "python")
    run = migrate(machine, "--link", "--only", "3.11.7", "--only", "mine", "--only", "3.12", "--json").ok()
    link = machine.root / "versions" / "mine"
    assert {each["name"]: (each["status"], each["cause"]) for each in run.json["links"]} == {
        "3.11.7": ("left", "pyv has installed 3.11.7 itself"),
        "mine": ("left", f"something else stands at {link}"),
        "3.12": ("left", "3.12 is an alias pyv manages"),
    }
    assert says(machine, "3.11.7") == "Python 3.11.7\n"


def test_a_managed_alias_gives_way_to_a_linked_version_and_comes_back(
    machine: Machine, pyenv: Pyenv, mirror: Path
) -> None:
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    assert "3.12: no alias any more" in migrate(machine, "--link", "--only", "3.12.1").ok().stderr
    assert not os.path.lexists(machine.root / "versions" / "3.12")
    assert machine.pyv("version-name", PYENV_VERSION="3.12").ok().stdout == "3.12.2\n"
    machine.pyv("uninstall", "-f", "3.12.1").ok()
    assert os.readlink(machine.root / "versions" / "3.12") == "3.12.2"


def test_a_dry_run_changes_nothing(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    before = left_in(machine.home)
    words = ("--only", "3.12.1", "--only", "3.6.15", "--link", "--install", "--packages", "--index", mirror)
    run = migrate(machine, *words, "--dry-run").ok()
    assert run.stdout.splitlines()[0].startswith("would install 3.12.1 from cpython-3.12.1+20260814-")
    assert run.stdout.splitlines()[1:] == [
        f"would link 3.6.15 -> {pyenv.versions}/3.6.15",
        "would install in 3.12.1: requests==2.31.0 six==1.16.0",
    ]
    assert left_in(machine.home) == before


def test_twins_take_the_place_of_links(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    before = left_in(pyenv.place)
    migrate(machine, "--link").ok()
    run = migrate(machine, "--install", "--index", mirror)
    run.ok()
    left = [line for line in run.stderr.splitlines() if "left as it is" in line]
    assert [line.partition(":")[0] for line in left] == ["3.6.15", "mine", "pypy3.10-7.3.12"]
    assert run.stdout == "linked work -> 3.12.1\n", "an alias follows to the twin"
    assert says(machine, "3.12.1") == says(machine, "work") == "Python 3.12.1\n"
    assert says(machine, "3.6.15") == "3.6.15 of pyenv: x\n"
    assert receipt_of(machine, "3.12.1").name == "3.12.1"
    assert not (machine.root / "store" / "foreign-3.12.1.json").exists()
    assert os.readlink(machine.root / "versions" / "3.12") == "3.12.1"
    assert left_in(pyenv.place) == before
    assert "3.12.1 is installed already" in migrate(machine, "--install", "--index", mirror).ok().stderr
    # the way back
    machine.pyv("uninstall", "-f", "3.12.1").ok()
    migrate(machine, "--link", "--only", "3.12.1").ok()
    assert says(machine, "3.12.1") == "3.12.1 of pyenv: x\n"


def test_twins_and_links_in_one(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    told = migrate(machine, "--install", "--link", "--index", mirror, "--json").ok().json
    assert sorted(each["name"] for each in told["installed"]) == ["3.11.7", "3.12.1"]
    assert {each["name"] for each in told["links"] if each["status"] == "linked"} == {
        "3.6.15", "mine", "pypy3.10-7.3.12", "web", "work",
    }  # fmt: skip
    assert says(machine, "3.12.1") == "Python 3.12.1\n"


def test_install_alone_takes_a_link_for_installed(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    migrate(machine, "--link", "--only", "3.12.1").ok()
    machine.pyv("install", "3.12.1", "--index", mirror).shows(stderr="3.12.1 is installed already\n")
    assert says(machine, "3.12.1") == "3.12.1 of pyenv: x\n"
    archive = next((mirror / "blobs" / "sha256").iterdir())
    machine.pyv("install", "--force", "3.12.1", "--index", mirror).ok()
    assert says(machine, "3.12.1") == "Python 3.12.1\n"
    assert archive.is_file()


def test_a_failed_installation_leaves_the_link(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    migrate(machine, "--link", "--only", "3.12.1").ok()
    for blob in (mirror / "blobs" / "sha256").iterdir():
        blob.write_bytes(b"x" + blob.read_bytes()[1:])
    run = migrate(machine, "--install", "--only", "3.12.1", "--index", mirror)
    run.fails(4, "3.12.1")
    assert says(machine, "3.12.1") == "3.12.1 of pyenv: x\n"


def test_pyvs_own_root(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    """`PYV_ROOT=~/.pyenv`: it is said, and nothing there is replaced."""
    mine = {"PYV_ROOT": str(pyenv.place)}
    machine = Machine(machine.home, pyenv.place, machine.cwd, mine)
    mirror = twins(mirror.with_name("again"), machine, "3.9.9")
    machine.pyv("install", "3.9.9", "--index", mirror).ok()
    run = migrate(machine, "--index", mirror).ok()
    assert "3.9.9  " not in run.stdout
    assert "3.12.1  " in run.stdout
    assert "; this is pyv's own root, and they answer already\n" in run.stderr
    for step in ("--link", "--install", "--packages", "--decommission"):
        migrate(machine, step, "--index", mirror).fails(2, "pyenv's root is pyv's own")


@pytest.mark.parametrize(
    "demand", ['level = "sha256"', 'versions = ">=3.11"', "triples = []", 'minimum_release_age = "7d"']
)
def test_a_policy_that_judges_installations_forbids_links(machine: Machine, pyenv: Pyenv, demand: str) -> None:
    (machine.cwd / "pyv.toml").write_text(f"[policy]\n{demand}\n")
    before = left_in(machine.home)
    migrate(machine, "--link").fails(4, f"and {machine.cwd}/pyv.toml makes demands", "--install")
    assert left_in(machine.home) == before


def test_other_policies_do_not(machine: Machine, pyenv: Pyenv) -> None:
    (machine.cwd / "pyv.toml").write_text("[policy]\nverify_before_extract = true\n")
    migrate(machine, "--link").ok()


def test_names_are_only_names(machine: Machine, tmp_path: Path) -> None:
    """Blanks, globs, line feeds, bytes that are no text, what no command could name, a root that is a link, an interpreter that lies elsewhere."""
    pyenv = Pyenv(tmp_path / "real")
    (machine.home / ".pyenv").symlink_to(pyenv.place)
    odd = ["my env", "*", os.fsdecode(b"\xff"), "3.12.1 "]
    left = ["system", "new\nline", "red\033[31m", "\x9b31m", "-f", "3.12:x"]
    for name in (*odd, *left):
        write_program(pyenv.versions / name / "bin" / "python")
    write_program(tmp_path / "elsewhere" / "bin" / "python")
    (pyenv.versions / "3.11.7").symlink_to(tmp_path / "elsewhere")
    run = migrate(machine, "--link", "--json").ok()
    told = {each["name"]: each["status"] for each in run.json["links"]}
    assert told == {**dict.fromkeys((*odd, "3.11.7"), "linked"), **dict.fromkeys(left, "left")}
    assert set(os.listdir(machine.root / "versions")) == {*odd, "3.11.7"}
    before = left_in(pyenv.place)
    for name in ("my env", "*", "3.11.7"):
        machine.pyv("uninstall", "-f", name).shows(f"pyv: {name} uninstalled\n")
    assert set(os.listdir(machine.root / "versions")) == {os.fsdecode(b"\xff"), "3.12.1 "}
    assert left_in(pyenv.place) == before
