"""A private mount namespace: small, read-only and separate file systems for one test, seen by nobody else.

It may have a network of its own too: a loopback device, and a route to nowhere else. A shell holds the namespace open; pyv is run inside it, and the test looks at its files through `/proc/PID/root`.
Needs root (or a machine that lets users make namespaces) and util-linux; on Linux only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import final

import pytest

from tests.support.runner import Machine, Run


def _refusal() -> str | None:
    """Why there can be no namespace here."""
    missing = [program for program in ("unshare", "nsenter", "mount") if shutil.which(program) is None]
    if missing:
        return f"no {', '.join(missing)} here (Debian package util-linux)"
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, text=True, check=False)
    return f"no private mount namespace here: {tried.stderr.strip()}" if tried.returncode else None


@final
@dataclass
class Namespace:
    """One machine, inside. Use it as a context manager."""

    machine: Machine
    holder: subprocess.Popen[str]
    kinds: tuple[str, ...] = ("-m",)

    @classmethod
    def of(cls, machine: Machine, *, network: bool = False) -> Namespace:
        """Open one, with a `network` of its own; skips where that cannot be done, and fails instead where CI=true."""
        reason = _refusal()
        if reason is not None:
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI=true: this test must not be skipped. {reason}")
            pytest.skip(reason)
        kinds = ("-m", "-n") if network else ("-m",)
        holder = subprocess.Popen(
            ["unshare", *kinds, "--propagation", "private", "sh", "-c", "echo && exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holder.stdout is not None
        holder.stdout.readline()
        found = cls(machine, holder, kinds)
        if network:
            found.run("ip", "link", "set", "lo", "up").ok()
        return found

    def __enter__(self) -> Namespace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.holder.communicate()

    def run(self, *command: str, **variables: str) -> Run:
        """Run a command inside, in the machine's working directory."""
        return self._with(variables).run(self.command(*command))

    def command(self, *command: str) -> list[str]:
        """The words that run a command inside, for whoever starts it himself."""
        inside = ["nsenter", "-t", str(self.holder.pid), *self.kinds, "sh", "-c", 'cd "$0" && exec "$@"']
        return [*inside, str(self.machine.cwd), *command]

    def mount(self, *words: str | Path) -> None:
        """`mount` inside."""
        self.run("mount", *map(str, words)).ok()

    def tmpfs(self, place: Path, options: str = "mode=755") -> None:
        """An empty file system in memory over a directory, which is made."""
        place.mkdir(parents=True, exist_ok=True)
        self.mount("-t", "tmpfs", "-o", options, "none", place)

    def pyv(self, *arguments: str | Path, **variables: str) -> Run:
        """Run pyv inside."""
        kinds = {"-m": "mnt", "-n": "net"}
        namespaces = [f"/proc/{self.holder.pid}/ns/{kinds[kind]}" for kind in self.kinds]
        return self._with(variables).pyv(*arguments, namespaces=namespaces)

    def shim(self, name: str, *arguments: str, **variables: str) -> Run:
        """Run a shim inside."""
        return self.run(str(self.machine.root / "shims" / name), *arguments, **variables)

    def seen(self, path: Path) -> Path:
        """A path inside, as the test can read it from outside."""
        return Path(f"/proc/{self.holder.pid}/root{path}")

    @property
    def root(self) -> Path:
        """The root inside, as the test can read it."""
        return self.seen(self.machine.root)

    def _with(self, variables: dict[str, str]) -> Machine:
        return replace(self.machine, variables={**self.machine.variables, **variables})
