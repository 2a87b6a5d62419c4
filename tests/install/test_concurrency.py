"""Several pyv at once on one root: one download an artifact, every command ends well, nothing is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.install.process import Processes, ended, until
from tests.install.scene import (
    HERE,
    assert_sound,
    big_tar,
    blob_path,
    index_of,
    installed,
    left_in,
    publish,
    receipt_of,
    serve_index,
    step,
    timeless,
)
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server


def aliases(machine: Machine) -> dict[str, str]:
    """The alias list, after comparing it with the links."""
    told = dict(line.split(" ") for line in (machine.root / "aliases").read_text().splitlines())
    assert told == {name: os.readlink(machine.root / "versions" / name) for name in told}
    return told


def assert_nothing_left_over(machine: Machine) -> None:
    assert left_in(machine.root / "staging") == {}
    assert left_in(machine.root / "cache" / "partial") == {}
    assert not [path for path in left_in(machine.root, without=()) if path.endswith(".tmp") or "/staging-" in path]


@pytest.mark.parametrize("count", [2, 4])
def test_same_version(machine: Machine, processes: Processes, server: Server, tmp_path: Path, count: int) -> None:
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=10).gz(), triple=HERE)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(here), index.blobs[here.sha256], drip=(8192, 0.2))  # longer than it takes another to start
    running = [processes.start(machine, "install", "3.12.2", "--index", address) for _ in range(count)]
    said = sorted(timeless(ended(process)).ok().stderr for process in running)
    waited = step(here) + "3.12.2: another pyv is installing it: waiting\n3.12.2 is installed already\n"
    late = "3.12.2 is installed already\n"
    assert said.count(step(here) + installed(machine, here, f"{here.size} bytes from {address}")) == 1
    between = step(here) + late  # planned before the first had ended, and did not have to wait any more
    assert said.count(waited) + said.count(between) + said.count(late) == count - 1
    assert said.count(waited) >= 1
    assert len(server.asked(blob_path(here))) == 1
    assert_sound(Root(machine.root), "3.12.2")
    assert len(os.listdir(machine.root / "store")) == 3
    assert_nothing_left_over(machine)


def test_different_versions(machine: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    names = ["3.11.9", "3.12.1", "3.12.2", "3.13.1t"]
    index = index_of(*names)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    running = [
        processes.start(machine, "install", name.replace("3.13.1t", "3.13t"), "--index", address) for name in names
    ]
    for process in running:
        ended(process).ok()
    for name in names:
        assert_sound(Root(machine.root), name)
        machine.shim("python", "-V", PYV_VERSION=name).shows(f"Python {name.rstrip('t')}\n")
    assert aliases(machine) == {"3.11": "3.11.9", "3.12": "3.12.2", "3.13t": "3.13.1t"}
    assert {"python3.11", "python3.12", "python3.13", "python3.13t"} <= set(os.listdir(machine.root / "shims"))
    assert_nothing_left_over(machine)


def test_uninstall_during_install(machine: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    """A neighbour goes while a version arrives: neither waits for the other's bytes."""
    index = index_of("3.12.1", "3.11.9")
    here = index.add("3.12.2", big_tar(files=10).gz(), triple=HERE)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    machine.pyv("install", "3.12.1", "3.11.9", "--index", address).ok()
    server.put(blob_path(here), index.blobs[here.sha256], drip=(4096, 0.05))
    installing = processes.start(machine, "install", "3.12.2", "--index", address)
    assert until(lambda: os.listdir(machine.root / "staging"), installing)
    machine.pyv("uninstall", "-f", "3.12.1").shows("pyv: 3.12.1 uninstalled\n")
    assert installing.poll() is None, "the uninstall waited for the download"
    assert aliases(machine) == {"3.11": "3.11.9"}
    assert os.listdir(machine.root / "staging"), "the sweep of an uninstall leaves living work alone"
    ended(installing).ok()
    assert aliases(machine) == {"3.11": "3.11.9", "3.12": "3.12.2"}
    assert_sound(Root(machine.root), "3.12.2")
    assert_sound(Root(machine.root), "3.11.9")
    assert_nothing_left_over(machine)


