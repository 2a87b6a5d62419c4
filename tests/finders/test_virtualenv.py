"""virtualenv, and the library it finds interpreters with, which tox, nox, hatch and pre-commit share."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project, base_of

pytestmark = pytest.mark.real


def test_the_page(project: Project, versions: Versions) -> None:
    done = project.follow("virtualenv").ok()
    assert done.lines[-1] == f"Python {versions.old}"
    assert project.shims_run() == []
    # made through the link of the minor: the environment follows patch upgrades
    minor = project.person.root / "versions" / versions.minor
    assert base_of(project.directory / ".venv") == str(minor)
    assert (project.directory / ".venv/bin/python").readlink().parent == minor / "bin"


def test_a_pin_of_a_patch(project: Project, versions: Versions) -> None:
    project.run(f"pyv local {versions.old}; virtualenv -q -p {versions.minor} .venv").ok()
    assert base_of(project.directory / ".venv") == str(project.person.root / "versions" / versions.old)
    assert project.shims_run() == []


def test_without_pyenv_root_it_asks_the_shim_and_finds_the_same(project: Project, versions: Versions) -> None:
    project.run(f"pyv local {versions.minor}; unset PYENV_ROOT; virtualenv -q -p {versions.minor} .venv").ok()
    assert base_of(project.directory / ".venv") == str(project.person.root / "versions" / versions.old)
    assert project.shims_run() != []
