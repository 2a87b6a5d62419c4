"""An installed tree of interpreters that run, and the tools; both made once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.finders import tools
from tests.finders.page import Versions, section
from tests.finders.person import Person, Project
from tests.support.real import Mirror, cache, make_mirror, pbs_archive, repacked, version_of


@pytest.fixture(scope="session")
def programs() -> Path:
    """Where the tools are."""
    return tools.programs()


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """A mirror with both versions."""
    place = tmp_path_factory.mktemp("finders")
    genuine = pbs_archive("npm", place / "archives", "--cache", cache())
    return make_mirror(place, genuine, repacked(Path(sys.executable)))


@pytest.fixture(scope="session")
def versions(mirror: Mirror) -> Versions:
    """What is in it."""
    old, new = map(version_of, mirror.archives)
    return Versions(old=old, new=new)


@pytest.fixture(scope="session")
def someone(tmp_path_factory: pytest.TempPathFactory, programs: Path, mirror: Mirror, versions: Versions) -> Person:
    """Somebody with both versions installed in `~/.pyv`, and nothing selected."""
    home = tmp_path_factory.mktemp("someone")
    person = Person(home=home, root=home / ".pyv", versions=versions, start_up=section("The shell", versions).start_up)
    person.has(programs, tools.NAMES)
    person.shell(
        f"pyv trust add '{mirror.directory}' --yes"
        f" && pyv install {versions.old} {versions.new} --index '{mirror.directory}'",
        directory=home,
    ).ok()
    person.watch()
    return person


@pytest.fixture(scope="session")
def at_home(tmp_path_factory: pytest.TempPathFactory, programs: Path, mirror: Mirror, versions: Versions) -> Person:
    """Somebody whose root is in the place of pyenv's, and whose pyv answers to `pyenv`; the old version is there."""
    home = tmp_path_factory.mktemp("at-home")
    start_up = section("Editors", versions).start_up
    person = Person(home=home, root=home / ".pyenv", versions=versions, start_up=start_up)
    person.has(programs, tools.NAMES)
    person.shell(
        f"pyv trust add '{mirror.directory}' --yes && pyv install {versions.old} --index '{mirror.directory}'",
        directory=home,
    ).ok()
    person.watch()
    return person


@pytest.fixture
def project(someone: Person, tmp_path: Path) -> Iterator[Project]:
    """A directory of theirs; what tools remember of interpreters is forgotten before, the global pin after."""
    someone.forget()
    yield Project(person=someone, directory=tmp_path)
    (someone.root / "version").unlink(missing_ok=True)


@pytest.fixture
def project_at_home(at_home: Person, tmp_path: Path) -> Project:
    """A directory of somebody's whose root is in the place of pyenv's."""
    at_home.forget()
    return Project(person=at_home, directory=tmp_path)
