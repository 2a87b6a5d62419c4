"""A lock on disk: records somebody chose from an index once, read without asking any."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pyv.domain.fields import malformed
from pyv.domain.lock import MAX_BYTES, Lock, parse_lock
from pyv.index.opened import decoded
from pyv.store.atomic import translated


def read_lock(path: Path) -> Lock | None:
    """The lock at a path; None where nothing at all stands there.

    Raises:
        DocumentError: it is no lock, or needs a newer pyv. StoreError: it cannot be read.
    """
    if not os.path.lexists(path):
        return None
    with translated("read", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise malformed(str(path), "", "not a regular file")
            content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise malformed(str(path), "", f"longer than {MAX_BYTES} bytes")
    return parse_lock(decoded(content, str(path)), str(path))
