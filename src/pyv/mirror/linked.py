"""Whether what lies in pbs/ under an upstream name is the archive of that name: the same file, or a copy of it."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.mirror.hashing import digest_of
from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated


def wrong_links(mirror: Mirror, records: Iterable[Artifact], *, thorough: bool) -> Iterator[tuple[str, bool]]:
    """The files in pbs/ that are another archive than their name says, and whether a record has that name.

    A mirror that was copied may hold copies in the place of hard links: of those only `thorough` reads the bytes.

    Raises:
        StoreError: something of it cannot be read.
    """
    named: dict[str, list[Artifact]] = {}
    for record in records:
        named.setdefault(record.upstream_location, []).append(record)
    for path in sorted(mirror.upstream_tree.glob("*/*")):
        location = str(path.relative_to(mirror.upstream_tree))
        with translated("read", path):
            if location not in named:
                yield f"pbs/{location}", False
            elif not any(_is_archive(path, each, mirror, thorough=thorough) for each in named[location]):
                yield f"pbs/{location}", True


def _is_archive(path: Path, record: Artifact, mirror: Mirror, *, thorough: bool) -> bool:
    blob = mirror.blob(record.sha256)
    if not stat.S_ISREG(path.lstat().st_mode):
        return False  # a FIFO would be waited for, and a link leads anywhere
    if blob.is_file() and path.samefile(blob):
        return True
    return digest_of(path) == record.sha256 if thorough else record.size in {None, path.stat().st_size}
