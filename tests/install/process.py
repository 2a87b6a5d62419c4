"""pyv while it runs: processes that are watched, signalled and killed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import final

from tests.support.runner import Machine, Run

PATIENCE = 60.0  # seconds until a test that waits in vain fails


@final
class Processes:
    """Running pyvs; none survives the block."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def start(self, machine: Machine, *arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
        """Start pyv."""
        return self.run(machine, machine.command(*map(str, arguments)), **variables)

    def run(self, machine: Machine, command: list[str], **variables: str) -> subprocess.Popen[str]:
        """Start any command."""
        process = subprocess.Popen(
            command,
            env=machine.environment(**variables),
            cwd=machine.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process


def ended(process: subprocess.Popen[str]) -> Run:
    """Wait for its end, and tell what it said."""
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return Run(process.returncode, stdout, stderr)


def until(happened: Callable[[], object], process: subprocess.Popen[str] | None = None) -> bool:
    """Wait for something to happen; False if the process ends before."""
    limit = time.monotonic() + PATIENCE
    while not happened():
        if process is not None and process.poll() is not None:
            return False
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.0005)
    return True
