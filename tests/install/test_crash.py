"""Whatever stops pyv, and whenever: the old state or the new one, and the next command clears up."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.install.killing import Ward
from tests.install.process import Processes, ended, until
from tests.install.scene import (
    HERE,
    assert_sound,
    big_tar,
    blob_path,
    index_of,
    left_in,
    publish,
    serve_index,
    step,
    trust,
)
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

QUICKLY = 3.0


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return Ward.make(tmp_path_factory.mktemp("ward"), seed=1)


def test_killed_at_any_moment(ward: Ward) -> None:
    for _ in range(30):
        ward.kill_once()
    hits = [casualty for casualty in ward.casualties if casualty.hit]
    assert len(hits) >= 12, f"too few processes were still alive when they were killed: {ward.casualties}"
    assert {casualty.deed for casualty in ward.casualties} == {
        "install",
        "replace",
        "uninstall",
        "refresh",
    }


def test_nothing_lingers_of_those_killed(ward: Ward) -> None:
    assert ward.casualties, "runs after the test before"
    assert ward.lingering == set()


def test_sweep_says_what_it_cleared(machine: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.1")
    here = index.add("3.12.2", big_tar(files=60).gz(), triple=HERE)
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    machine.pyv("install", "3.12.1", "--index", address).ok()
    server.put(blob_path(here), index.blobs[here.sha256], drip=(65536, 0.2))
    process = processes.start(machine, "install", "3.12.2", "--index", address)
    assert until(lambda: list((machine.root / "staging").glob("*/prefix/lib")), process)
    (staged,) = (machine.root / "staging").iterdir()
    assert staged.stat().st_mode & 0o777 == 0o700
    process.send_signal(signal.SIGKILL)
    assert ended(process).status == -signal.SIGKILL
    assert os.listdir(machine.root / "staging") == [staged.name]
    machine.pyv("install", "3.12.1", "--index", address, "--dry-run").ok()
    assert os.listdir(machine.root / "staging") == [staged.name], "--dry-run writes nothing"
    machine.pyv("install", "3.12.1", "--index", address).shows(
        stderr="cleared 1 unfinished installation of an earlier run\n3.12.1 is installed already\n"
    )
    assert os.listdir(machine.root / "staging") == []


def test_killed_offline_the_archive_is_still_there(machine: Machine, processes: Processes, tmp_path: Path) -> None:
    """An install from the cache is killed while it reads the archive: the next one finds it again."""
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=100).gz(), triple=HERE)
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    blob = machine.root / "cache" / "blobs" / "sha256" / here.sha256
    words = ["install", "3.12.2", "--force", "--offline", "--index", str(mirror), "--mirror", "http://127.0.0.1:9/"]
    process = processes.start(machine, *words)
    assert until(lambda: not blob.exists() or os.listdir(machine.root / "staging"), process)
    process.send_signal(signal.SIGKILL)
    assert ended(process).status == -signal.SIGKILL
    machine.pyv(*words).ok()
    assert_sound(Root(machine.root), "3.12.2")


def _stopped(process: subprocess.Popen[str], how: int) -> tuple[int, str, str, float]:
    time.sleep(0.1)  # until it really waits: a signal between two system calls interrupts neither
    begun = time.monotonic()
    process.send_signal(how)
    run = ended(process)
    return run.status, run.stdout, run.stderr, time.monotonic() - begun


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", ["index", "before the body", "in the body"])
def test_stopped_while_a_server_stalls(
    machine: Machine, processes: Processes, server: Server, tmp_path: Path, where: str, how: signal.Signals
) -> None:
    """Ctrl-C, and what a service manager sends: status 130, soon, without a traceback, nothing left in staging."""
    index = index_of("3.12.1")
    here = index.add("3.12.2", big_tar(files=48, size=65536).gz(), triple=HERE)
    trust(machine, index)
    address = serve_index(server, index.write(tmp_path / "mirror"))
    if where != "index":
        machine.pyv("install", "3.12.1", "--index", address).ok()
    was = left_in(machine.root)
    slow = blob_path(here)
    if where == "index":
        slow = "/metadata/timestamp.json"
        server.put(slow, silent=True)
    elif where == "before the body":
        server.put(slow, silent=True)
    else:
        server.put(slow, index.blobs[here.sha256], drip=(2_000_000, 30))
    asked = len(server.asked(slow))
    process = processes.start(machine, "install", "3.12.2", "--index", address)
    assert until(lambda: len(server.asked(slow)) > asked, process)
    if where == "in the body":
        assert until(lambda: list((machine.root / "staging").glob("*/prefix/lib")), process)
    status, stdout, stderr, seconds = _stopped(process, how)
    assert (status, stdout, stderr) == (130, "", "" if where == "index" else step(here))
    assert seconds < QUICKLY
    left = left_in(machine.root)
    assert {path: what for path, what in left.items() if not path.startswith("cache/partial/")} == was
    if where == "in the body":
        assert f"cache/partial/{here.sha256}" in left, "what has arrived is kept"
        server.put(slow, index.blobs[here.sha256])
        machine.pyv("install", "3.12.2", "--index", address).ok()
        assert server.asked(slow)[-1].headers["range"].startswith("bytes=")
        assert_sound(Root(machine.root), "3.12.2")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_waiting_for_another(
    machine: Machine, processes: Processes, server: Server, tmp_path: Path, how: signal.Signals
) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(here), silent=True)
    holder = processes.start(machine, "install", "3.12.2", "--index", address)
    assert until(lambda: server.asked(blob_path(here)), holder)
    waiter = processes.start(machine, "install", "3.12.2", "--index", address)
    assert waiter.stderr is not None
    said = waiter.stderr.readline() + waiter.stderr.readline()
    assert said == step(here) + "3.12.2: another pyv is installing it: waiting\n"
    status, stdout, stderr, seconds = _stopped(waiter, how)
    assert (status, stdout, stderr) == (130, "", "")
    assert seconds < QUICKLY
    assert holder.poll() is None, "the other one goes on"
    assert len(os.listdir(machine.root / "staging")) == 1
    status, stdout, stderr, seconds = _stopped(holder, how)
    assert (status, stdout, stderr) == (130, "", step(here))
    assert os.listdir(machine.root / "staging") == []


def test_stopped_with_several_under_way(machine: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    index = index_of("3.11.9", "3.12.2", "3.13.0")
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    for artifact in index.artifacts:
        server.put(blob_path(artifact), silent=True)
    process = processes.start(machine, "install", "3.11", "3.12", "3.13", "--jobs", "2", "--index", address)
    assert until(lambda: sum(len(server.asked(blob_path(each))) for each in index.artifacts) == 2, process)
    status, stdout, stderr, seconds = _stopped(process, signal.SIGINT)
    assert (status, stdout, stderr) == (130, "", "".join(step(artifact) for artifact in index.artifacts))
    assert seconds < QUICKLY
    assert sum(len(server.asked(blob_path(each))) for each in index.artifacts) == 2, "the third was never begun"
    assert left_in(machine.root / "staging") == {}
    assert not (machine.root / "versions").exists()


def test_impatient_person(machine: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    """Ctrl-C, again and again."""
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(here), silent=True)
    process = processes.start(machine, "install", "3.12.2", "--index", address)
    assert until(lambda: server.asked(blob_path(here)), process)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    run = ended(process)
    assert "Traceback" not in run.stderr
    assert run.status == 130
    machine.pyv("install", "3.12.2", "--dry-run", "--index", address).ok()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_uninstalls(
    machine: Machine, processes: Processes, tmp_path: Path, how: signal.Signals
) -> None:
    """Held up by the tree lock, an uninstall can be stopped; the version stays."""
    mirror = publish(index_of("3.12.2"), tmp_path / "mirror", machine)
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    was = left_in(machine.root)
    code = f"import fcntl, time; f = open({str(machine.root / 'locks' / 'tree.lock')!r}, 'w'); fcntl.flock(f, 2); print(flush=True); time.sleep(60)"
    holder = processes.run(machine, [*machine.command()[:1], "-c", code])
    assert holder.stdout is not None
    holder.stdout.readline()
    process = processes.start(machine, "uninstall", "-f", "3.12.2")
    assert until(lambda: os.listdir(machine.root / "staging"), process)
    status, stdout, stderr, seconds = _stopped(process, how)
    assert (stdout, stderr) == ("", "")
    assert status in {130, -how}
    assert seconds < QUICKLY
    holder.kill()
    holder.wait()
    machine.pyv("install", "3.12.2", "--index", mirror).ok()
    assert left_in(machine.root) == was
