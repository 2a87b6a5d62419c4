"""Fixtures that cost seconds are made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.real import LISTING, Mirror, Pyv, cache, make_mirror, pbs_archive, pythons_at_hand, repacked, served


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for the session's mirrors."""
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="session")
def genuine_archive(place: Path) -> Path:
    """A build of upstream's: 3.9.13."""
    return pbs_archive("npm", place / "archives", "--cache", cache())


@pytest.fixture(scope="session")
def machine_archives() -> list[Path]:
    """CPythons of this machine, up to three: the oldest, the newest, and the system's."""
    pythons = pythons_at_hand()
    system = [python for python in pythons[1:-1] if python == Path("/usr/bin/python3")]
    return [repacked(python) for python in dict.fromkeys([pythons[0], *(system or pythons[1:2]), pythons[-1]])]


@pytest.fixture(scope="session")
def layout_archive(place: Path) -> Path:
    """The shape of a genuine 3.13 build, with small contents."""
    (place / "archives").mkdir(exist_ok=True)
    return pbs_archive("layout", LISTING, place / "archives")


@pytest.fixture(scope="session")
def genuine_mirror(place: Path, genuine_archive: Path) -> Mirror:
    """A mirror that holds the genuine build."""
    return make_mirror(place / "genuine", genuine_archive)


@pytest.fixture(scope="session")
def genuine_index(genuine_mirror: Mirror) -> Iterator[str]:
    """Its address, served."""
    with served(genuine_mirror) as address:
        yield address


@pytest.fixture(scope="session")
def machine_mirror(place: Path, machine_archives: list[Path], request: pytest.FixtureRequest) -> Mirror:
    """A mirror of several versions: this machine's, and the genuine build where it can be had."""
    archives = list(machine_archives)
    with suppress(pytest.skip.Exception):
        archives.append(request.getfixturevalue("genuine_archive"))
    if len(archives) < 2:
        pytest.skip("this machine has one CPython, and the genuine build could not be fetched")
    return make_mirror(place / "machine", *archives)


@pytest.fixture
def user(tmp_path: Path) -> Pyv:
    """Somebody with an empty root."""
    return Pyv(home=tmp_path / "user")
