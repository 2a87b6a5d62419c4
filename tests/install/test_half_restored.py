"""A root of which a part is gone: a cache that was cut short, a disk that was full, a careless `rm`."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.store.paths import Root
from tests.install.process import Processes, ended
from tests.install.scene import HERE, assert_sound, index_of, installed, left_in, publish, step, timeless
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run

NAME = "3.12.2"
OS = "lib/python3.12/os.py"
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner,-chown"]
"""What makes root a user like others."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, SignedIndex, Path]:
    """A machine with 3.12.2, and its mirror; tests work on copies."""
    place = tmp_path_factory.mktemp("made")
    machine, index = Machine.fresh(place), index_of(NAME)
    mirror = publish(index, place / "mirror", machine)
    machine.pyv("install", NAME, "--index", mirror).ok()
    return machine, index, mirror


@pytest.fixture
def here(made: tuple[Machine, SignedIndex, Path]) -> Machine:
    """The machine as it was made: at the same place, so that nothing of it has moved."""
    machine = made[0]
    kept = machine.home / "kept"
    if not kept.exists():
        shutil.copytree(machine.root, kept, symlinks=True)
    shutil.rmtree(machine.root)
    shutil.copytree(kept, machine.root, symlinks=True)
    return machine


def prefix_of(machine: Machine) -> Path:
    return (machine.root / "versions" / NAME).resolve()


def install(machine: Machine, mirror: Path, *options: str) -> Run:
    return timeless(machine.pyv("install", NAME, "--index", mirror, *options))


def replaced(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def act(path: Path) -> None:
        path.unlink()
        make(path)

    return act


def beside(ending: str, act: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda prefix: act(prefix.with_name(prefix.name + ending))


def forged(key: str, value: object) -> Callable[[Path], object]:
    """A receipt somebody else made."""

    def act(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    return beside(".json", act)


def listed(name: str) -> Callable[[Path], object]:
    """One more file in the list, and a receipt that agrees."""

    def act(prefix: Path) -> None:
        path = prefix.with_name(prefix.name + ".files")
        path.write_text(f"{path.read_text()}100644 {'0' * 64} {name}\n")
        forged("tree", hashlib.sha256(path.read_bytes()).hexdigest())(prefix)

    return act


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda prefix: (prefix / OS).unlink(), f"1 file is missing: {OS}"),
        (
            lambda prefix: shutil.rmtree(prefix / "lib/pkgconfig"),
            "2 files are missing: lib/pkgconfig/python-3.12.pc, …",
        ),
        (lambda prefix: replaced(Path.mkdir)(prefix / OS), f"1 file is missing: {OS}"),
        (lambda prefix: replaced(os.mkfifo)(prefix / OS), f"1 file is missing: {OS}"),
        (lambda prefix: replaced(lambda path: path.symlink_to("x"))(prefix / OS), f"1 file is missing: {OS}"),
        (
            lambda prefix: replaced(lambda path: path.write_text("x"))(prefix / "bin/python3"),
            "1 file is missing: bin/python3",
        ),
        (lambda prefix: (prefix / "bin/python3.12").chmod(0o644), "1 file is missing: bin/python3.12"),
        (lambda prefix: os.truncate(prefix / OS, 3), "its files are 6 bytes short"),
        (beside(".json", Path.unlink), "its receipt is gone"),
        (beside(".json", lambda path: path.write_text("{")), "its receipt cannot be read"),
        (forged("patched", ["lib/python3.12/../../../../_sysconfigdata_x.py"]), "its receipt cannot be read"),
        (forged("patched", ["lib/python3.12/_sysconfigdata_\0.py"]), "its receipt cannot be read"),
        (listed("lib/python3.12/\0.py"), "1 file is missing: lib/python3.12/\\x00.py"),
        (forged("prefix", "/\0/versions/3.12.2"), "its receipt cannot be read"),
        (forged("prefix", "/\ud800/versions/3.12.2"), "its receipt cannot be read"),
        (beside(".files", Path.unlink), "the list of its files is gone"),
        (beside(".files", lambda path: os.truncate(path, 300)), "the list of its files is damaged"),
        (shutil.rmtree, "its directory is gone"),
    ],
)
def test_it_is_installed_again(
    here: Machine, made: tuple[Machine, SignedIndex, Path], act: Callable[[Path], object], told: str
) -> None:
    (artifact,) = made[1].artifacts
    was = prefix_of(here)
    act(was)
    run = timeless(here.pyv("install", f"{NAME}+20260814", "--index", made[2]))
    again = f"{NAME}: it is not whole ({told}): installing it again\n"
    kept = f"{NAME}: the build it replaces is kept as {was.name}; packages left there: none\n" if was.exists() else ""
    kept = "" if told == "its directory is gone" else kept
    run.shows(stderr=again + step(artifact) + installed(here, artifact, "from the cache") + kept)
    assert_sound(Root(here.root), NAME)
    here.shim("python", "-V", PYV_VERSION=NAME).shows(f"Python {NAME}\n")
    install(here, made[2]).shows(stderr=f"{NAME} is installed already\n")


