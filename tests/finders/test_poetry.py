"""Poetry."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project

pytestmark = pytest.mark.real

_PROJECT = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n\n[tool.poetry]\npackage-mode = false\n'


def test_the_page(project: Project, versions: Versions) -> None:
    project.write({"pyproject.toml": _PROJECT})
    done = project.follow("Poetry").ok()
    assert done.lines[-1] == f"Python {versions.old}"


def test_it_lists_what_pyv_installed(project: Project, versions: Versions) -> None:
    shown = project.run("poetry python list").ok().output
    for version in (versions.old, versions.new):
        assert str(project.person.root / "versions" / version / "bin" / "python") in shown
