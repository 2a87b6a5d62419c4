"""Who else may write here: whoever changes a working copy decides what the keys sign next."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, Finding, counted, some
from pyv.mirror.own_kit import SCRIPT
from pyv.store.atomic import translated


def writable_by_all(evidence: Evidence) -> Iterator[Finding]:
    """Directories and working copies that every user of the machine may write to."""
    mirror = evidence.mirror
    copies = [mirror.key_list, mirror.revocation_list, *(mirror.manifest(triple) for triple in mirror.triples())]
    directories = {path.parent for path in copies} | {mirror.path / "targets", mirror.metadata, mirror.blobs}
    directories |= {mirror.own_kit, mirror.own_kit / "python", mirror.own_kit / "wheels"}
    private = [
        mirror.own_kit / SCRIPT,
        mirror.work.path,
        mirror.settings,
        mirror.drafts,
        mirror.carried,
        mirror.work.trust,
    ]
    found = []
    for path in (mirror.path, *sorted(directories), *copies, *private):
        with translated("look at", path):
            if path.exists() and path.stat().st_mode & stat.S_IWOTH:
                found.append(str(path))
    if found:
        yield Finding(
            code="world-writable",
            severity=ERROR,
            what=f"{counted(found, 'place')} every user may write to: {some(found)}",
            hint="chmod -R o-w DIR, and compare the working copies with a backup before you publish",
            about=tuple(found),
        )
