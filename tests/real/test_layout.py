"""The shape of a genuine 3.13 build, 4,753 entries of which 1,047 are links, installed whole."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

import pytest

from tests.support.real import LISTING, Pyv, make_mirror

pytestmark = pytest.mark.real

ADDED = {
    # what pyenv's users expect and upstream does not ship (pyv.install.patch)
    "bin/idle": "120000 -> idle3",
    "bin/pydoc": "120000 -> pydoc3",
    "bin/python-config": "120000 -> python3-config",
}


def listed() -> dict[str, str]:
    """Path below the prefix → `MODE[ -> TARGET]`."""
    entries = {}
    for line in gzip.decompress(LISTING.read_bytes()).decode().splitlines():
        mode, path, *target = line.split(" ", 2)
        entries[path.removeprefix("python/")] = " ".join([mode, *target])
    return entries


def found(prefix: Path) -> dict[str, str]:
    """The same, of a tree."""
    entries = {}
    for folder, folders, files in os.walk(prefix):
        for name in files + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            link = f"120000 -> {path.readlink()}" if stat.S_ISLNK(mode) else f"{mode:o}"
            entries[path.relative_to(prefix).as_posix()] = link
    return entries


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, place: Path, layout_archive: Path) -> Pyv:
    """Somebody who installed it."""
    home = tmp_path_factory.mktemp("user")
    (home / "probe").touch()
    if (home / "PROBE").exists():
        pytest.skip("this file system ignores case, and the build holds names that differ in nothing else")
    user = Pyv(home=home)
    mirror = make_mirror(place / "layout", layout_archive)
    user.pyv("trust", "add", mirror.directory, "--yes")
    user.pyv("install", "3.13", "--index", mirror.directory)
    return user


def test_every_entry_is_there_and_no_other(user: Pyv) -> None:
    assert found(user.root / "versions" / "3.13.12") == {**listed(), **ADDED}


def test_the_interpreter_answers_through_the_shim(user: Pyv) -> None:
    user.pyv("local", "3.13")

    assert user.say("python", "--version") == "Python 3.13.12"


def test_the_file_list_beside_the_prefix_names_every_entry(user: Pyv) -> None:
    (file_list,) = (user.root / "store").glob("*.files")

    named = sorted(line.split(" ", 2)[2] for line in file_list.read_text(encoding="utf-8").splitlines())
    assert named == sorted([*listed(), *ADDED])
