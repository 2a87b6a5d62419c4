"""What was exported from a mirror, and so what the far side has: `.pyv/exports/<id>.json`, one file a bundle.

An id is the beginning of the sha256 of the bundle's image index, so the same state has the same id, and a bundle tells
its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.fields import Fields, hinted, parse_object
from pyv.errors import RequestError
from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import ID_DIGITS, read_bundled
from pyv.mirror.layout import Mirror
from pyv.store.atomic import make_directory, translated, write_text

FORMAT = 1
LAST = "last"
_LEAST_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One bundle that was made."""

    index: str
    """The sha256 of its image index."""
    number: int
    """Which export of the mirror it was."""
    at: str
    """UTC."""
    snapshot: int
    timestamp: int
    archives: frozenset[str] = field(repr=False)
    """Every archive it lists: who imported it has them, be they in this bundle or in one before."""

    @property
    def ident(self) -> str:
        """What people call it."""
        return self.index[:ID_DIGITS]


def remember(mirror: Mirror, export: Export) -> None:
    """Keep what was exported; the same state once more takes the place of itself."""
    told = {
        "format": FORMAT,
        "index": export.index,
        "number": export.number,
        "at": export.at,
        "snapshot": export.snapshot,
        "timestamp": export.timestamp,
        "archives": sorted(export.archives),
    }
    make_directory(_directory(mirror))
    write_text(_directory(mirror) / f"{export.ident}.json", json.dumps(told, indent=0) + "\n")


def exports(mirror: Mirror) -> list[Export]:
    """Every export, in order.

    Raises:
        DocumentError: a file was damaged.
    """
    directory = _directory(mirror)
    with translated("read", directory):
        paths = sorted(directory.glob("[!.]*.json")) if directory.is_dir() else []
        texts = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    found = []
    for path, text in texts:
        with hinted(f"remove {path}; increments since that export are then made with --since FILE"):
            found.append(_parse(text, str(path)))
    return sorted(found, key=lambda each: each.number)


def _parse(text: str, document: str) -> Export:
    fields = Fields(parse_object(text, document), document)
    fields.format_is(FORMAT)
    archives = fields.values.get("archives")
    if not isinstance(archives, list) or not all(isinstance(sha, str) for sha in archives):
        raise fields.fault("archives", "not a list of digests")
    return Export(
        index=fields.text("index"),
        number=fields.count("number") or 0,
        at=fields.text("at"),
        snapshot=fields.count("snapshot") or 0,
        timestamp=fields.count("timestamp") or 0,
        archives=frozenset(archives),
    )


def _directory(mirror: Mirror) -> Path:
    return mirror.work.path / "exports"


def had_since(mirror: Mirror, word: str, cwd: Path) -> tuple[str, frozenset[str]]:
    """The export a person means (an id, its beginning, `last`, or an earlier bundle): its id, and what it had.

    Raises:
        RequestError: nothing was exported under that name. ArchiveError, DigestError, DocumentError: the bundle cannot
        be read.
    """
    known = exports(mirror)
    path = cwd / word
    if word != LAST and path.exists():
        earlier = read_bundled(open_bundle(path))
        return earlier.ident, frozenset(earlier.archives)
    chosen = known[-1:] if word == LAST else [each for each in known if _is_called(each, word)]
    if len(chosen) == 1:
        return chosen[0].ident, chosen[0].archives
    told = ", ".join(f"{each.ident} ({each.at})" for each in known[-5:]) or "none yet"
    raise RequestError(
        f"there is no export `{word}` of {mirror.path}" if not chosen else f"`{word}` names several exports",
        hint=f"name 8 digits of an id at least, `last`, or an earlier bundle file; exports: {told}",
        name=word,
    )


def _is_called(export: Export, word: str) -> bool:
    return len(word) >= _LEAST_DIGITS and export.index.startswith(word)
