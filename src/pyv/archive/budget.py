"""How much an archive may hold: what its record states, exactly; otherwise generous fixed limits.

Where nothing is stated, a stream that unpacks to more than a hundred times its size is a bomb; small archives are
never judged by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyv.archive.reader import FILE, Member
from pyv.archive.refusal import RuleError, refused

UNPACKED, ENTRIES, RATIO = 2 << 30, 50_000, 100
_SMALL = 32 << 20
"""Bytes below which the ratio is not looked at: the threads run that far ahead of each other."""


class Metered:
    """A `read` that counts, and stops at the size the record states."""

    def __init__(self, read: Callable[[int], bytes], archive: str, size: int | None) -> None:
        self._read = read
        self._archive = archive
        self._size = size
        self.total = 0

    def __call__(self, size: int) -> bytes:
        """Read on.

        Raises:
            ArchiveError: there is more or less than the record states.
        """
        data = self._read(size)
        self.total += len(data)
        if self._size is not None:
            if self.total > self._size:
                raise refused(self._archive, f"more than the {self._size} bytes its record states")
            if not data and self.total < self._size:
                raise refused(self._archive, f"{self.total} of the {self._size} bytes its record states")
        return data


@dataclass(slots=True, kw_only=True)
class Budget:
    """What has been taken of what is allowed."""

    stated_unpacked: int | None = None
    stated_entries: int | None = None
    unpacked: int = 0
    entries: int = 0

    def take(self, member: Member) -> None:
        """Count one member, before its contents are read.

        Raises:
            RuleError: with it, the archive is larger than allowed.
        """
        self.entries += 1
        if self.entries > (ENTRIES if self.stated_entries is None else self.stated_entries):
            raise RuleError(_beyond(self.stated_entries, ENTRIES, "entries"))
        if member.kind == FILE:
            self.unpacked += member.size
            if self.unpacked > (UNPACKED if self.stated_unpacked is None else self.stated_unpacked):
                raise RuleError(_beyond(self.stated_unpacked, UNPACKED, "bytes of files"))

    def finish(self) -> None:
        """Hold the whole to what the record states.

        Raises:
            RuleError: there is less.
        """
        for stated, found, what in (
            (self.stated_entries, self.entries, "entries"),
            (self.stated_unpacked, self.unpacked, "bytes of files"),
        ):
            if stated not in {None, found}:
                raise RuleError(f"{found} {what} where its record states {stated}")

    def watched(self, chunks: Iterator[bytes], metered: Metered, archive: str) -> Iterator[bytes]:
        """Pass tar bytes on while their ratio to the compressed bytes is plausible.

        Raises:
            ArchiveError: it is not.
        """
        total = 0
        for chunk in chunks:
            total += len(chunk)
            if self.stated_unpacked is None and total > max(_SMALL, RATIO * metered.total):
                raise refused(archive, f"it unpacks to more than {RATIO} times its size")
            yield chunk


def _beyond(stated: int | None, limit: int, what: str) -> str:
    if stated is None:
        return f"more than {limit} {what}"
    return f"more than the {stated} {what} its record states"