def test_uninstall_of_what_is_being_replaced(
    machine: Machine, processes: Processes, server: Server, tmp_path: Path
) -> None:
    """The version is taken away under a `--force`: in the end it is there, and whole."""
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=10).gz(), triple=HERE)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    machine.pyv("install", "3.12.2", "--index", address).ok()
    (machine.root / "cache" / "blobs" / "sha256" / here.sha256).unlink()
    server.put(blob_path(here), index.blobs[here.sha256], drip=(4096, 0.05))
    replacing = processes.start(machine, "install", "--force", "3.12.2", "--index", address)
    assert until(lambda: os.listdir(machine.root / "staging"), replacing)
    machine.pyv("uninstall", "-f", "3.12.2").ok()
    assert not (machine.root / "versions" / "3.12.2").exists()
    ended(replacing).ok()
    assert_sound(Root(machine.root), "3.12.2")
    assert_nothing_left_over(machine)


def test_another_build_that_arrives_first(
    machine: Machine, processes: Processes, server: Server, tmp_path: Path
) -> None:
    """Two builds of one version race: the first is there to stay, the second says so and goes."""
    index = SignedIndex()
    slow = index.add("3.12.2", big_tar(files=10).gz(), triple=HERE, build="20240224")
    quick = index.add("3.12.2", tiny_archive(), triple=HERE)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(slow), index.blobs[slow.sha256], drip=(8192, 0.5))
    late = processes.start(machine, "install", slow.pinned, "--index", address)
    assert until(lambda: server.asked(blob_path(slow)), late)
    machine.pyv("install", quick.pinned, "--index", address).ok()
    store = left_in(machine.root / "store")
    ended(late).shows(
        stderr=step(slow)
        + "pyv: 3.12.2 was installed by another process, from another build\nhint: see `pyv versions`\n",
        status=7,
    )
    assert receipt_of(machine, "3.12.2").artifact == quick
    assert left_in(machine.root / "store") == store
    assert left_in(machine.root / "staging") == {}


def test_who_waits_takes_over(machine: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    """The one that downloads is killed: the one that waits goes on from the bytes that are there."""
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=60).gz(), triple=HERE)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(here), index.blobs[here.sha256], first=[{"drip": (8192, 0.25)}])
    first = processes.start(machine, "install", "3.12.2", "--index", address)
    partial = machine.root / "cache" / "partial" / here.sha256
    assert until(lambda: partial.exists() and partial.stat().st_size > 0, first)
    second = processes.start(machine, "install", "3.12.2", "--index", address)
    assert second.stderr is not None
    told = second.stderr.readline() + second.stderr.readline()
    assert told == step(here) + "3.12.2: another pyv is installing it: waiting\n"
    first.send_signal(signal.SIGKILL)
    assert ended(first).status == -signal.SIGKILL
    ended(second).ok()
    ranges = [request.headers.get("range") for request in server.asked(blob_path(here))]
    assert (len(ranges), ranges[0]) == (2, None)
    assert ranges[1] is not None
    assert_sound(Root(machine.root), "3.12.2")
    machine.pyv("install", "3.12.2", "--index", address).ok()
    assert_nothing_left_over(machine)


def test_cached_archive_serves_several_offline(machine: Machine, processes: Processes, tmp_path: Path) -> None:
    """Two that need nothing but the cache do not take it away from one another."""
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=100).gz(), triple=HERE)
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    words = ["install", "3.12.2", "--force", "--offline", "--index", str(mirror), "--mirror", "http://127.0.0.1:9/"]
    blob = machine.root / "cache" / "blobs" / "sha256" / here.sha256
    first = processes.start(machine, *words)
    until(lambda: not blob.exists() or os.listdir(machine.root / "cache" / "partial"), first)
    first.send_signal(signal.SIGSTOP)
    second = processes.start(machine, *words)
    assert second.stderr is not None
    told = second.stderr.readline()
    first.send_signal(signal.SIGCONT)
    ended(first).ok()
    assert told == step(here), "the second finds the archive in the cache, whatever the first is doing with it"
    ended(second).ok()
    assert blob.read_bytes() == index.blobs[here.sha256]
    assert_sound(Root(machine.root), "3.12.2")
