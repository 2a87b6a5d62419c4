"""Roots laid out for an image: for another place, another machine, and twice the same."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.install.namespace import Namespace
from tests.install.scene import HERE, assert_sound, index_of, trust
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine

NAME = "3.12.2"
MUSL, ARM, MAC = "x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"
EPOCH = 1_700_000_000


@pytest.fixture
def mirror(machine: Machine, tmp_path: Path) -> Path:
    """3.12.2 for this host and for others; 3.13.0 for this host. Trusted in the root the tests lay out."""
    index = index_of(NAME, "3.13.0")
    for triple in (MUSL, ARM, MAC):
        index.add(NAME, tiny_archive(NAME, extra={"lib/for": triple.encode()}), triple=triple)
    directory = index.write(tmp_path / "mirror")
    trust(rooted(machine, tmp_path / "rootfs/opt/pyv"), index)
    return directory


def rooted(machine: Machine, root: Path) -> Machine:
    return Machine(home=machine.home, root=root, cwd=machine.cwd)


def receipt(root: Path) -> dict[str, object]:
    (path,) = (root / "store").glob(f"cpython-{NAME}*.json")
    told: dict[str, object] = json.loads(path.read_text())
    return told


def test_a_root_for_another_place(machine: Machine, mirror: Path, tmp_path: Path) -> None:
    """The image has a Python at /opt/pyv and no pyv; nothing in it tells where it was made."""
    root = tmp_path / "rootfs/opt/pyv"
    words = ("install", NAME, "--root", root, "--at", "/opt/pyv", "--index", mirror)
    run = machine.pyv(*words).ok()
    assert run.stderr.endswith(f": /opt/pyv/versions/{NAME}\n")
    assert not machine.root.exists(), "the root of this machine is left alone"
    assert receipt(root)["prefix"] == f"/opt/pyv/versions/{NAME}"
    assert_sound(Root(root), NAME)
    machine.pyv(*words).shows(stderr=f"{NAME} is installed already\n")
    assert not (root / "bin").exists()
    for kept in ("cache", "index", "locks", "staging", "trust"):
        shutil.rmtree(root / kept)
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".json"]
    assert [path for path in files if str(tmp_path).encode() in path.read_bytes()] == []
    with Namespace.of(machine) as inside:
        inside.tmpfs(Path("/opt"))
        inside.run("cp", "-a", str(root), "/opt/pyv").ok()
        shims = "/opt/pyv/shims:/usr/bin:/bin"
        inside.run("sh", "-c", "cd / && python -V", PATH=shims, PYV_VERSION="3.12").shows(f"Python {NAME}\n")
        inside.run("sh", "-c", "cd / && python -m pip install x", PATH=shims, PYV_VERSION=NAME).shows(
            f"python3.12 of {NAME}: -m pip install x\n"
        )
        inside.run("/opt/pyv/versions/3.12/bin/python", "-V").shows(f"Python {NAME}\n")


def test_an_index_is_accepted_below_the_root_it_is_for(machine: Machine, mirror: Path) -> None:
    words = ("install", NAME, "--root", "other", "--index", mirror)
    hint = f"hint: look at its root and accept it: PYV_ROOT={machine.cwd}/other pyv trust add {mirror}\n"
    machine.pyv(*words).fails(4, "its root was never accepted here", hint)
    machine.pyv("trust", "add", mirror, "--yes", PYV_ROOT=f"{machine.cwd}/other").ok()
    machine.pyv(*words).ok()


@pytest.mark.parametrize("triple", [MUSL, ARM, MAC])
def test_a_root_for_another_machine(machine: Machine, mirror: Path, tmp_path: Path, triple: str) -> None:
    root = tmp_path / "rootfs/opt/pyv"
    machine.pyv("install", "3.12", "--root", root, "--triple", triple, "--index", mirror).ok()
    assert (root / "versions" / NAME / "lib/for").read_text() == triple
    assert receipt(root)["prefix"] == f"{root}/versions/{NAME}"
    assert not (root / "bin").exists(), "it would start a Python of this machine"
    assert_sound(Root(root), NAME)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--triple", ARM), 3, "this host cannot run"),
        (("--triple", ARM, "--root", "{root}", "--compile-bytecode"), 2, "--compile-bytecode starts the interpreter"),
        (("--triple", "aarch64-unknown-hurd", "--root", "{root}"), 2, "is not a triple"),
        (("--at", "/opt/pyv"), 2, "--at says where another root will lie"),
        (("--at", "opt/pyv", "--root", "{root}"), 2, "is no place a root can lie at"),
        (("--at", "/opt:pyv", "--root", "{root}"), 2, "is no place a root can lie at"),
        (("--root", ""), 2, "--root names no directory"),
    ],
)
def test_refused(
    machine: Machine, mirror: Path, tmp_path: Path, words: tuple[str, ...], status: int, told: str
) -> None:
    root = tmp_path / "rootfs/opt/pyv"
    given = [word.format(root=root) for word in words]
    here = machine if "--root" in words else replace(machine, variables={"PYV_ROOT": str(root)})
    here.pyv("install", NAME, *given, "--index", mirror).fails(status, told, "hint: ")
    assert not (root / "versions").exists()


def test_a_windows_root_is_refused(machine: Machine, tmp_path: Path) -> None:
    index, triple, root = SignedIndex(), "x86_64-pc-windows-msvc", tmp_path / "root"
    index.add(NAME, tiny_archive(NAME), triple=triple)
    trust(rooted(machine, root), index)
    words = ("--root", root, "--triple", triple, "--index", index.write(tmp_path / "mirror"))
    machine.pyv("install", NAME, *words).fails(2, "pyv lays out no builds for x86_64-pc-windows-msvc")


def packed(root: Path) -> str:
    """The digest of a tar of a root, what is no part of an image left out: contents, modes, owners, times, links."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in sorted(root.rglob("*")):
            if path.relative_to(root).parts[0] not in {"cache", "index", "locks", "staging", "trust"}:
                archive.add(path, arcname=str(path.relative_to(root)), recursive=False)
        archive.add(root, arcname=".", recursive=False)
    return hashlib.sha256(stream.getvalue()).hexdigest()


