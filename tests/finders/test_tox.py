"""tox."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project, base_of

pytestmark = pytest.mark.real

# What the project is about: no package, one command.
_TESTS = "\n[testenv:py39]\nskip_install = true\ncommands = python -V\n"


def test_the_page(project: Project, versions: Versions) -> None:
    settings = project.section("tox").files["tox.ini"]
    project.write({"tox.ini": settings + _TESTS})
    done = project.run(project.section("tox").commands).ok()
    assert f"Python {versions.old}" in done.lines
    assert project.shims_run() == []
    assert base_of(project.directory / ".tox" / "py39") == str(project.person.root / "versions" / versions.minor)


@pytest.mark.parametrize(
    ("variables", "asks_the_shim"), [({}, True), ({"TOX_OVERRIDE": "testenv.pass_env+=PYENV_ROOT"}, False)]
)
def test_without_its_setting(
    project: Project, versions: Versions, variables: dict[str, str], *, asks_the_shim: bool
) -> None:
    project.write({"tox.ini": _TESTS})
    done = project.run(project.section("tox").commands, **variables).ok()
    assert f"Python {versions.old}" in done.lines
    assert (project.shims_run() != []) == asks_the_shim
