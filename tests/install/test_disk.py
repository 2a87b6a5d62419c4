"""Disks that are full, read-only, or two where one belongs: a clear message, exit code 7, and the old state."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.install.namespace import Namespace
from tests.install.scene import HERE, assert_sound, big_tar, index_of, left_in, publish, trust
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run

NO_SPACE = "no space left on device\nhint: free some space"
READ_ONLY = "read-only file system\nhint: the file system is read-only: "
TWO_SYSTEMS = " spans two file systems"


@pytest.fixture
def inside(machine: Machine) -> Iterator[Namespace]:
    with Namespace.of(machine) as namespace:
        yield namespace


def neighbour_and_big(tmp_path: Path) -> tuple[SignedIndex, Path]:
    """An index with a tiny 3.12.1 and a 3.12.2 of 4 MB."""
    index = index_of("3.12.1")
    index.add("3.12.2", big_tar(files=64, size=65536).gz(), triple=HERE)
    return index, index.write(tmp_path / "mirror")


def test_full_disk(inside: Namespace, tmp_path: Path) -> None:
    index, mirror = neighbour_and_big(tmp_path)
    inside.tmpfs(inside.machine.root, "mode=755,size=3m")
    inside.pyv("trust", "add", mirror, "--yes").ok()
    inside.pyv("install", "3.12.1", "--index", mirror).ok()
    was = left_in(inside.root, without=("locks", "cache"))
    run = inside.pyv("install", "3.12.2", "--index", mirror)
    run.fails(7, NO_SPACE)
    assert run.stderr.count("\n") == 3, run.stderr
    assert left_in(inside.root, without=("locks", "cache")) == was
    assert [path.name for path in (inside.root / "cache/blobs/sha256").iterdir()] == [index.artifacts[0].sha256]
    inside.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.1\n")
    inside.mount("-o", "remount,size=64m", inside.machine.root)
    inside.pyv("install", "3.12.2", "--index", mirror).ok()
    assert_sound(Root(inside.root), "3.12.2")


def healthy(inside: Namespace) -> None:
    """Links, aliases and shims agree, and answer."""
    root = inside.root
    names = sorted(name for name in os.listdir(root / "versions") if name.count(".") == 2)
    for name in names:
        assert_sound(Root(root), name)
        inside.shim("python", "-V", PYV_VERSION=name).shows(f"Python {name}\n")
    assert (root / "aliases").read_text() == f"3.12 {names[-1]}\n"
    assert os.readlink(root / "versions" / "3.12") == names[-1]
    inside.shim("python3.12", "-V", PYV_VERSION="3.12").shows(f"Python {names[-1]}\n")


@pytest.mark.parametrize("first", [False, True], ids=["beside-another", "first-of-all"])
def test_disk_that_gets_full_at_any_step(inside: Namespace, tmp_path: Path, first: bool) -> None:
    """So many more files fit, and then no more: whichever write fails, the old state stays or the new one is whole."""
    mirror = publish(index_of("3.12.1", "3.12.2"), tmp_path / "mirror")
    failures = 0
    for spare in range(1, 90, 6):
        run, was = _with_room_for(inside, mirror, spare, first=first)
        if run.status == 0:
            break
        failures += 1
        run.fails(7, NO_SPACE)
        assert left_in(inside.root / "staging") == {}, f"with room for {spare} files"
        now = inside.root / "versions" / "3.12.2"
        if not os.path.lexists(now):
            left = left_in(inside.root, without=("locks", "cache", "bin", "shims"))
            assert left == was, f"with room for {spare} files"
        inside.mount("-o", "remount,nr_inodes=100000", inside.machine.root)
        inside.pyv("install", "3.12.2", "--index", mirror).ok()
        healthy(inside)
        inside.run("umount", str(inside.machine.root)).ok()
    assert run.status == 0
    assert failures > 4


def _with_room_for(inside: Namespace, mirror: Path, spare: int, *, first: bool) -> tuple[Run, object]:
    """An install of 3.12.2 on a disk with so many inodes left, and the state before it."""
    inside.tmpfs(inside.machine.root)
    inside.pyv("trust", "add", mirror, "--yes").ok()
    if not first:
        inside.pyv("install", "3.12.1", "--index", mirror).ok()
    was = left_in(inside.root, without=("locks", "cache", "bin", "shims"))
    room = os.statvfs(inside.root)
    inside.mount("-o", f"remount,nr_inodes={room.f_files - room.f_ffree + spare}", inside.machine.root)
    return inside.pyv("install", "3.12.2", "--index", mirror), was


def test_read_only_root(inside: Namespace, tmp_path: Path) -> None:
    mirror = publish(index_of("3.12.1", "3.12.2"), tmp_path / "mirror", inside.machine)
    inside.pyv("install", "3.12.1", "--index", mirror).ok()
    was = left_in(inside.machine.root, without=())
    inside.mount("--bind", inside.machine.root, inside.machine.root)
    inside.mount("-o", "remount,bind,ro", inside.machine.root)
    for command in (["install", "3.12.2", "--index", mirror], ["uninstall", "-f", "3.12.1"]):
        run = inside.pyv(*command)
        run.fails(7, READ_ONLY)
        assert run.stderr.count("pyv: cannot ") == 1
    inside.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.1\n")
    inside.pyv("versions", "--bare").shows("3.12.1\n")
    inside.pyv("available", "3.12", "--index", mirror).ok()
    assert left_in(inside.machine.root, without=()) == was


def test_read_only_root_that_has_it_already(inside: Namespace, tmp_path: Path) -> None:
    """An image with interpreters in it: `pyv install` in its start script has nothing to do, and says so."""
    mirror = publish(index_of("3.12.1"), tmp_path / "mirror", inside.machine)
    inside.pyv("install", "3.12.1", "--index", mirror).ok()
    inside.mount("--bind", inside.machine.root, inside.machine.root)
    inside.mount("-o", "remount,bind,ro", inside.machine.root)
    inside.pyv("install", "3.12.1", "--index", mirror).shows(stderr="3.12.1 is installed already\n")


@pytest.mark.parametrize("part", ["store", "staging"])
def test_root_on_two_file_systems(inside: Namespace, tmp_path: Path, part: str) -> None:
    mirror = publish(index_of("3.12.1", "3.12.2"), tmp_path / "mirror", inside.machine)
    inside.tmpfs(inside.machine.root / part)
    run = inside.pyv("install", "3.12.2", "--index", mirror)
    run.fails(
        7,
        "pyv: cannot activate ",
        ": invalid cross-device link\nhint: ",
        TWO_SYSTEMS,
    )
    assert left_in(inside.root / "staging") == {}
    assert left_in(inside.root / "store") == {}
    assert os.listdir(inside.root / "versions") == []


def test_uninstall_from_a_root_on_two_file_systems(inside: Namespace, tmp_path: Path) -> None:
    """Staging was moved elsewhere after the install: the version stays, or goes and leaves nothing."""
    mirror = publish(index_of("3.12.1", "3.12.2"), tmp_path / "mirror", inside.machine)
    inside.pyv("install", "3.12.1", "3.12.2", "--index", mirror).ok()
    inside.tmpfs(inside.machine.root / "staging")
    was = left_in(inside.root)
    run = inside.pyv("uninstall", "-f", "3.12.2")
    if run.status == 0:
        assert [name for name in os.listdir(inside.root / "store") if "3.12.2" in name] == []
    else:
        run.fails(7, TWO_SYSTEMS)
        assert left_in(inside.root) == was


@pytest.mark.parametrize("part", ["store", "staging", "versions", "locks", "cache", "cache/partial", "shims", "bin"])
def test_file_where_a_directory_belongs(machine: Machine, tmp_path: Path, part: str) -> None:
    mirror = publish(index_of("3.12.2"), tmp_path / "mirror", machine)
    stray = machine.root / part
    if stray.is_dir():
        shutil.rmtree(stray)
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("a file\n")
    run = machine.pyv("install", "3.12.2", "--index", mirror)
    run.fails(7, "pyv: cannot ", str(stray), "hint: a file stands where pyv needs a directory: move it away\n")
    assert stray.read_text() == "a file\n"
    if part != "staging":
        assert left_in(machine.root / "staging") == {}
    stray.unlink()
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    assert_sound(Root(machine.root), "3.12.2")
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")


def test_root_that_is_a_file(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    mirror = publish(index, tmp_path / "mirror")
    machine.root.write_text("a file\n")
    run = machine.pyv("trust", "add", mirror, "--yes")
    run.fails(7, "pyv: cannot create ", "hint: a file stands where pyv needs a directory: move it away\n")
    run = machine.pyv("uninstall", "-f", "3.12.2")
    run.fails(7, "hint: a file stands where pyv needs a directory: move it away\n")
    assert machine.root.read_text() == "a file\n"


def test_directory_in_the_place_of_a_shim(machine: Machine, tmp_path: Path) -> None:
    """A stray directory keeps its name from being a shim; everything else works."""
    index = index_of("3.12.2")
    trust(machine, index)
    (machine.root / "shims" / "pip" / "kept").mkdir(parents=True)
    machine.pyv("install", "3.12.2", "--index", index.write(tmp_path / "mirror")).ok()
    assert (machine.root / "shims" / "pip" / "kept").is_dir()
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")
