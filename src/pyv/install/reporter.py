"""What a workflow tells whoever watches: steps, and bytes on their way."""

from __future__ import annotations

from typing import Protocol

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
