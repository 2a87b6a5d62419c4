"""As much of GitHub's runner as pyv meets: it reads the files of a step, and obeys commands in its log.

Written after the runner's own `FileCommandManager`, `SetEnvFileCommand` and `ActionCommand`, so that what would fool
those fools this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

FILES = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


class Command(NamedTuple):
    """A command in a log, as the runner understood it."""

    name: str
    properties: dict[str, str]
    data: str


@dataclass
class Job:
    """What the steps of a job have set so far."""

    variables: dict[str, str] = field(default_factory=dict)
    prepended: list[str] = field(default_factory=list)

    def path(self, system: str) -> str:
        """PATH of the next step: what was added last comes first."""
        return ":".join([*reversed(self.prepended), system])

    def take(self, files: StepFiles) -> dict[str, str]:
        """Take over what a step wrote; its outputs."""
        self.variables.update(pairs_in(files.path("GITHUB_ENV").read_bytes().decode()))
        for line in files.path("GITHUB_PATH").read_bytes().decode().splitlines():
            if line:
                self.prepended = [each for each in self.prepended if each != line] + [line]
        return pairs_in(files.path("GITHUB_OUTPUT").read_bytes().decode())


@dataclass(frozen=True)
class StepFiles:
    """The files a step may write, empty when it starts."""

    place: Path

    @classmethod
    def fresh(cls, place: Path) -> StepFiles:
        """Empty files in a directory that is made for them."""
        place.mkdir(parents=True)
        found = cls(place)
        for name in FILES:
            found.path(name).touch()
        return found

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self.place / name.lower()

    @property
    def variables(self) -> dict[str, str]:
        """What tells a step of them."""
        return {name: str(self.path(name)) for name in FILES}


def pairs_in(text: str) -> dict[str, str]:
    """What the runner reads in `GITHUB_ENV` or `GITHUB_OUTPUT`."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, sign, value = line.partition("=")
        before, heredoc, delimiter = line.partition("<<")
        if sign and (not heredoc or len(name) < len(before)):
            found[name] = value
            continue
        assert heredoc, f"the runner fails the step at {line!r}"
        held = []
        for each in lines:
            if each == delimiter:
                break
            held.append(each)
        else:
            raise AssertionError(f"no end of {delimiter}")
        found[before] = "\n".join(held)
    return found


_NAMES = {"error", "warning", "notice", "group", "endgroup", "add-mask", "set-output", "stop-commands", "save-state"}


def commands_in(log: str) -> list[Command]:
    """The commands a log holds."""
    return [found for line in log.splitlines() for found in [_new(line) or _old(line)] if found is not None]


def _new(line: str) -> Command | None:
    text = line.lstrip()
    info, separator, data = text[2:].partition("::")
    if not text.startswith("::") or not separator or info.partition(" ")[0] not in _NAMES:
        return None
    name, _, listed = info.partition(" ")
    pairs = (pair.partition("=") for pair in listed.strip().split(",") if pair)
    properties = {key: _plain(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}) for key, _, value in pairs}
    return Command(name, properties, _plain(data, {"%0D": "\r", "%0A": "\n"}))


def _old(line: str) -> Command | None:
    _, begin, rest = line.partition("##[")
    info, end, data = rest.partition("]")
    name = info.partition(" ")[0]
    return Command(name, {}, data) if begin and end and name in _NAMES else None


def _plain(text: str, escapes: dict[str, str]) -> str:
    for escape, character in {**escapes, "%25": "%"}.items():
        text = text.replace(escape, character)
    return text