def test_what_people_do_is_no_damage(here: Machine, made: tuple[Machine, SignedIndex, Path]) -> None:
    """They upgrade pip, add packages, and edit the library."""
    prefix = prefix_of(here)
    for name in ("pip", "pip3", "pip3.12"):
        (prefix / "bin" / name).unlink()
    (prefix / "bin" / "pip").write_text("#!/bin/sh\n")
    (prefix / "lib/python3.12/site-packages").mkdir()
    (prefix / OS).write_text("# another\n" * 99)
    install(here, made[2]).shows(stderr=f"{NAME} is installed already\n")


def test_nothing_outside_is_fitted(here: Machine, made: tuple[Machine, SignedIndex, Path]) -> None:
    """A restored root may hold links to anywhere: what lies behind them is not written to."""
    prefix, away = prefix_of(here), here.home / "away"
    (makefile,) = prefix.glob("lib/python3.12/config-*/Makefile")
    for number, directory in enumerate((prefix / "bin", makefile.parent)):
        shutil.move(directory, away / str(number))
        directory.symlink_to(away / str(number))
    text = makefile.read_text().replace(str(here.root), "/old")
    makefile.write_text(text)
    (away / "0" / "tool").write_text("#!/old/versions/3.12.2/bin/python\n")
    before = left_in(away)
    forged("prefix", "/old/versions/3.12.2")(prefix)
    install(here, made[2]).shows(
        stderr=f"{NAME}: its root was moved here from /old: fitted again\n{NAME} is installed already\n"
    )
    assert left_in(away) == before


def test_the_build_is_not_swapped_on_the_way(here: Machine, tmp_path: Path) -> None:
    """Not even what is not whole gives way to another build that somebody pinned: packages may be in it."""
    (prefix_of(here) / OS).unlink()
    index = SignedIndex()
    index.add(NAME, tiny_archive(NAME, extra={"lib/other": b""}), triple=HERE, build="20260901")
    mirror = publish(index, tmp_path / "mirror", here)
    here.pyv("install", f"{NAME}+20260901", "--index", mirror).fails(7, "is installed already, from build 20260814")


def test_offline_without_the_archive(here: Machine, made: tuple[Machine, SignedIndex, Path]) -> None:
    """The error says what is missing, and what to do."""
    (artifact,) = made[1].artifacts
    shutil.rmtree(here.root / "cache")
    options = ("--offline", "--mirror", "http://127.0.0.1:9/")
    install(here, made[2], *options).shows(stderr=f"{NAME} is installed already\n")
    (prefix_of(here) / OS).unlink()
    install(here, made[2], *options).shows(
        status=5,
        stderr=f"pyv: {NAME} is not whole (1 file is missing: {OS}), and cannot be installed again: "
        f"{artifact.name} is only to be had over the network, and --offline forbids that\n"
        "hint: name a directory with --mirror or --index, or leave --offline out\n",
    )


