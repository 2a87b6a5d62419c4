"""Whole processes, measured from outside: wall time from spawn to wait, processor time, peak memory.

The peak is `ru_maxrss` of wait4(2): that of the process or of the largest one it waited for. Linux counts the memory
of the spawning process too, so nothing can come out below this program's own size.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.figures import WARM_UP, turns

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run, with nothing of the caller's environment."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took."""

    seconds: float
    cpu: float
    """Seconds of processor time, user and system, of the process and those it waited for."""
    peak: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to do the job of a case."""

    name: str
    prepare: Callable[[], Command]
    """Make a fresh state; outside the measured time."""
    check: Callable[[], None] = lambda: None
    """Raise BenchError unless the job was done; after the warm-up."""
    clean: Callable[[], None] = lambda: None
    """Remove what the run left; outside the measured time."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The measured runs of one contender, in order."""

    all: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> list[float]:
        return [run.seconds for run in self.all]

    @property
    def cpu(self) -> list[float]:
        return [run.cpu for run in self.all]

    @property
    def peaks(self) -> list[float]:
        return [float(run.peak) for run in self.all]


def run(command: Command) -> Run:
    """Run once.

    Raises:
        BenchError: it cannot be started, or its exit status is not 0; with what it said.
    """
    with tempfile.TemporaryFile() as said:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 2),
        ]
        os.chdir(command.directory)
        begun = time.perf_counter()
        try:
            pid = os.posix_spawn(command.words[0], command.words, command.environment, file_actions=actions)
        except OSError as fault:
            raise BenchError(f"{command.words[0]}: {fault.strerror}") from fault
        try:
            _, status, usage = os.wait4(pid, 0)
        except BaseException:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            raise
        seconds = time.perf_counter() - begun
        if status:
            said.seek(0)
            text = said.read().decode("utf-8", "replace").strip()
            raise BenchError(f"{shlex.join(command.words)}: exit status {os.waitstatus_to_exitcode(status)}\n{text}")
    return Run(seconds=seconds, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss * _MAXRSS_UNIT)


def measure(
    contenders: Sequence[Contender], runs: int, *, settle: Callable[[], None] = lambda: None
) -> dict[str, Runs]:
    """Let contenders take turns; by name, what each round took. The warm-up round is checked and not counted."""
    by_name = {contender.name: contender for contender in contenders}
    measured = {name: Runs() for name in by_name}
    for number, name in turns(list(by_name), runs):
        contender = by_name[name]
        command = contender.prepare()
        settle()
        try:
            taken = run(command)
            if number == WARM_UP:
                contender.check()
            else:
                measured[name].all.append(taken)
        finally:
            os.chdir("/")
            contender.clean()
    return measured
