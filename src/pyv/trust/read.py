"""What an index is read through: a function from a file's name to its bytes."""

from __future__ import annotations

from collections.abc import Callable

Read = Callable[[str, int], "bytes | None"]
"""A file of an index by its name, of at most so many bytes; None where there is none.

Raises:
    TransferError: it cannot be read, or is longer.
"""
