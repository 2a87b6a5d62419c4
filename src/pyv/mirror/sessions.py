"""Uploads that were begun, as files below `.pyv/uploads`: a push that was killed is gone on with by the next one.

A file holds an address of the registry's own and no credentials. It is a hint: whatever became of the upload, the
registry is asked first, and a file that cannot be read counts as none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.fields import Fields, parse_object
from pyv.errors import DocumentError
from pyv.mirror.layout import Mirror
from pyv.store.atomic import clear_temporaries, make_directory, translated, write_text

FORMAT = 1
_MODE = 0o600
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUpload:
    """The session of one blob at one registry."""

    path: Path
    place: str

    def kept(self) -> str | None:
        """The address an earlier run kept, if any."""
        try:
            with self.path.open("rb") as stream:
                content = stream.read(_LONGEST)
            fields = Fields(parse_object(content.decode("utf-8"), str(self.path)), str(self.path))
            is_ours = fields.count("format") == FORMAT and fields.text("place") == self.place
            return fields.text("address", "") if is_ours else None
        except (OSError, UnicodeDecodeError, DocumentError):
            return None

    def keep(self, address: str) -> None:
        """Keep an address."""
        make_directory(self.path.parent)
        values = {"format": FORMAT, "place": self.place, "address": address}
        write_text(self.path, json.dumps(values), mode=_MODE, durable=False)

    def forget(self) -> None:
        """There is no such upload any more."""
        with translated("remove", self.path):
            self.path.unlink(missing_ok=True)


class Unkept:
    """The session of what is sent at once."""

    def kept(self) -> str | None:
        """Nothing was kept."""
        return None

    def keep(self, address: str) -> None:
        """Keep nothing."""

    def forget(self) -> None:
        """There is nothing to forget."""


def uploads_of(mirror: Mirror) -> Path:
    """Where the sessions of a mirror lie."""
    return mirror.work.path / "uploads"


def sweep(mirror: Mirror) -> None:
    """Remove the sessions of blobs that are not there any more; the caller holds the lock of pushes."""
    directory = uploads_of(mirror)
    clear_temporaries(directory)
    with translated("clear", directory):
        for path in directory.glob("*.json"):
            if not mirror.blob(path.stem).is_file():
                path.unlink(missing_ok=True)