def test_two_are_equal_to_the_byte_and_the_second(machine: Machine, mirror: Path, tmp_path: Path) -> None:
    """One after the other at one place, the second from the cache."""
    root = tmp_path / "rootfs/opt/pyv"
    made = []
    for number in range(2):
        words = ("install", NAME, "3.13.0", "--root", root, "--index", mirror)
        machine.pyv(*words, SOURCE_DATE_EPOCH=str(EPOCH)).ok()
        made.append(packed(root))
        if number == 0:
            for name in ("store", "versions", "shims", "bin"):
                shutil.rmtree(root / name)
            (root / "aliases").unlink()
    assert made[0] == made[1]
    told = receipt(root)
    assert (told["installed_at"], told["phases"], told["source"]) == ("2023-11-14T22:13:20Z", {}, "")
    times = {path.lstat().st_mtime for path in (root / "store").rglob("*")}
    assert times == {EPOCH}
    assert not (root / "shims" / ".seen").exists(), "times that are all one say nothing to a launcher"
    fresh = rooted(machine, root)
    fresh.pyv("verify", PYV_ROOT=str(root)).ok()
    fresh.shim("python", "-V", PYV_VERSION=NAME).shows(f"Python {NAME}\n")


def test_bytecode_is_compiled_so_that_it_is_the_same_twice(machine: Machine, tmp_path: Path) -> None:
    """By one process with one order of sets; what comes of it is compared on a genuine build by hand, as it takes long."""
    python = b'#!/bin/sh\nhere=${0%/bin/*}\nenv >"$here/lib/environment"\necho "$*" >"$here/lib/called"\n'
    index, root = SignedIndex(), tmp_path / "root"
    index.add(NAME, tiny_archive(NAME, extra={"bin/python3.12": python}), triple=HERE)
    trust(rooted(machine, root), index)
    words = ("install", NAME, "--root", root, "--compile-bytecode", "--index", index.write(tmp_path / "mirror"))
    machine.pyv(*words, SOURCE_DATE_EPOCH=str(EPOCH), PYTHONHASHSEED="7").ok()
    library = root / "versions" / NAME / "lib"
    assert (library / "called").read_text().startswith("-s -B -m compileall -j 1 ")
    told = dict(line.partition("=")[::2] for line in (library / "environment").read_text().splitlines())
    assert (told["PYTHONHASHSEED"], told["SOURCE_DATE_EPOCH"]) == ("0", str(EPOCH))


def test_without_the_variable_the_trees_are_equal(machine: Machine, mirror: Path, tmp_path: Path) -> None:
    root = tmp_path / "rootfs/opt/pyv"
    trees = []
    for _ in range(2):
        machine.pyv("install", NAME, "--force", "--root", root, "--index", mirror).ok()
        newest = max((root / "store").glob(f"cpython-{NAME}*.json"), key=lambda path: path.stat().st_mtime_ns)
        trees.append(json.loads(newest.read_text())["tree"])
    assert trees[0] == trees[1]


@pytest.mark.parametrize("word", ["yesterday", "-1", "1.5", "٣", "1" * 30, " 1"])
def test_no_number_of_seconds(machine: Machine, mirror: Path, tmp_path: Path, word: str) -> None:
    root = tmp_path / "rootfs/opt/pyv"
    run = machine.pyv("install", NAME, "--root", root, "--index", mirror, SOURCE_DATE_EPOCH=word)
    run.fails(2, f"SOURCE_DATE_EPOCH is `{word}`, which is no decimal number", "hint: ")
    assert not (root / "versions").exists()


def test_the_time_of_a_build_decides_nothing(machine: Machine, tmp_path: Path) -> None:
    """An index that has expired has expired, whatever time a build is to bear."""
    index = index_of(NAME)
    index.repository.renew("timestamp", -1)
    trust(machine, index)
    run = machine.pyv("install", NAME, "--index", index.write(tmp_path / "mirror"), SOURCE_DATE_EPOCH=str(EPOCH))
    run.fails(4, "the index has expired")
