"""Running pyv as a person does: a process with a home of its own, and everything it said.

machine = Machine.fresh(tmp_path)
machine.pyv("root").shows(f"{machine.root}\n")
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import forked


@dataclass(frozen=True)
class Run:
    """What a process said, and how it ended."""

    status: int
    stdout: str
    stderr: str

    def shows(self, stdout: str = "", stderr: str = "", status: int = 0) -> Run:
        """Assert exactly this; stray output fails."""
        assert (self.status, self.stdout, self.stderr) == (status, stdout, stderr)
        return self

    def fails(self, status: int, *words: str) -> Run:
        """Assert the exit status, and that stderr holds these words and no traceback."""
        assert self.status == status, (self.status, self.stdout, self.stderr)
        for word in words:
            assert word in self.stderr, (word, self.stderr)
        assert "Traceback" not in self.stderr, self.stderr
        return self

    def ok(self) -> Run:
        """Assert success."""
        assert self.status == 0, (self.status, self.stdout, self.stderr)
        return self

    @property
    def json(self) -> Any:
        """stdout as JSON."""
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Machine:
    """A home, a root, a working directory."""

    home: Path
    root: Path
    cwd: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls, place: Path) -> Machine:
        """An empty machine below a temporary directory."""
        home, cwd = place / "home", place / "work"
        home.mkdir()
        cwd.mkdir()
        return cls(home=home, root=home / ".pyv", cwd=cwd)

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables a process gets: nothing of the tests' own but the path."""
        return {**forked.kept_variables(), "HOME": str(self.home), **self.variables, **variables}

    def command(self, *arguments: str) -> list[str]:
        """The command line of pyv."""
        return [sys.executable, "-m", "pyv", *arguments]

    def pyv(
        self,
        *arguments: str | Path,
        stdin: str | None = None,
        cwd: Path | None = None,
        namespaces: Sequence[str] = (),
        **variables: str,
    ) -> Run:
        """Run pyv to its end: in a process of its own, forked from one that has loaded pyv where that is the same."""
        if forked.suits({**self.variables, **variables}):
            status, stdout, stderr = forked.run(
                [*map(str, arguments)],
                variables=self.environment(**variables),
                cwd=cwd or self.cwd,
                stdin=(stdin or "").encode(),
                namespaces=namespaces,
            )
            return Run(status, _text(stdout), _text(stderr))
        assert not namespaces, "a start of its own in a namespace is for `nsenter`"
        return self.run(self.command(*map(str, arguments)), stdin=stdin, cwd=cwd, **variables)

    def shim(self, name: str, *arguments: str, cwd: Path | None = None, **variables: str) -> Run:
        """Run a shim."""
        return self.run([str(self.root / "shims" / name), *arguments], cwd=cwd, **variables)

    def run(self, command: list[str], stdin: str | None = None, cwd: Path | None = None, **variables: str) -> Run:
        """Run any command on this machine."""
        done = subprocess.run(
            command,
            env=self.environment(**variables),
            cwd=cwd or self.cwd,
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)


def _text(output: bytes) -> str:
    """As `subprocess` gives it in text mode."""
    return output.decode().replace("\r\n", "\n").replace("\r", "\n")
