"""The derived records of an index's place: asked for once, and only by whoever may use one.

They are no part of what an index's publisher signed: each line is held to its own signature by whoever uses it. What
was read last is kept, so that what is in the cache can be installed again where nobody can be asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from pyv.domain.derived import MAX_BYTES, Derived, derived_name, parse_derived
from pyv.errors import PyvError, TransferError
from pyv.index.opened import decoded
from pyv.store.atomic import make_directory, translated, write_text
from pyv.transfer.files import read_file
from pyv.trust.read import Read


def derived_reader(read: Read, kept: Path, *, asked: bool) -> Callable[[str], list[Derived]]:
    """The derived records of a triple, asked for at most once; `kept` is the directory of what was read last.

    Where nobody is to be asked, or cannot be, that serves. The function raises what it raised the first time:
    TransferError or DocumentError.
    """
    lock = threading.Lock()
    found: dict[str, list[Derived] | PyvError] = {}

    def derived(triple: str) -> list[Derived]:
        with lock:
            if triple not in found:
                try:
                    found[triple] = _parsed(_content(read, kept, triple, asked=asked), triple)
                except PyvError as fault:
                    found[triple] = fault
        records = found[triple]
        if isinstance(records, PyvError):
            raise records
        return records

    return derived


def _parsed(content: bytes | None, triple: str) -> list[Derived]:
    name = derived_name(triple)
    return [] if content is None else parse_derived(decoded(content, name), name, triple)


def _content(read: Read, kept: Path, triple: str, *, asked: bool) -> bytes | None:
    path = kept / f"{triple}.json"
    before = read_file(path, MAX_BYTES)
    if not asked:
        return before
    try:
        content = read(derived_name(triple), MAX_BYTES)
    except TransferError:
        if before is None:
            raise
        return before
    if content is not None and content != before:
        make_directory(path.parent)
        write_text(path, decoded(content, path.name), durable=False)
    elif content is None and before is not None:
        with translated("remove", path):
            path.unlink(missing_ok=True)
    return content
