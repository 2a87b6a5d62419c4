"""What a mirror serves: a request path becomes an open regular file below the mirror, or nothing.

Every component is opened relative to the one before, following no symlink; names that begin with a dot are never
served, so neither `..` nor the mirror's own working files are reachable. Files named by digest or version never change,
nor do those named by upstream's release and build, and caches are told so; the timestamp, the refresh pack, the lists
for other tools, the index of an image layout and the working copies have to be asked for every time.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

NEVER_CHANGES = (
    r"blobs/sha256/[0-9a-f]{64}",
    r"targets/[^/]+/[0-9a-f]{64}\..+",
    r"metadata/[1-9][0-9]*\.[a-z]+\.json",
    r"pbs/[0-9]{8}/[^/]+",
)
"""The names whose files are never replaced by others, as regular expressions that nginx understands too."""

_NEVER_CHANGES = re.compile("|".join(NEVER_CHANGES))
_DIGEST = re.compile(r"(?:blobs/sha256/|targets/[^/]+/)(?P<digest>[0-9a-f]{64})(?:\..+)?")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """One file, open, and what HTTP says about it. The receiver closes `stream`."""

    stream: BinaryIO
    size: int
    etag: str
    content_type: str
    cache_control: str
    last_modified: str


def relative_name(target: str) -> str | None:
    """The name below the mirror a request target means; None where it can mean nothing served."""
    try:
        path = unquote(urlsplit(target).path, errors="strict")
    except ValueError:
        return None
    if not path.startswith("/"):
        return None
    segments = path[1:].split("/")
    if any(not segment or segment.startswith(".") or not segment.isprintable() for segment in segments):
        return None
    return "/".join(segments)


def open_served(root: Path, target: str) -> ServedFile | None:
    """Open what a request target names; None where there is no regular file."""
    name = relative_name(target)
    if name is None:
        return None
    try:
        descriptor = _open_below(root, name.split("/"))
    except (OSError, ValueError):
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    digest = _DIGEST.fullmatch(name)
    never_changes = _NEVER_CHANGES.fullmatch(name)
    return ServedFile(
        stream=os.fdopen(descriptor, "rb"),
        size=status.st_size,
        etag=f'"{digest["digest"]}"' if digest else f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
        content_type="application/json" if name.endswith(".json") else "application/octet-stream",
        cache_control="public, max-age=31536000, immutable" if never_changes else "no-cache",
        last_modified=formatdate(int(status.st_mtime), usegmt=True),
    )


def _open_below(root: Path, segments: list[str]) -> int:
    directory = os.open(root, _DIRECTORY)
    try:
        for segment in segments[:-1]:
            inner = os.open(segment, _DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
            os.close(directory)
            directory = inner
        return os.open(segments[-1], _FILE, dir_fd=directory)
    finally:
        os.close(directory)
