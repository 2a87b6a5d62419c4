"""direnv's `layout pyenv`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.finders.page import Versions
from tests.finders.person import Person, Project
from tests.support.real import need

pytestmark = pytest.mark.real


def test_the_page(at_home: Person, versions: Versions, tmp_path: Path) -> None:
    need("direnv")
    project = Project(person=at_home, directory=tmp_path)
    done = project.follow("direnv").ok()
    assert done.lines[-1] == f"Python {versions.old}"
    assert project.shims_run() == []


def test_what_is_not_installed(at_home: Person, tmp_path: Path) -> None:
    need("direnv")
    project = Project(person=at_home, directory=tmp_path)
    project.write({".envrc": "layout pyenv 3.7\n"})
    assert "pyenv: version '3.7' not installed" in project.run("direnv allow; direnv exec . true").output
