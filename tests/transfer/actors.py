"""A sink in memory, a watcher that writes everything down, and a client that does not wait."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.transfer.client import Client
from pyv.transfer.locations import Location, Source
from pyv.transfer.patience import Patience

NOWHERE = Path("/nonexistent")


def place(url: str) -> str:
    """How notes call the server of a URL: host and port."""
    return url.split("/")[2]


class MemorySink:
    """What the store does on disk."""

    def __init__(self, kept: bytes = b"", validator: str | None = None, validator_source: str | None = None) -> None:
        self.content = bytearray(kept)
        self.validator = validator
        self.validator_source = validator_source
        self.restarts = 0
        self.most = len(kept)

    @property
    def offset(self) -> int:
        return len(self.content)

    def write(self, chunk: bytes) -> None:
        self.content += chunk
        self.most = max(self.most, len(self.content))

    def restart(self) -> None:
        self.content.clear()
        self.validator = self.validator_source = None
        self.restarts += 1

    def remember(self, validator: str, source_label: str) -> None:
        self.validator, self.validator_source = validator, source_label

    def hexdigest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Watcher:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.totals: list[int | None] = []
        self.position = 0
        self.restarts = 0
        self.notes: list[str] = []

    def total(self, count: int | None) -> None:
        self.totals.append(count)

    def advance(self, count: int) -> None:
        self.position += count

    def restart(self) -> None:
        self.position = 0
        self.restarts += 1

    def done(self) -> None:
        """Who calls `download` says this."""

    def note(self, text: str) -> None:
        self.notes.append(text)


class Sleeper:
    """Sleeps nothing and writes down how long it was asked to."""

    def __init__(self) -> None:
        self.naps: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.naps.append(seconds)


def environment(variables: Mapping[str, str] | None = None, home: Path = NOWHERE) -> Environment:
    return Environment(vars=variables or {}, cwd=NOWHERE, home=home, now=1_800_000_000.0)


def patience(sleeper: Sleeper | None = None, **numbers: Any) -> Patience:
    """Retries at once; a server that hangs is given up after five seconds."""
    chosen: dict[str, Any] = {"connect": 5.0, "read": 5.0, "deadline": 30.0, **numbers}
    return Patience(**chosen, sleep=sleeper or Sleeper(), random=lambda: 0.5)


def client(variables: Mapping[str, str] | None = None, home: Path = NOWHERE, **numbers: Any) -> Client:
    return Client(environment(variables, home), patience=patience(**numbers))


def at(url: str) -> Source:
    """The source at a URL such as `http://127.0.0.1:1234/mirror/a.bin`."""
    base, _, name = url.rpartition("/")
    return Location.parse(base, NOWHERE).join(name)


def everything_said(fault: BaseException) -> str:
    """Every text of an error and of the errors behind it: messages, fields, representations, tracebacks."""
    said: list[str] = []
    seen: set[int] = set()
    waiting: list[BaseException | None] = [fault]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        said += [str(current), repr(current), repr(current.args), repr(vars(current))]
        if isinstance(current, PyvError):
            said += [current.message, str(current.hint), repr(current.fields)]
        waiting += [current.__cause__, current.__context__]
    return "\n".join([*said, *traceback.format_exception(type(fault), fault, fault.__traceback__)])
