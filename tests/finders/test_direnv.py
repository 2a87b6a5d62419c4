"""direnv's `layout pyenv`."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project, base_of
from tests.support.real import need

pytestmark = pytest.mark.real


def test_the_page(project_at_home: Project, versions: Versions) -> None:
    need("direnv")
    done = project_at_home.follow("direnv").ok()
    assert done.lines[-1] == f"Python {versions.old}"
    (made,) = project_at_home.directory.glob(".direnv/python-*")
    assert base_of(made) == str(project_at_home.person.root / "versions" / versions.minor)
    assert project_at_home.shims_run() == []


def test_what_is_not_installed(project_at_home: Project) -> None:
    need("direnv")
    project_at_home.write({".envrc": "layout pyenv 3.7\n"})
    assert "pyenv: version '3.7' not installed" in project_at_home.run("direnv allow; direnv exec . true").output
