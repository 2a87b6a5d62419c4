"""What pyv itself is installed from: is all of it there, and was none of it taken back?"""

from __future__ import annotations

from collections.abc import Iterator

from pyv.domain.artifact import Artifact
from pyv.domain.kit import Kit, Part, read_kit
from pyv.errors import DocumentError
from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, Finding, counted, some
from pyv.mirror.own_kit import SCRIPT
from pyv.store.atomic import translated

_ADD = "pyv mirror add-self DIR"


def pinned(evidence: Evidence) -> Kit | None:
    """What the script in `self/` pins; None where there is none, or no pins in it."""
    path = evidence.mirror.own_kit / SCRIPT
    with translated("read", path):
        if not path.is_file():
            return None
        text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return read_kit(text, str(path))
    except DocumentError:
        return None


def broken_kit(evidence: Evidence) -> Iterator[Finding]:
    """Files that are pinned and not there: machines that install pyv from here stop at them."""
    base, kit = evidence.mirror.own_kit, pinned(evidence)
    found: tuple[str, ...] = ()
    if kit is None:
        found = (f"self/{SCRIPT}",) if base.exists() else found
    else:
        found = tuple(f"self/{part.path}" for part in kit.parts if not _is_there(evidence, part))
    if found:
        yield Finding(
            code="self-incomplete",
            severity=ERROR,
            what=f"{counted(found, 'file')} pyv is installed from missing or broken: {some(found)}",
            hint=f"{_ADD} brings them again; or remove DIR/self",
            about=found,
        )


def revoked_interpreter(evidence: Evidence) -> Iterator[Finding]:
    """Interpreters that pyv would still be installed with."""
    kit = pinned(evidence) or Kit(())
    for triple in kit.triples:
        record = _record(evidence, kit.interpreter(triple))
        blocked = [] if record is None else list(_blocks(evidence, record))
        if record is not None and blocked:
            yield Finding(
                code="self-revoked",
                severity=ERROR,
                what=f"self/ installs pyv with {record.name}, which is blocked by {blocked[0]}",
                hint=f"{_ADD} with a newer pyv, or with its install.sh: --script FILE",
                about=(record.name,),
            )


def _blocks(evidence: Evidence, record: Artifact) -> Iterator[str]:
    for whose, revocations in evidence.lists.items():
        entry = revocations.of(record)
        if entry is not None and entry.blocks:
            yield f"{whose}: {entry.told}"


def _is_there(evidence: Evidence, part: Part) -> bool:
    path = evidence.mirror.own_kit / part.path
    with translated("look at", path):
        return path.is_file() and part.size in {None, path.stat().st_size}


def _record(evidence: Evidence, part: Part) -> Artifact | None:
    embedded = evidence.embedded.manifest(part.triple) or []
    return next((record for record in (*evidence.records, *embedded) if record.sha256 == part.sha256), None)
