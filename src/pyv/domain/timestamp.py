"""Moments as pyv writes them: UTC, to the second, ISO 8601 with a `Z`."""

from __future__ import annotations

from datetime import datetime, timezone

LAST = 253_402_300_799
"""The last moment there is a text for: the end of the year 9999."""


def utc(now: float) -> str:
    """A moment (seconds since the epoch) as receipts, trust files and indexes write it."""
    return datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: str) -> float | None:
    """The moment such a text names, in seconds since the epoch; None where it names none."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return None
