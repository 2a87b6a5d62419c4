"""uv."""

from __future__ import annotations

import pytest

from tests.finders.page import Versions
from tests.finders.person import Project, base_of

pytestmark = pytest.mark.real


def test_the_page(project: Project, versions: Versions) -> None:
    done = project.follow("uv").ok()
    prefix = project.person.root / "versions" / versions.old
    assert done.lines[0] == str(prefix / "bin" / f"python{versions.minor}")
    assert base_of(project.directory / ".venv") == str(prefix)
    assert project.shims_run() == [f"python{versions.minor}"] * 2  # it remembers nothing of a shim


def test_with_the_real_directory_first_no_shim_runs(project: Project, versions: Versions) -> None:
    start_up = project.section("uv").start_up
    there = project.person.root / "versions" / versions.minor / "bin"
    assert project.run("uv python find", UV_PYTHON_SEARCH_PATH=str(there)).ok().output.startswith(str(there))
    for _ in range(2):
        project.run(f"{start_up}uv venv -q --clear -p {versions.minor} .venv").ok()
        assert project.shims_run() == []
        assert base_of(project.directory / ".venv") == str(project.person.root / "versions" / versions.minor)


def test_it_looks_on_past_the_shim_of_a_version_that_is_not_selected(project: Project, versions: Versions) -> None:
    """Which says no with status 127."""
    new, there = versions.new.rpartition(".")[0], project.person.root / "versions" / versions.minor / "bin"
    done = project.run(f'pyv local {new}; PATH="$PATH:{there}" uv python find {versions.minor}').ok()
    assert done.lines == [str(there / f"python{versions.minor}")]
    assert f"python{versions.minor}" in project.shims_run()


def test_pyv_env_spares_the_shims_and_a_version_named_beats_the_pin(project: Project, versions: Versions) -> None:
    there = project.person.root / "versions"
    pinned = f'pyv local {versions.minor}; eval "$(pyv env)"; uv venv -q --clear .venv; uv python find --system'
    assert project.run(pinned).ok().lines[-1] == str(there / versions.old / "bin" / f"python{versions.minor}")
    assert base_of(project.directory / ".venv") == str(there / versions.old)
    named = f'eval "$(pyv env {versions.new})"; uv venv -q --clear .venv; python -c "import sys; print(sys.prefix)"'
    assert project.run(named).ok().lines[-1] == str(there / versions.new)
    assert base_of(project.directory / ".venv") == str(there / versions.new)
    assert project.shims_run() == []