def test_two_at_once_install_it_once(
    made: tuple[Machine, SignedIndex, Path], here: Machine, processes: Processes
) -> None:
    """Whoever comes second finds it whole."""
    (prefix_of(here) / OS).unlink()
    lock = Root(here.root).artifact_lock(made[1].artifacts[0].sha256)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        running = [processes.start(here, "install", NAME, "--index", made[2]) for _ in range(2)]
        for process in running:  # what they are about to do they have planned
            assert process.stderr is not None
            while "waiting" not in process.stderr.readline():
                assert process.poll() is None
    assert [ended(process).status for process in running] == [0, 0]
    assert len([path for path in (here.root / "store").iterdir() if path.is_dir()]) == 2
    assert_sound(Root(here.root), NAME)


def test_what_was_taken_back_is_not_installed_again(machine: Machine, tmp_path: Path) -> None:
    """It is not whole, so nothing speaks for bringing it back."""
    index = index_of(NAME)
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", NAME, "--index", mirror).ok()
    index.revocations = Revocations((Revocation(action="block", version=NAME, reason="a hole", date="2026-11-01"),))
    index.write(mirror)
    machine.pyv("index", "refresh", "--index", mirror).ok()
    install(machine, mirror).ok()
    (prefix_of(machine) / OS).unlink()
    install(machine, mirror).fails(4, "a hole")


def test_links_gone_the_store_left(here: Machine, made: tuple[Machine, SignedIndex, Path]) -> None:
    shutil.rmtree(here.root / "versions")
    (artifact,) = made[1].artifacts
    install(here, made[2]).shows(stderr=step(artifact) + installed(here, artifact, "from the cache"))
    assert_sound(Root(here.root), NAME)
    shutil.rmtree(here.root / "shims")
    shutil.rmtree(here.root / "bin")
    (here.root / "aliases").unlink()
    install(here, made[2]).shows(stderr=f"{NAME} is installed already\n")
    here.shim("python", "-V", PYV_VERSION="3.12").shows(f"Python {NAME}\n")


@pytest.fixture
def theirs(here: Machine) -> Machine:
    """The machine, its root another user's, and nothing to override that with."""
    for parent, _, files in os.walk(here.root):
        os.chown(parent, 4321, 4321)
        for name in files:
            os.lchown(Path(parent, name), 4321, 4321)
    return here


def unprivileged(machine: Machine, *words: str | Path) -> Run:
    return machine.run([*UNPRIVILEGED, *machine.command(*map(str, words))])


def test_a_root_of_another_user(theirs: Machine, made: tuple[Machine, SignedIndex, Path]) -> None:
    """Whole, it serves; what has to be written says where, and what to do."""
    install_it = ("install", NAME, "--index", made[2])
    launcher = theirs.root / "bin" / "pyv"
    launcher.write_text(launcher.read_text().replace(f"_pyv_python='{sys.executable}'", "_pyv_python='/gone'"))
    unprivileged(theirs, *install_it).shows(stderr=f"{NAME} is installed already\n")
    place = theirs.home / "elsewhere"
    theirs.root.rename(place)
    try:
        moved = replace(theirs, root=place, variables={"PYV_ROOT": str(place)})
        unprivileged(moved, *install_it).fails(7, f"{NAME} was moved, and cannot be fitted", "hint: use a directory")
    finally:
        place.rename(theirs.root)
    (prefix_of(theirs) / OS).unlink()
    unprivileged(theirs, *install_it).fails(7, "it is not whole", "permission denied", "hint: use a directory you own")


def test_a_root_that_may_not_be_looked_at(theirs: Machine, made: tuple[Machine, SignedIndex, Path]) -> None:
    for hidden in ("lib/python3.12", "", "../../store"):
        directory = prefix_of(theirs) / hidden
        directory.chmod(0o700)
        run = unprivileged(theirs, "install", NAME, "--index", made[2])
        directory.chmod(0o755)
        run.fails(1 if "store" in hidden else 7, "permission denied", "hint: ")
