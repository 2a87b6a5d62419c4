"""Compressed bytes as they arrive, with a look ahead."""

from __future__ import annotations

from collections.abc import Callable

from pyv.archive.refusal import RuleError

STEP = 512 * 1024
"""Bytes asked for at a time."""


class Source:
    """A `read(size)` that may answer short, as a buffered stream; `b""` is its end."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._ahead = b""
        self._at = 0
        """How much of `_ahead` was taken: a frame has a thousand blocks, and what is left is not copied for each."""

    def peek(self, size: int) -> bytes:
        """The next `size` bytes without taking them; fewer at the end."""
        while len(self._ahead) - self._at < size:
            data = self._read(STEP)
            if not data:
                break
            self._ahead, self._at = self._ahead[self._at :] + data, 0
        return self._ahead[self._at : self._at + size]

    def some(self) -> bytes:
        """Whatever comes next; nothing at the end."""
        data, self._ahead, self._at = self._ahead[self._at :], b"", 0
        return data or self._read(STEP)

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes.

        Raises:
            RuleError: the stream ends before.
        """
        data = self.peek(size)
        if len(data) < size:
            raise RuleError("the compressed stream is cut short")
        self._at += size
        return data
