"""Somebody who uses pyv and the tools: one line in the start-up file, tools in `~/.local/bin`, shims first on PATH.

Every shim writes down that it was run; `Project.shims_run` tells.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from tests.finders.page import Section, Versions, section
from tests.support.real import clean_environment

SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_SETTINGS = {
    "VIRTUALENV_NO_PERIODIC_UPDATE": "1",  # no process of virtualenv's that outlives it
    "VIRTUALENV_NO_SEED": "1",  # no pip in environments that nothing is installed into
    "NO_COLOR": "1",
    "LANG": "C.UTF-8",
    # whoever asks the network for something meets a closed port
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command said, both streams in one, and how it ended."""

    status: int
    output: str

    def ok(self) -> Done:
        """Assert success."""
        assert self.status == 0, f"status {self.status}\n{self.output}"
        return self

    @property
    def lines(self) -> list[str]:
        """The output."""
        return self.output.splitlines()


@dataclass(frozen=True, kw_only=True)
class Person:
    """A home with a root in it."""

    home: Path
    root: Path
    versions: Versions
    """What is, or may be, installed."""
    start_up: str
    """The start-up file of the shell."""

    def shell(self, script: str, *, directory: Path, **variables: str) -> Done:
        """Run commands in a new shell, after the start-up file."""
        path = f"{self.home / '.local/bin'}:{SYSTEM}"
        environment = {"HOME": str(self.home), "PATH": path, "TMPDIR": gettempdir(), **_SETTINGS, **variables}
        done = subprocess.run(
            ["bash", "--norc", "-c", f"{self.start_up}\nset -e\n{script}"],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Done(status=done.returncode, output=done.stdout)

    def has(self, programs: Path, names: Iterable[str]) -> None:
        """Give the person tools, as `pipx install` and `uv tool install` do, and pyv."""
        place = self.home / ".local" / "bin"
        place.mkdir(parents=True)
        for name in names:
            (place / name).symlink_to(programs / name)
        (place / "pyv").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pyv "$@"\n')
        (place / "pyv").chmod(0o755)

    @property
    def _record(self) -> Path:
        return self.home / "shims-run"

    def watch(self) -> None:
        """Have every shim write down its name before it does anything: they are all links to one file."""
        prototype = self.root / "shims" / ".shim"
        text = prototype.read_text()
        mark = f"printf '%s\\n' \"${{0##*/}}\" >>'{self._record}'\n"
        if mark not in text:
            with prototype.open("r+") as stream:
                stream.write(text.replace("\n", f"\n{mark}", 1))

    def forget(self) -> None:
        """Forget which shims ran, and what tools remember of interpreters."""
        self._record.unlink(missing_ok=True)
        for remembered in [
            *self.home.glob(".cache/**/py_info"),
            *(self.home / ".cache" / name for name in ("uv", "pre-commit")),
        ]:
            shutil.rmtree(remembered, ignore_errors=True)

    def shims_run(self) -> list[str]:
        """The names of the shims that were run since, in order."""
        assert "shims-run" in (self.root / "shims" / "python").read_text(), "somebody replaced the shims"
        return self._record.read_text().split() if self._record.exists() else []


@dataclass(frozen=True, kw_only=True)
class Project:
    """A directory the person works in."""

    person: Person
    directory: Path

    def follow(self, heading: str, **variables: str) -> Done:
        """Do what a section of the page says: write its files, type its commands."""
        asked = self.section(heading)
        self.write(asked.files)
        return self.run(asked.commands, **variables)

    def section(self, heading: str) -> Section:
        """What a section of the page says."""
        return section(heading, self.person.versions)

    def run(self, script: str, **variables: str) -> Done:
        """Run commands here, in a new shell of the person's."""
        return self.person.shell(script, directory=self.directory, **variables)

    def write(self, files: Mapping[str, str]) -> None:
        """Put files here."""
        for name, text in files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def shims_run(self) -> list[str]:
        """The names of the shims that were run in this test."""
        return self.person.shims_run()


def base_of(environment: Path) -> str:
    """Where the Python of a virtual environment lies, as it says itself."""
    code = "import sys; print(sys.base_prefix)"
    command = [os.fspath(environment / "bin" / "python"), "-c", code]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True).stdout.strip()
