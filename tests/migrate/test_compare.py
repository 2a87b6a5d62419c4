"""`--compare`: both resolvers asked in every directory that pins; each difference has its cause."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.migrate import scene
from tests.migrate.scene import Pyenv, pin, twins
from tests.support.runner import Machine, Run


@pytest.fixture
def pyenv(machine: Machine) -> Pyenv:
    """Two versions, a pyenv that can be asked, a global version that pyv has too."""
    found = Pyenv(machine.home / ".pyenv")
    found.install("3.12.1")
    found.install("3.11.7")
    found.executable()
    (found.place / "version").write_text("3.11.7\n")
    machine.root.mkdir()
    (machine.root / "version").write_text("3.11.7\n")
    return found


def compare(machine: Machine, *words: str | Path, **variables: str) -> Run:
    return scene.run(machine, "pyenv", "--compare", *words, **variables)


def link(machine: Machine) -> None:
    machine.pyv("migrate", "pyenv", "--link").ok()


def test_they_agree(machine: Machine, pyenv: Pyenv) -> None:
    app = pin(machine.cwd / "app", "3.12.1\n")
    both = pin(machine.cwd / "lib" / "deep", "3.11\r\n3.12 # and this\n")
    absent = pin(machine.cwd / "absent", "3.12.1\n3.9.9\n")
    system = pin(machine.cwd / "system", "# nothing\n")
    link(machine)
    python = f"{machine.run(['sh', '-c', 'command -v python']).stdout.strip()}"
    compare(machine).shows(
        f"same     {absent}: 3.12.1, missing 3.9.9, versions/3.12.1/bin/python\n"
        f"same     {app}: 3.12.1, versions/3.12.1/bin/python\n"
        f"same     {both}: 3.11.7:3.12.1, versions/3.11.7/bin/python\n"
        f"same     {system}: system{', ' if python else ''}{python}\n"
        f"same     {pyenv.place}/version: 3.11.7, versions/3.11.7/bin/python\n",
        f"5 places compared with {pyenv.place}/bin/pyenv: pyv and pyenv agree\n",
    )


def test_each_difference_has_its_cause(machine: Machine, pyenv: Pyenv, tmp_path: Path) -> None:
    link(machine)
    machine.pyv("uninstall", "-f", "3.11.7").ok()
    (machine.root / "version").write_text("3.12.1\n")
    mirror = twins(tmp_path / "mirror", machine, "3.12.4", "3.10.2")
    machine.pyv("install", "3.12.4", "3.10.2", "--index", mirror).ok()
    pyenv.alias("3.10", "3.11.7")
    pin(machine.cwd / "a", "3.11.7\n")
    pin(machine.cwd / "b", "3.12\n")
    pin(machine.cwd / "c", "3.10\n")
    pin(machine.cwd / "d", "3.12.4\n")
    pin(machine.cwd / "e", "cpython-3.12\n")
    run = compare(machine)
    lines = run.stdout.splitlines()
    assert run.status == 1
    assert [line for line in lines if line.startswith("  ")] == [
        "         3.11.7 is not installed here: `pyv install 3.11.7`, or `pyv migrate pyenv --link --only 3.11.7`",
        "         the newest `3.12` is 3.12.1 in pyenv, 3.12.4 here",
        "         `3.10` is 3.10 in pyenv; here it is an alias pyv manages, of 3.10.2",
        "         pyenv has nothing for `3.12.4`; pyv has 3.12.4",
        "         `cpython-3.12` is a spelling pyenv does not read; pyv takes 3.12.4 for it",
        "         the global version is 3.11.7 in pyenv, 3.12.1 here: `pyv global 3.11.7` once it is installed here",
    ]
    b = machine.cwd / "b" / ".python-version"
    assert lines[2] == (
        f"differs  {b}: pyenv 3.12.1, versions/3.12.1/bin/python; pyv 3.12.4, versions/3.12.4/bin/python"
    )
    assert run.stderr == f"6 places compared with {pyenv.place}/bin/pyenv: 6 differ\n"


def test_a_program_that_is_missing_here(machine: Machine, pyenv: Pyenv) -> None:
    pin(machine.cwd / "app", "3.12.1\n")
    link(machine)
    (machine.root / "versions" / "3.12.1").unlink()
    (machine.root / "versions" / "3.12.1" / "bin").mkdir(parents=True)
    python = machine.run(["sh", "-c", "command -v python"]).stdout.strip() or "not found"
    run = compare(machine)
    assert run.status == 1
    assert f"         `python` is versions/3.12.1/bin/python in pyenv, {python} here\n" in run.stdout


def test_a_pyenv_with_a_mind_of_its_own(machine: Machine, pyenv: Pyenv) -> None:
    """A hook, a plugin, another release: what it says on stderr is the cause, and a status counts."""
    pin(machine.cwd / "app", "3.12.1\n")
    link(machine)
    pyenv.executable("#!/bin/sh\nif [ $1 = which ]; then exit 3; fi\necho 3.12.1\necho 'pyenv: hooked' >&2\nexit 5\n")
    run = compare(machine)
    assert run.status == 1
    assert "         pyenv answers otherwise by itself (status 5, 3): pyenv: hooked\n" in run.stdout


def test_for_scripts(machine: Machine, pyenv: Pyenv) -> None:
    app = pin(machine.cwd / "app", "3.12.1\n")
    told = compare(machine, "app", "--json")
    assert told.status == 1
    answer = {
        "version_name": "3.12.1", "status": 0, "missing": [], "python": "versions/3.12.1/bin/python", "python_status": 0,
    }  # fmt: skip
    assert told.json["compared"][0]["path"] == str(app)
    assert told.json["compared"][0]["theirs"] == answer
    assert told.json["compared"][0]["pyv"]["missing"] == ["3.12.1"]
    assert (told.json["agree"], told.json["compared"][0]["agree"]) == (False, False)
    assert told.json["executable"] == f"{pyenv.place}/bin/pyenv"


def test_variables_that_pin_are_left_out(machine: Machine, pyenv: Pyenv) -> None:
    pin(machine.cwd / "app", "3.12.1\n")
    link(machine)
    run = compare(machine, PYENV_VERSION="3.9.9", PYENV_DIR="/nowhere").ok()
    assert [line.partition(" ")[0] for line in run.stderr.splitlines()] == ["PYENV_VERSION", "PYENV_DIR", "2"]


def test_strict_mode_is_a_difference(machine: Machine, pyenv: Pyenv) -> None:
    pin(machine.cwd / "app", "3.9.9\n3.12.1\n")
    link(machine)
    compare(machine).ok()
    run = compare(machine, PYV_STRICT="1")
    assert run.status == 1
    assert "         `python` is versions/3.12.1/bin/python in pyenv, not found here\n" in run.stdout
    (machine.cwd / "app" / "pyv.toml").write_text("[policy]\nstrict = true\n")
    assert (compare(machine).status, compare(machine).stdout) == (1, run.stdout)


def test_which_pyenv_is_asked(machine: Machine, pyenv: Pyenv, tmp_path: Path) -> None:
    link(machine)
    (pyenv.place / "bin" / "pyenv").unlink()
    hint = "hint: put pyenv on PATH for this command, or name its root: --from DIR\n"
    compare(machine, PATH="/usr/bin:/bin").shows(
        "", f"pyv: nothing to compare with: there is no pyenv in {pyenv.place}/bin or on PATH\n{hint}", 2
    )
    machine.pyv("init", "--as-pyenv").ok()
    ours = machine.root / "bin" / "pyenv"
    assert ours.is_file()
    compare(machine, PATH=f"{ours.parent}:/usr/bin:/bin").fails(2, "only pyv itself answers to the name pyenv in")
    other = Pyenv(tmp_path / "elsewhere").executable()
    run = compare(machine, PATH=f"{ours.parent}:{other.parent}:/usr/bin:/bin").ok()
    assert f"compared with {other}: pyv and pyenv agree" in run.stderr


def test_a_pyenv_that_cannot_run(machine: Machine, pyenv: Pyenv) -> None:
    pyenv.executable("#!/nowhere/sh\n")
    compare(machine).fails(1, f"cannot run {pyenv.place}/bin/pyenv", "hint: ")


def test_a_real_pyenv_agrees(machine: Machine, pyenv: Pyenv) -> None:
    """With links to all it has, on every kind of pin, whichever release this machine has."""
    real = os.environ.get("PYENV_REAL") or shutil.which("pyenv")
    if real is None:
        pytest.skip("there is no pyenv on this machine (PYENV_REAL names one): the scripted one alone was asked")
    (pyenv.place / "bin" / "pyenv").unlink()
    (pyenv.place / "bin" / "pyenv").symlink_to(os.path.realpath(real))
    for name in ("3.12.0", "3.13.0rc1", "3.13.1t", "pypy3.10-7.3.12", "mine"):
        pyenv.install(name)
    pyenv.environment("3.12.1", "web")
    pyenv.alias("work", "3.11.7")
    words = (
        "3.12.1", "3.12", "3", "3.13", "3.13t", "3.13.0rc1", "3.1", "pypy3.10", "pypy3.10-7.3.12", "mine", "work", "web",
        "3.12.1/envs/web", "../elsewhere", "python-3.12", "system", "3.9.9", "3.9.9\n3.12.1", "3.11\n3.12.1", "# none",
        "3.12.1 # this", "3.11\r\n3.12\r", "3.12.1:3.11.7", "system\n3.11.7", "*",
    )  # fmt: skip
    for number, word in enumerate(words):
        pin(machine.cwd / f"{number:02}", f"{word}\n")
    link(machine)
    run = compare(machine)
    assert [line for line in run.stdout.splitlines() if not line.startswith("same ")] == []
    assert run.stderr == f"{len(words) + 1} places compared with {pyenv.place}/bin/pyenv: pyv and pyenv agree\n"
    assert run.status == 0
    (machine.root / "versions" / "3.12.1").unlink()
    assert compare(machine, "00").status == 1
