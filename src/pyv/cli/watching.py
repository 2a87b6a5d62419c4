"""The events of `pyv.api` for whoever watches a command: steps, and the bytes of each download."""

from __future__ import annotations

from collections.abc import Callable

from pyv.api import Event
from pyv.install.reporter import Reporter
from pyv.transfer.progress import Progress


def told_by(reporter: Reporter) -> Callable[[Event], None]:
    """A callback that passes events on to a reporter."""
    downloads: dict[str, _Download] = {}

    def tell(event: Event) -> None:
        if event.phase == "step":
            reporter.step(event.name, event.text)
        elif event.phase == "download":
            if event.name not in downloads:
                downloads[event.name] = _Download(reporter.progress(event.name))
            downloads[event.name].tell(event)
        else:
            downloads.pop(event.name).progress.done()

    return tell


class _Download:
    """One download: what of its sums was not told yet."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._done = 0
        self._total: int | None = None

    def tell(self, event: Event) -> None:
        if event.total != self._total:
            self._total = event.total
            self.progress.total(event.total)
        if event.done < self._done:
            self._done = 0
            self.progress.restart()
        if event.done > self._done:
            self.progress.advance(event.done - self._done)
            self._done = event.done
