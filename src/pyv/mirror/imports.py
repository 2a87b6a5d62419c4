"""What the last bundle brought: the archives its documents list, which an imported mirror is held to.

The index of a hybrid mirror names more than anybody chose; the near side's choice does not travel, but what came of
it does. `.pyv/imported.json` is written with the import, and read by whoever verifies or prunes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pyv.domain.fields import Fields, hinted, parse_object
from pyv.mirror.layout import Mirror
from pyv.store.atomic import make_directory, translated, write_text

FORMAT = 1


def remember_archives(mirror: Mirror, archives: Iterable[str]) -> None:
    """Keep the sha256 of every archive a bundle lists."""
    make_directory(mirror.imported.parent)
    write_text(mirror.imported, json.dumps({"format": FORMAT, "archives": sorted(archives)}, indent=0) + "\n")


def imported_archives(mirror: Mirror) -> frozenset[str] | None:
    """The sha256 of every archive the last bundle listed; None where nobody remembers.

    Raises:
        DocumentError: the file was damaged.
    """
    with translated("read", mirror.imported):
        if not mirror.imported.is_file():
            return None
        text = mirror.imported.read_text(encoding="utf-8", errors="replace")
    with hinted(f"remove {mirror.imported}; the next import writes it anew"):
        fields = Fields(parse_object(text, str(mirror.imported)), str(mirror.imported))
        fields.format_is(FORMAT)
        return frozenset(fields.words("archives"))
