"""nox."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project, base_of

pytestmark = pytest.mark.real


def test_the_page(project: Project, versions: Versions) -> None:
    done = project.follow("nox").ok()
    assert f"Python {versions.old}" in done.lines
    assert project.shims_run() == []
    (made,) = (project.directory / ".nox").glob("tests*")
    assert base_of(made) == str(project.person.root / "versions" / versions.minor)
