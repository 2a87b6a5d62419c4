"""What a download tells whoever watches it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A watcher of one download; called from the thread that downloads."""

    def total(self, count: int | None) -> None:
        """How many bytes there will be, or None where nobody knows; may be said again when it becomes known."""

    def advance(self, count: int) -> None:
        """So many more bytes are there; what an earlier run left is announced first, in one step."""

    def restart(self) -> None:
        """What was counted so far is void: count from zero."""

    def done(self) -> None:
        """Nothing more will come, however it ended."""

    def note(self, text: str) -> None:
        """Something a person may want to know, such as which mirror is tried next; holds no credentials."""


class Silence:
    """Nobody watches."""

    def total(self, count: int | None) -> None:
        """Ignored."""

    def advance(self, count: int) -> None:
        """Ignored."""

    def restart(self) -> None:
        """Ignored."""

    def done(self) -> None:
        """Ignored."""

    def note(self, text: str) -> None:
        """Ignored."""
