"""pre-commit."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project
from tests.support.real import need

pytestmark = pytest.mark.real

# The hook's package is built with what virtualenv brings, and nobody is asked for anything. 0 is pip's yes here.
_ALONE = {
    "VIRTUALENV_NO_SEED": "0",
    "PIP_NO_INDEX": "1",
    "PIP_NO_BUILD_ISOLATION": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


@pytest.fixture(autouse=True)
def repository(project: Project) -> None:
    """It works on repositories."""
    need("git")
    project.write({".pre-commit-config.yaml": project.section("pre-commit").files[".pre-commit-config.yaml"]})
    project.run("git init -q; git add .").ok()


def test_the_page(project: Project, versions: Versions) -> None:
    done = project.follow("pre-commit", **_ALONE).ok()
    assert f"Python {versions.old}" in done.lines
    assert project.shims_run() == []


def test_a_pin_of_the_project_is_not_seen(project: Project, versions: Versions) -> None:
    done = project.run(f"pyv local {versions.minor}; pre-commit run", **_ALONE)
    assert done.status != 0
    assert f"failed to find interpreter for Builtin discover of python_spec='python{versions.minor}'" in done.output
