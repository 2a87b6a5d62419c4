"""The same tar stream, compressed anew: what unpacks of it is the same by construction.

The level is 19. Measured on a genuine build (python-build-standalone 3.9.13, 134.6 MB of tar, 52.1 MB as gzip; zstd
1.5, one core): level 3 gives 50.1 MB in 1 s, 9 gives 45.5 in 4 s, 15 gives 44.9 in 27 s, 19 gives 40.5 in 65 s, and
19 with a window of 128 MiB and long matches 40.1 in 86 s. An archive is packed once and fetched by a fleet, and every
level unpacks in about the same time (slower than isal inflates the gzip, faster than zlib does), so the time of level
19 is well spent; the large window is not, as each client would have to hold it in memory. Level 19's own window is
8 MiB, a sixteenth of what `pyv.archive.zst` accepts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing

from pyv.archive.inflate import inflated
from pyv.archive.zst import zstd_packer

LEVEL = 19


def repack(
    read: Callable[[int], bytes], write: Callable[[bytes], object], *, compression: str, name: str, level: int = LEVEL
) -> str:
    """Write the tar bytes of an archive as one zstd frame with a checksum; the sha256 of those tar bytes.

    `read(size)` answers with up to `size` compressed bytes, and with none at the end; it is called from another thread.

    Raises:
        ArchiveError: what is read is not exactly one sound gzip member or zstd frame.
    """
    digest = hashlib.sha256()
    stream = zstd_packer(level)
    with closing(inflated(read, compression, name)) as chunks:
        for chunk in chunks:
            digest.update(chunk)
            write(stream.compress(chunk))
    write(stream.flush())
    return digest.hexdigest()


def tar_digest(read: Callable[[int], bytes], *, compression: str, name: str) -> str:
    """The sha256 of an archive's tar bytes.

    Raises:
        ArchiveError: it is not exactly one sound gzip member or zstd frame.
    """
    digest = hashlib.sha256()
    with closing(inflated(read, compression, name)) as chunks:
        for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest()
