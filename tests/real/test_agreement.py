"""Our reader agrees with GNU tar on every real archive: names, modes, link targets and contents."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest

from pyv.archive.extract import Limits, extract
from tests.support.real import need

pytestmark = pytest.mark.real


def tree(top: Path) -> dict[str, tuple[str, str]]:
    """Path → mode and what is there: a link's target, a file's sha256."""
    entries = {}
    for folder, folders, files in os.walk(top):
        for name in [*folders, *files]:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            what = ""
            if stat.S_ISLNK(mode):
                what = os.readlink(path)
            elif stat.S_ISREG(mode):
                what = hashlib.sha256(path.read_bytes()).hexdigest()
            entries[path.relative_to(top).as_posix()] = (f"{mode:o}", what)
    return entries


@pytest.fixture
def tar() -> str:
    """GNU tar: others have no --no-same-permissions."""
    program = need("tar")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if "GNU tar" not in said:
        pytest.skip("tar is not GNU tar")
    return program


@pytest.mark.parametrize("source", ["genuine_archive", "machine_archives", "layout_archive"])
def test_the_tree_is_the_one_gnu_tar_makes(
    source: str, tar: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(source)
    for number, archive in enumerate(made if isinstance(made, list) else [made]):
        theirs, ours = tmp_path / f"theirs{number}", tmp_path / f"ours{number}"
        theirs.mkdir()
        unpack = [tar, "--no-same-permissions", "--no-same-owner", "-xzf", archive, "-C", theirs]
        subprocess.run(unpack, check=True, umask=0o022)

        with archive.open("rb") as stream:
            extract(stream.read, ours, compression="gz", name=archive.name, limits=Limits(size=archive.stat().st_size))

        assert tree(ours) == tree(theirs / "python")
