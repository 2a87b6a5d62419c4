"""Durations as a person writes them in a policy: `7d`, `12h`, `30m`, `0`."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?P<count>\d{1,6})(?P<unit>[dhm])", re.ASCII)
_SECONDS = {"d": 86400, "h": 3600, "m": 60}


def parse_duration(text: str) -> int:
    """Seconds.

    Raises:
        ValueError: it is not a number of days, hours or minutes; a bare number says nothing, unless it is 0.
    """
    match = _FORM.fullmatch(text)
    if match is not None:
        return int(match["count"]) * _SECONDS[match["unit"]]
    if text != "0":
        raise ValueError(f"`{text}` is not a duration such as `7d`, `12h`, `30m` or `0`")
    return 0


def spelled_duration(seconds: int) -> str:
    """Seconds in the largest unit that divides them; what is left of a minute counts as a whole one."""
    unit = next((unit for unit, length in _SECONDS.items() if seconds and seconds % length == 0), "m")
    return f"{-(-seconds // _SECONDS[unit])}{unit}" if seconds else "0"
