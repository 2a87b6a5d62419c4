"""What becomes of a lock: a line for each request and change, however many platforms it is about."""

from __future__ import annotations

from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One request has other records, on some platforms."""

    request: str
    before: str
    """Version and build; empty where there was none."""
    after: str
    """Version and build; empty where there is none."""
    triples: tuple[str, ...]

    def __str__(self) -> str:
        where = self.triples[0] if len(self.triples) == 1 else f"{len(self.triples)} platforms"
        if self.before == self.after:
            what = f"{self.after}, another record"
        elif self.before and self.after:
            what = f"{self.before} -> {self.after}"
        else:
            what = self.after or f"{self.before} removed"
        return f"{self.request}: {what} ({where})"

    def to_dict(self) -> dict[str, object]:
        """The change for `--json`."""
        return {
            "request": self.request,
            "before": self.before or None,
            "after": self.after or None,
            "triples": list(self.triples),
        }


def changes(before: Lock, after: Lock) -> list[Change]:
    """What is other, in the order of the file; platforms of one request that change alike are one change."""
    found: list[Change] = []
    for request in Lock(entries=(*before.entries, *after.entries)).requests:
        old, new = before.of(request), after.of(request)
        alike: dict[tuple[str, str], list[str]] = {}
        for triple in sorted(old.keys() | new.keys()):
            if old.get(triple) != new.get(triple):
                alike.setdefault((_pinned(old.get(triple)), _pinned(new.get(triple))), []).append(triple)
        found += [
            Change(request=request, before=one, after=other, triples=tuple(triples))
            for (one, other), triples in alike.items()
        ]
    return found


def _pinned(artifact: Artifact | None) -> str:
    return "" if artifact is None else artifact.pinned
