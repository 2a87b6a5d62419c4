"""An archive on its way into a mirror: copied, and the copy judged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pyv.archive.extract import FULL, INSTALL_ONLY, Extracted, Limits, extract
from pyv.domain.artifact import Artifact
from pyv.mirror.content import check_content
from pyv.store.atomic import store_error, translated

_CHUNK = 1 << 20


def copied(source: Path, target: Path) -> tuple[int, str]:
    """Copy, and tell size and sha256 of what was written."""
    digest, size = hashlib.sha256(), 0
    with translated("copy", source), source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return size, digest.hexdigest()


def judged(blob: Path, prefix: Path, artifact: Artifact) -> Extracted:
    """Unpack the copy of an archive into `prefix`, and compare what is there with the identity it claims.

    Raises:
        ArchiveError: it breaks a rule, or holds something else than its name says. StoreError: the disk refuses.
    """
    try:
        with blob.open("rb") as stream:
            extracted = extract(
                stream.read,
                prefix,
                compression=artifact.compression,
                name=artifact.name,
                limits=Limits(size=artifact.size),
                subtree=FULL if artifact.flavor == "full" else INSTALL_ONLY,
            )
    except OSError as fault:
        raise store_error("extract into", prefix, fault) from fault
    check_content(prefix, artifact)
    return extracted
