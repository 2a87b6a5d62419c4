"""What `pyv verify` finds in a prefix somebody was at: every way a file can differ, and what is no file at all."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.install.verify import Verified, names_to_verify, verify_version
from pyv.store.paths import Root
from pyv.transfer.progress import Silence
from tests.install.scene import index_of, left_in, publish
from tests.support.runner import Machine

NAME = "3.12.2"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """One machine with 3.12.2; tests work on copies."""
    place = tmp_path_factory.mktemp("made")
    machine = Machine.fresh(place)
    machine.pyv("install", NAME, "--index", publish(index_of(NAME), place / "mirror", machine)).ok()
    return machine


@pytest.fixture
def root(made: Machine, tmp_path: Path) -> Root:
    shutil.copytree(made.root, tmp_path / "root", symlinks=True)
    return Root(tmp_path / "root")


def prefix_of(root: Root) -> Path:
    return root.version_link(NAME).resolve()


def verdict(root: Root, *entries: Revocation) -> Verified:
    before = left_in(root.path)
    found = verify_version(root, NAME, Revocations(entries), Silence())
    assert left_in(root.path) == before
    return found


def test_sound(root: Root) -> None:
    found = verdict(root)
    assert (found.is_damaged, found.is_blocked, found.remedy, found.files) == (False, False, None, 13)
    assert found.difference == ((), (), ())


def socket_at(path: Path) -> None:
    path.unlink()
    here = os.getcwd()
    os.chdir(path.parent)  # such names must be short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def replaced(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def act(path: Path) -> None:
        path.unlink()
        make(path)

    return act


OS = "lib/python3.12/os.py"


@pytest.mark.parametrize(
    ("path", "act"),
    [
        (OS, lambda path: path.write_bytes(b"")),
        (OS, lambda path: path.write_bytes(path.read_bytes().replace(b"3", b"4"))),
        (OS, lambda path: path.write_bytes(path.read_bytes() + b"\n")),
        (OS, lambda path: path.chmod(0o755)),
        ("bin/python3.12", lambda path: path.chmod(0o644)),
        (OS, replaced(lambda path: path.symlink_to("LICENSE.txt"))),
        (OS, replaced(lambda path: path.symlink_to("/nowhere"))),
        (OS, replaced(lambda path: path.mkdir())),
        (OS, replaced(os.mkfifo)),
        (OS, socket_at),
        ("bin/python3", replaced(lambda path: path.symlink_to("python"))),
        ("bin/python3", replaced(lambda path: path.symlink_to(b"\xff".decode("utf-8", "surrogateescape")))),
        ("bin/python3", replaced(lambda path: shutil.copy(path.with_name("python3.12"), path))),
    ],
)
def test_changed(root: Root, path: str, act: Callable[[Path], object]) -> None:
    act(prefix_of(root) / path)
    found = verdict(root)
    assert found.difference == ((path,), (), ())
    assert (found.is_damaged, found.remedy) == (True, "pyv install --force 3.12.2+20260814")


def test_what_others_may_do_with_a_file_is_no_damage(root: Root) -> None:
    (prefix_of(root) / OS).chmod(0o666)
    os.utime(prefix_of(root) / OS, (0, 0))
    assert not verdict(root).is_damaged


def test_missing(root: Root) -> None:
    shutil.rmtree(prefix_of(root) / "include")
    (prefix_of(root) / "bin/python").unlink()
    assert verdict(root).difference == ((), ("bin/python", "include/python3.12/Python.h"), ())


def test_a_directory_that_became_a_link_is_not_followed(root: Root, tmp_path: Path) -> None:
    shutil.move(prefix_of(root) / "include", tmp_path / "include")
    (prefix_of(root) / "include").symlink_to(tmp_path / "include")
    assert verdict(root).difference == ((), ("include/python3.12/Python.h",), ("include",))


def test_a_directory_in_place_of_a_file_holds_additions(root: Root) -> None:
    (prefix_of(root) / OS).unlink()
    (prefix_of(root) / OS).mkdir()
    (prefix_of(root) / OS / "x").touch()
    assert verdict(root).difference == ((OS,), (), (f"{OS}/x",))


def test_additions_are_no_damage(root: Root) -> None:
    library = prefix_of(root) / "lib/python3.12"
    (library / "__pycache__").mkdir()
    (library / "__pycache__/os.cpython-312.pyc").touch()
    (library / "site-packages/empty").mkdir(parents=True)
    (library / "site-packages/loop").symlink_to(".")
    os.mkfifo(library / "site-packages/pipe")
    with open(os.fsencode(library) + b"/\xff\n", "wb"):
        pass
    found = verdict(root)
    assert not found.is_damaged
    assert found.difference.added == (
        "lib/python3.12/__pycache__/os.cpython-312.pyc",
        "lib/python3.12/site-packages/loop",
        "lib/python3.12/site-packages/pipe",
        "lib/python3.12/\udcff\n",
    )


def problem(root: Root) -> str:
    found = verdict(root)
    assert (found.is_damaged, found.difference) == (True, ((), (), ()))
    return found.problem


def test_tampered_list(root: Root) -> None:
    """A list that was made to fit a changed tree does not fit its receipt."""
    path = root.file_list(prefix_of(root).name)
    path.write_text(path.read_text() + f"100644 {'0' * 64} ../../outside\n")
    assert problem(root) == f"the list of its files is not the one its receipt means: {path}"
    path.unlink()
    assert problem(root) == f"the list of its files is gone: {path}"
    os.mkfifo(path)
    assert problem(root) == f"cannot fetch {path}: it is not a regular file"


def test_receipt_gone_or_damaged(root: Root) -> None:
    path = root.receipt(prefix_of(root).name)
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "name": "3.12.1"}))
    assert problem(root) == f"{root.version_link(NAME)} leads to the prefix of 3.12.1"
    path.write_text("{")
    assert problem(root).startswith(f"{path}: not the JSON expected here")
    path.write_bytes(b"\xff")
    assert problem(root).startswith(f"{path}: not the JSON expected here")
    path.unlink()
    assert problem(root) == f"no receipt for {prefix_of(root).name}: No such file or directory"
    assert verdict(root).remedy == "pyv install --force 3.12.2"


def test_prefix_gone(root: Root, tmp_path: Path) -> None:
    prefix = prefix_of(root)
    shutil.move(prefix, tmp_path / "elsewhere")
    assert problem(root) == f"{prefix} is not there any more, or is no directory"
    prefix.symlink_to(tmp_path / "elsewhere")
    assert problem(root) == f"{prefix} is not there any more, or is no directory"


def test_names(root: Root) -> None:
    for name in ("3.9.9", ".hidden"):
        (root.versions / name).mkdir()
    (root.versions / "file").touch()
    (root.versions / "mine").symlink_to(NAME)
    (root.versions / "outside").symlink_to("/usr")
    (root.versions / "3.10.1").symlink_to("../store/lost")
    assert names_to_verify(root) == (["3.10.1", NAME], ["3.9.9", "outside"])
    assert names_to_verify(Root(root.path / "nothing")) == ([], [])


def revocation(**changes: str) -> Revocation:
    return Revocation(**{"action": "block", "reason": "bad", "date": "2026-11-01", **changes})


@pytest.mark.parametrize(
    ("entry", "blocked", "remedy"),
    [
        (revocation(build="20260814"), True, "pyv install --force 3.12.2"),
        (revocation(version=NAME), True, "install another build or version, then pyv uninstall 3.12.2"),
        (revocation(version=NAME, replaced_by="3.12.3"), True, "pyv install 3.12.3, then pyv uninstall 3.12.2"),
        (
            revocation(version=NAME, replaced_by=">=3.12.3; id"),
            True,
            "pyv install '>=3.12.3; id', then pyv uninstall 3.12.2",
        ),
        (revocation(action="yank", version=NAME), False, None),
        (revocation(build="20260101"), False, None),
    ],
)
def test_revoked(root: Root, entry: Revocation, blocked: bool, remedy: str | None) -> None:
    found = verdict(root, entry)
    assert (found.is_blocked, found.remedy, found.is_damaged) == (blocked, remedy, False)


def test_revoked_and_its_list_gone(root: Root) -> None:
    root.file_list(prefix_of(root).name).unlink()
    found = verdict(root, revocation(build="20260814"))
    assert (found.is_damaged, found.is_blocked) == (True, True)
