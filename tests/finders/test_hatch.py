"""Hatch."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project

pytestmark = pytest.mark.real


def test_the_page(project: Project, versions: Versions) -> None:
    project.write({"pyproject.toml": '[project]\nname = "demo"\nversion = "1"\n'})
    done = project.follow("Hatch").ok()
    assert done.lines[-1] == f"Python {versions.old}"
    assert project.shims_run() == []
