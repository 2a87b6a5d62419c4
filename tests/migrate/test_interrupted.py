"""Killed, stopped, raced: what `pyv migrate` leaves is whole, and the next run goes on."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyv.store.adopted import adopted_versions
from pyv.store.paths import Root
from tests.install.process import Processes, ended, until
from tests.install.scene import left_in
from tests.migrate.scene import Pyenv, twins
from tests.support.runner import Machine

NAMES = [f"3.11.{patch}" for patch in range(12)]


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Where a test starts processes."""
    with Processes() as group:
        yield group


@pytest.fixture
def pyenv(machine: Machine) -> Pyenv:
    """Enough versions for a kill to come between two of them."""
    found = Pyenv(machine.home / ".pyenv")
    for name in NAMES:
        found.install(name, six="1.16.0")
    return found


def links(machine: Machine) -> set[str]:
    """What stands in the versions tree, but for what a writer has yet to put in place."""
    versions = machine.root / "versions"
    return {name for name in os.listdir(versions) if not name.endswith(".tmp")} if versions.is_dir() else set()


def runs(pid: int) -> bool:
    """Whether a process is there, and not one that only waits for somebody to hear of its end."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except FileNotFoundError:
        return False
    return not state.startswith("Z")


@pytest.mark.parametrize("after", [0, 1, 4])
def test_killed_between_links(machine: Machine, pyenv: Pyenv, processes: Processes, after: int) -> None:
    before = left_in(pyenv.place)
    process = processes.start(machine, "migrate", "pyenv", "--link")
    staging = machine.root / "staging"
    assert until(lambda: len(links(machine)) >= after and (after or staging.exists()), process)
    process.send_signal(signal.SIGKILL)
    assert ended(process).status in {-signal.SIGKILL, 0}
    made = links(machine)
    assert {each.name for each in adopted_versions(Root(machine.root))} == made, "a link has its receipt"
    if made:
        name = random.choice(sorted(made))
        machine.pyv("uninstall", "-f", name).shows(f"pyv: {name} uninstalled\n")
    run = machine.pyv("migrate", "pyenv", "--link").ok()
    assert [line.split()[1] for line in run.stdout.splitlines()] == NAMES
    assert links(machine) == set(NAMES)
    assert os.listdir(staging) == []
    assert machine.shim("python", "x", PYENV_VERSION=NAMES[-1]).ok().stdout == f"{NAMES[-1]} of pyenv: x\n"
    machine.pyv("uninstall", "-f", *NAMES).ok()
    assert [path for path in left_in(machine.root) if not path.startswith(("bin/", "shims/."))] == []
    assert left_in(pyenv.place) == before


def test_two_at_once(machine: Machine, pyenv: Pyenv, processes: Processes) -> None:
    both = [processes.start(machine, "migrate", "pyenv", "--link") for _ in range(2)]
    for process in both:
        run = ended(process)
        assert (run.status, run.stderr) == (0, "")
    assert {each.name for each in adopted_versions(Root(machine.root))} == links(machine) == set(NAMES)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_pip_works(
    machine: Machine, pyenv: Pyenv, processes: Processes, tmp_path: Path, how: signal.Signals
) -> None:
    mirror = twins(tmp_path / "mirror", machine, "3.11.0")
    words = ["migrate", "pyenv", "--install", "--packages", "--only", "3.11.0", "--index", str(mirror)]
    mark = tmp_path / "mark"
    process = processes.start(machine, *words, PIP_FAKE_STALL=str(mark))
    assert until(mark.exists, process)
    process.send_signal(how)
    run = ended(process)
    assert (run.status, run.stdout) == (130, "")
    assert "Traceback" not in run.stderr
    assert until(lambda: not runs(int(mark.read_text()))), "pip went with it"
    assert machine.pyv(*words).ok().stdout == "installed six==1.16.0 in 3.11.0\n"
