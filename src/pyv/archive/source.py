"""Compressed bytes as they arrive, with a look ahead."""

from __future__ import annotations

from collections.abc import Callable

STEP = 512 * 1024
"""Bytes asked for at a time."""


class Source:
    """A `read(size)` that may answer short, as a buffered stream; `b""` is its end."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next `size` bytes without taking them; fewer at the end."""
        while len(self._ahead) < size:
            data = self._read(STEP)
            if not data:
                break
            self._ahead += data
        return self._ahead[:size]

    def some(self) -> bytes:
        """Whatever comes next; nothing at the end."""
        data, self._ahead = self._ahead, b""
        return data or self._read(STEP)
