"""The derived records of a mirror, `derived/<triple>.json`: what is another packing of what.

They are no part of the index, and whoever publishes has nothing to do with them: each line signs itself
(`pyv.domain.derived`).
"""

from __future__ import annotations

from collections.abc import Iterable

from pyv.domain.derived import MAX_BYTES, Derived, derived_name, dump_derived, parse_derived
from pyv.errors import DocumentError
from pyv.mirror.layout import Mirror, sync_directory
from pyv.store.atomic import clear_temporaries, make_directory, translated, write_text


def read_derived(mirror: Mirror, triple: str) -> list[Derived]:
    """The derived records of a triple; none where there is no file.

    Raises:
        DocumentError: the file cannot be read as one.
    """
    path = mirror.path / derived_name(triple)
    with translated("read", path):
        if not path.exists():
            return []
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DocumentError(f"{path}: larger than {MAX_BYTES:,} bytes", path=str(path))
    return parse_derived(content.decode("ascii", "replace"), str(path), triple)


def derived_triples(mirror: Mirror) -> list[str]:
    """The triples there are derived records of."""
    return sorted(path.stem for path in mirror.path.glob("derived/[!.]*.json"))


def forget_orphans(mirror: Mirror) -> None:
    """Drop records whose origin is in no manifest any more, whoever signed them. The caller holds the lock."""
    clear_temporaries(mirror.path / "derived")
    for triple in derived_triples(mirror):
        records, origins = read_derived(mirror, triple), {each.sha256 for each in mirror.read_manifest(triple)}
        kept = [record for record in records if record.origin in origins]
        if len(kept) < len(records):
            write_derived(mirror, triple, kept)


def write_derived(mirror: Mirror, triple: str, records: Iterable[Derived]) -> None:
    """Put the derived records of a triple in place, whole and for good. The caller holds the lock."""
    path = mirror.path / derived_name(triple)
    make_directory(path.parent)
    write_text(path, dump_derived(triple, records))
    sync_directory(path.parent)
