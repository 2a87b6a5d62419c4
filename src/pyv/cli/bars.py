"""Bars at the foot of a terminal, one a download, and whole lines above them.

A bar appears once its download has lasted a moment, and goes when it ends: what stays on the screen are the lines.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

_DELAY = 0.2
"""Seconds a download lasts before it has a bar."""
_PAUSE = 0.1
"""Seconds between two pictures."""
_WIDTH = 10


class Foot:
    """The last lines of the terminal that stderr is; called from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bars: list[Bar] = []
        self._shown = 0
        """How many lines of bars the screen has; the cursor is at the end of the last one."""
        self._next = 0.0

    def bar(self, name: str) -> Bar:
        """A new bar, below the others."""
        bar = Bar(self, name)
        with self._lock:
            self._bars.append(bar)
        return bar

    def above(self, text: str) -> None:
        """Write whole lines where the bars are, and the bars below them."""
        with self._lock:
            self._draw(text)

    def changed(self) -> None:
        """Draw the bars as they are now, unless that was done a moment ago."""
        if time.monotonic() >= self._next:
            with self._lock:
                self._draw()

    def ended(self, bar: Bar) -> None:
        """A bar is no longer wanted."""
        with self._lock:
            if bar in self._bars:
                self._bars.remove(bar)
                self._draw()

    def _draw(self, text: str = "") -> None:
        now = time.monotonic()
        self._next = now + _PAUSE
        columns, lines = _size()
        bars = [bar.line(now)[: columns - 1] for bar in self._bars if now - bar.begun >= _DELAY][: lines - 1]
        erased = "\x1b[A".join(["\r\x1b[K"] * self._shown)
        if erased or text or bars:
            sys.stderr.write(erased + text + "\n".join(bars))
            sys.stderr.flush()
        self._shown = len(bars)


class Bar:
    """How far one download is."""

    def __init__(self, foot: Foot, name: str) -> None:
        self._foot, self._name = foot, name
        self._total: int | None = None
        self._count = 0
        self.begun = time.monotonic()

    def total(self, count: int | None) -> None:
        """How much there will be, where that is known."""
        self._total = count
        self._foot.changed()

    def advance(self, count: int) -> None:
        """So much more is there."""
        self._count += count
        self._foot.changed()

    def restart(self) -> None:
        """All of it is to come again."""
        self._count, self.begun = 0, time.monotonic()
        self._foot.changed()

    def done(self) -> None:
        """Nothing more comes."""
        self._foot.ended(self)

    def line(self, now: float) -> str:
        """`3.13.1:  45%|####      | 0.9/2.0 MB, 1.8 MB/s`."""
        there, rate = self._count / 1e6, self._count / 1e6 / max(now - self.begun, 0.001)
        if not self._total:
            return f"{self._name}: {there:.1f} MB, {rate:.1f} MB/s"
        part = min(self._count / self._total, 1.0)
        filled = ("#" * int(part * _WIDTH)).ljust(_WIDTH)
        return f"{self._name}: {part:4.0%}|{filled}| {there:.1f}/{self._total / 1e6:.1f} MB, {rate:.1f} MB/s"


def _size() -> tuple[int, int]:
    """Columns and lines of the terminal; what is usual where it has none."""
    with suppress(OSError, ValueError):
        size = os.get_terminal_size(sys.stderr.fileno())
        return size.columns or 80, size.lines or 24
    return 80, 24
