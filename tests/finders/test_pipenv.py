"""Pipenv, which runs `pyenv`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.finders.page import Versions, section
from tests.finders.person import Person, Project, base_of
from tests.support.real import Mirror

pytestmark = pytest.mark.real


def test_it_installs_what_is_not_there(programs: Path, mirror: Mirror, versions: Versions, tmp_path: Path) -> None:
    index = f"export PYV_INDEX='{mirror.directory}'\n"
    start_up = section("pyenv, by name", versions).start_up
    person = Person(home=tmp_path, root=tmp_path / ".pyv", versions=versions, start_up=index + start_up)
    person.has(programs, ["pipenv"])
    (tmp_path / "project").mkdir()
    project = Project(person=person, directory=tmp_path / "project")
    project.run('pyv trust add "$PYV_INDEX" --yes').ok()
    done = project.follow("Pipenv", PIPENV_YES="1", PIPENV_VENV_IN_PROJECT="1").ok()
    assert done.lines[-1] == f"Python {versions.old}"
    # Both names are that release: it takes the one that the file system lists first.
    names = {str(person.root / "versions" / name) for name in (versions.old, versions.minor)}
    assert base_of(project.directory / ".venv") in names


def test_it_takes_what_is_there(project_at_home: Project, versions: Versions) -> None:
    done = project_at_home.follow("Pipenv", PIPENV_VENV_IN_PROJECT="1").ok()
    assert done.lines[-1] == f"Python {versions.old}"
    assert project_at_home.shims_run() == []
