"""VS Code and PyCharm: what they would list and run by their rules, on trees that pyv made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.finders import pycharm, vscode
from tests.finders.page import Versions
from tests.finders.person import SYSTEM, Person

pytestmark = pytest.mark.real


def from_a_desktop(person: Person) -> dict[str, str]:
    """The variables of an editor that no shell started."""
    return {"HOME": str(person.home), "PATH": SYSTEM}


def from_a_shell(person: Person, directory: Path) -> dict[str, str]:
    """The variables of an editor that a shell started."""
    lines = person.shell("env", directory=directory).ok().lines
    return dict(line.split("=", 1) for line in lines if line.startswith(("HOME=", "PATH=", "PYENV_ROOT=")))


def listed(variables: dict[str, str]) -> dict[str, str | None]:
    """The versions VS Code shows, by the name of their directory."""
    return {found.executable.parents[1].name: found.version for found in vscode.pyenv_environments(variables)}


def test_vs_code_finds_a_root_in_the_place_of_pyenv(at_home: Person, versions: Versions, tmp_path: Path) -> None:
    for variables in (from_a_desktop(at_home), from_a_shell(at_home, tmp_path)):
        assert listed(variables) == {versions.minor: versions.old, versions.old: versions.old}
        for found in vscode.pyenv_environments(variables):
            assert (found.kind, found.manager) == ("Pyenv", at_home.root / "bin" / "pyenv")
        assert not any(program.is_relative_to(at_home.root) for program in vscode.programs_it_runs(variables))


def test_vs_code_finds_the_default_root_by_the_variable_only(
    someone: Person, versions: Versions, tmp_path: Path
) -> None:
    variables = from_a_shell(someone, tmp_path)
    shown = listed(variables)
    assert (shown[versions.old], shown[versions.minor], shown[versions.new]) == (
        versions.old,
        versions.old,
        versions.new,
    )
    assert len(shown) == 4  # two versions, the links of two minors
    assert listed(from_a_desktop(someone)) == {}


def test_vs_code_runs_the_shims_of_the_default_root(someone: Person, tmp_path: Path) -> None:
    """What the page says it costs."""
    runs = vscode.programs_it_runs(from_a_shell(someone, tmp_path))
    shims = [program for program in runs if program.parent == someone.root / "shims"]
    assert {"python", "python3"} < {shim.name for shim in shims}


@pytest.mark.parametrize("from_desktop", [True, False])
def test_pycharm(at_home: Person, versions: Versions, tmp_path: Path, *, from_desktop: bool) -> None:
    variables = from_a_desktop(at_home) if from_desktop else from_a_shell(at_home, tmp_path)
    found = pycharm.interpreters(variables)
    assert found == [at_home.root / "versions" / name / "bin" / "python" for name in (versions.minor, versions.old)]
    assert all(pycharm.takes_for_pyenv(python, variables) for python in found)


def test_pycharm_finds_the_default_root_by_the_variable(someone: Person, versions: Versions, tmp_path: Path) -> None:
    variables = from_a_shell(someone, tmp_path)
    found = pycharm.interpreters(variables)
    assert someone.root / "versions" / versions.old / "bin" / "python" in found
    assert all(pycharm.takes_for_pyenv(python, variables) for python in found)
