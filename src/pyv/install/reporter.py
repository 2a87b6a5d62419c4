"""What a workflow tells whoever watches: steps, and bytes on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Literal, Protocol, TypeVar

from pyv.transfer.progress import Progress, Silence


class Reporter(Protocol):
    """Somebody who watches an installation; called from several threads."""

    def step(self, name: str, text: str) -> None:
        """A step of the installation of `name` was done, or begins to wait."""

    def progress(self, name: str) -> Progress:
        """Where the bytes of `name` are counted."""


class Quiet:
    """Nobody watches."""

    def step(self, name: str, text: str) -> None:
        """Say nothing."""

    def progress(self, name: str) -> Progress:  # noqa: ARG002 (the protocol's)
        """Count nothing."""
        return Silence()


Phase = Literal["step", "download", "downloaded"]
Told = TypeVar("Told")


class Telling(Generic[Told]):
    """A reporter that calls one function for everything.

    `make` turns into its argument: name, phase, text, bytes that are there, bytes there will be as far as is known.
    """

    def __init__(self, tell: Callable[[Told], None], make: Callable[[str, Phase, str, int, int | None], Told]) -> None:
        self._tell, self._make = tell, make

    def step(self, name: str, text: str) -> None:
        """A step."""
        self._tell(self._make(name, "step", text, 0, None))

    def progress(self, name: str) -> Progress:
        """A download, which is told of before its first byte."""
        return _Counting(self, name, lambda phase, done, total: self._tell(self._make(name, phase, "", done, total)))


class _Counting:
    """What one download tells: sums rather than pieces."""

    def __init__(self, reporter: Reporter, name: str, tell: Callable[[Phase, int, int | None], None]) -> None:
        self._reporter, self._name, self._tell = reporter, name, tell
        self._done = 0
        self._total: int | None = None
        self._tell("download", 0, None)

    def total(self, count: int | None) -> None:
        self._total = count
        self._tell("download", self._done, count)

    def advance(self, count: int) -> None:
        self._done += count
        self._tell("download", self._done, self._total)

    def restart(self) -> None:
        self._done = 0
        self._tell("download", 0, self._total)

    def done(self) -> None:
        self._tell("downloaded", self._done, self._total)

    def note(self, text: str) -> None:
        self._reporter.step(self._name, text)
