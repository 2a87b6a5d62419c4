"""What lies about: archives nothing names, files that belong to nothing, work that nobody finished."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import WARNING, Finding, counted, some
from pyv.mirror.auditing.served_files import strays, temporaries
from pyv.mirror.drafts import waiting_drafts
from pyv.store.atomic import translated

_DAY = 86400.0
_PRUNE = "pyv mirror prune DIR removes them in time"


def unnamed_archives(evidence: Evidence) -> Iterator[Finding]:
    """Archives no record names: nobody signed them, and whoever knows the digest is served them."""
    named = {record.sha256 for record in evidence.records} | {packing.sha256 for packing in evidence.derived}
    found = tuple(sorted(evidence.blobs.sizes.keys() - named))
    if found:
        size = sum(evidence.blobs.sizes[sha256] for sha256 in found)
        yield Finding(
            code="unnamed-archive",
            severity=WARNING,
            what=f"{counted(found, 'archive')} ({size:,} bytes) that no published record names: {some(found)}",
            hint=_PRUNE,
            about=found,
        )


def stray_files(evidence: Evidence) -> Iterator[Finding]:
    """Files in the served tree that nobody signed and that belong to nothing."""
    found = (*strays(evidence), *evidence.blobs.others)
    if found:
        yield Finding(
            code="stray-file",
            severity=WARNING,
            what=f"{counted(found, 'file')} in the served tree that belong to nothing: {some(found)}",
            hint="remove them once you know whose they are: a web server gives them to anybody",
            about=found,
        )


def waiting(evidence: Evidence) -> Iterator[Finding]:
    """Drafts that wait for signatures, and working copies that were not published."""
    for draft in waiting_drafts(evidence.mirror, evidence.current):
        yield Finding(
            code="draft-waits",
            severity=WARNING,
            what=draft.told,
            hint=f"have it signed: pyv mirror sign export DIR {draft.role} -o {draft.role}.json; then publish",
            about=(draft.role,),
        )


def half_written(evidence: Evidence) -> Iterator[Finding]:
    """Files of writers that died."""
    found = tuple(temporaries(evidence))
    if found:
        yield Finding(
            code="temporary",
            severity=WARNING,
            what=f"{counted(found, 'file')} of writers that died, or write right now: {some(found)}",
            hint=_PRUNE,
            about=found,
        )


def unfinished(evidence: Evidence) -> Iterator[Finding]:
    """Downloads and uploads that nobody went on with for a day."""
    work = evidence.mirror.work
    found = [
        str(path.relative_to(evidence.mirror.path))
        for directory in (work.partial, work.path / "uploads")
        for path in _older(directory, evidence.now - _DAY)
    ]
    if found:
        yield Finding(
            code="unfinished",
            severity=WARNING,
            what=f"{counted(found, 'file')} of downloads or pushes nobody went on with for a day: {some(found)}",
            hint="run pyv mirror sync or push again, which go on; what nobody needs goes with pyv mirror prune",
            about=tuple(found),
        )


def _older(directory: Path, moment: float) -> list[Path]:
    with translated("read", directory):
        there = sorted(directory.iterdir()) if directory.is_dir() else []
        return [path for path in there if path.is_file() and path.stat().st_mtime < moment]
