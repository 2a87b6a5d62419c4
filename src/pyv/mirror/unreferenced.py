"""Since when nothing refers to an archive: `.pyv/unreferenced.json`, by sha256, noted by one `prune` for the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pyv.domain.fields import Fields, hinted, parse_object
from pyv.domain.timestamp import parse_utc, utc
from pyv.mirror.layout import Mirror
from pyv.store.atomic import make_directory, translated, write_text

FORMAT = 1


def read_notes(mirror: Mirror) -> dict[str, float]:
    """What was noted, in seconds since the epoch.

    Raises:
        DocumentError: the file was damaged.
    """
    path = _path(mirror)
    with translated("read", path):
        if not path.is_file():
            return {}
        text = path.read_text(encoding="utf-8", errors="replace")
    with hinted(f"remove {path}; the days begin anew then"):
        fields = Fields(parse_object(text, str(path)), str(path))
        fields.format_is(FORMAT)
        since = fields.values.get("since")
        if not isinstance(since, dict):
            raise fields.fault("since", "not moments by digest")
        moments = {sha256: parse_utc(str(moment)) for sha256, moment in since.items()}
        found = {sha256: moment for sha256, moment in moments.items() if moment is not None}
        if len(found) < len(moments):
            raise fields.fault("since", "a moment is none")
        return found


def write_notes(mirror: Mirror, since: Mapping[str, float]) -> None:
    """Note it, whole or not at all; with nothing new, nothing is written."""
    path = _path(mirror)
    told = {sha256: utc(moment) for sha256, moment in sorted(since.items())}
    text = json.dumps({"format": FORMAT, "since": told}, indent=1) + "\n"
    with translated("read", path):
        if text == (path.read_text(encoding="utf-8", errors="replace") if path.is_file() else "") or not (
            since or path.is_file()
        ):
            return
    make_directory(path.parent)
    write_text(path, text)


def _path(mirror: Mirror) -> Path:
    return mirror.work.path / "unreferenced.json"
