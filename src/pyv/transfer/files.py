"""Small files of this machine, whole in memory: what a local index is read with, without the network's libraries."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pyv.errors import TransferError


def read_file(path: Path, max_bytes: int) -> bytes | None:
    """The content of a file; None if there is no such file.

    Raises:
        TransferError: it cannot be read, is no regular file, or has more than `max_bytes` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        raise _failed(path, (fault.strerror or "it cannot be opened").lower()) from fault
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _failed(path, "it is not a regular file")
    with os.fdopen(descriptor, "rb") as stream:
        try:
            content = stream.read(max_bytes + 1)
        except OSError as fault:
            raise _failed(path, (fault.strerror or "it cannot be read").lower()) from fault
    if len(content) > max_bytes:
        raise _failed(path, f"it is longer than the {max_bytes} bytes a document of its kind may have")
    return content


def _failed(path: Path, problem: str) -> TransferError:
    return TransferError(
        f"cannot fetch {path}: {problem}",
        hint="check the directory and its permissions",
        url=str(path),
        attempts=[{"url": str(path), "problem": problem}],
    )
