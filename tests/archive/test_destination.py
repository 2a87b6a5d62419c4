"""The directory that is filled, and its removal: by descriptor, never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.archive.destination import Destination, fresh
from pyv.archive.removal import DIRECTORY_FLAGS, remove_tree
from tests.support.trees import shape, state


def view(data: bytes) -> list[memoryview]:
    return [memoryview(data)]


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def fill(path: Path) -> None:
    with fresh(path) as destination:
        destination.write("bin/x", view(b"x"), executable=True)
        destination.write("lib/a/f", view(b"f"), executable=False)
        destination.write("bin/y", view(b"y"), executable=False)
        destination.directory("lib/b")
        destination.directory("lib/a")
        destination.hard_link("lib/b/h", "bin/x")
        destination.symlink("lib/l", "a/f")
        destination.write("top", iter(()), executable=False)


FILLED = {
    "bin": ("40755", b""),
    "bin/x": ("100755", b"x"),
    "bin/y": ("100644", b"y"),
    "lib": ("40755", b""),
    "lib/a": ("40755", b""),
    "lib/a/f": ("100644", b"f"),
    "lib/b": ("40755", b""),
    "lib/b/h": ("100755", b"x"),
    "lib/l": ("link", b"a/f"),
    "top": ("100644", b""),
}


@pytest.mark.parametrize("mask", [0o022, 0o000, 0o002, 0o077, 0o027, 0o067])
def test_modes_do_not_depend_on_the_umask(mask: int, tmp_path: Path) -> None:
    with umask(mask):
        fill(tmp_path / "d")
    assert shape(tmp_path / "d") == FILLED
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o755


def test_a_setgid_parent_leaves_no_trace(tmp_path: Path) -> None:
    tmp_path.chmod(0o2700)
    fill(tmp_path / "d")
    assert shape(tmp_path / "d") == FILLED
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o755


def test_hard_links_share_an_inode(tmp_path: Path) -> None:
    fill(tmp_path / "d")
    assert (tmp_path / "d/bin/x").samefile(tmp_path / "d/lib/b/h")


def test_a_failure_removes_everything(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    before = state(outside)

    def failing() -> None:
        with fresh(tmp_path / "d") as destination:
            destination.write("a/b/c", view(b"c"), executable=False)
            destination.symlink("a/l", str(outside))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert os.listdir(tmp_path) == ["outside"]
    assert state(outside) == before


def test_nothing_is_written_twice_or_through_a_link(tmp_path: Path) -> None:
    with fresh(tmp_path / "d") as destination:
        destination.write("f", view(b"1"), executable=False)
        destination.symlink("l", "f")
        destination.symlink("s", "..")
        for path in ("f", "l"):
            with pytest.raises(FileExistsError):
                destination.write(path, view(b"2"), executable=False)
        for path in ("s/f", "f/f"):
            with pytest.raises(OSError, match="exists"):
                destination.write(path, view(b"2"), executable=False)
        destination.write("g", view(b"3"), executable=False)
    assert (tmp_path / "d/f").read_bytes() == b"1"
    assert (tmp_path / "d/g").read_bytes() == b"3"


def test_a_directory_swapped_for_a_link_is_not_entered(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()

    def swapped() -> None:
        with fresh(tmp_path / "d") as destination:
            destination.write("a/f", view(b"1"), executable=False)
            destination.write("b/f", view(b"1"), executable=False)
            (tmp_path / "d/a").rename(tmp_path / "d/was-a")
            (tmp_path / "d/a").symlink_to(outside)
            destination.write("a/g", view(b"2"), executable=False)

    with pytest.raises(NotADirectoryError):
        swapped()
    assert os.listdir(tmp_path) == ["outside"]
    assert os.listdir(outside) == []


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_bytes(b"f")
    descriptors = os.listdir("/dev/fd")
    with pytest.raises(FileExistsError), fresh(tmp_path / "d"):
        raise AssertionError("entered")
    with pytest.raises(FileNotFoundError), fresh(tmp_path / "none" / "d"):
        raise AssertionError("entered")
    assert shape(tmp_path) == {"d": ("40755", b""), "d/f": ("100644", b"f")}
    assert len(os.listdir("/dev/fd")) == len(descriptors)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(paths=st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), min_size=1, max_size=12))
def test_any_order_of_directories(paths: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    top = tmp_path_factory.mktemp("order")
    wanted = {f"{'/'.join(path)}/file{number}": b"%d" % number for number, path in enumerate(paths)}
    with fresh(top / "d") as destination:
        for path, data in wanted.items():
            destination.write(path, view(data), executable=False)
    assert {path: content for path, (mode, content) in shape(top / "d").items() if mode == "100644"} == wanted


def test_removal_of_what_is_a_link_removes_the_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "f").write_bytes(b"f")
    (tmp_path / "link").symlink_to("kept")
    parent = os.open(tmp_path, DIRECTORY_FLAGS)
    try:
        remove_tree(parent, "link")
        remove_tree(parent, "absent")
    finally:
        os.close(parent)
    assert shape(tmp_path) == {"kept": ("40755", b""), "kept/f": ("100644", b"f")}


def test_a_directory_that_answers_to_another_case_is_noticed(tmp_path: Path) -> None:
    """A file system that ignores case, played by a file of that name."""
    (tmp_path / ".PYV-pROBE").write_bytes(b"")
    destination = Destination(os.open(tmp_path, DIRECTORY_FLAGS))
    destination.probe()
    destination.close()
    assert not destination.case_sensitive
    assert os.listdir(tmp_path) == [".PYV-pROBE"]
