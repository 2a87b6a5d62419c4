"""One zstd frame (RFC 8878), and nothing after it.

The frame is fed to libzstd block by block. A block inflates to 128 KiB at most, so output is bounded whatever the
input claims, and the end of the frame is known to the byte, so nothing can hide behind it. libzstd holds the frame to
its checksum and to the content size it declares.
"""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from pyv.archive.refusal import RuleError
from pyv.archive.source import Source

WINDOW = 1 << 27
"""128 MiB: what level 22 needs, and PBS packs `full` archives with."""

_HEADER = 18  # the longest frame header
_BLOCK = 1 << 17
_RUN, _RESERVED = 1, 3  # block types: one byte repeated; not to be used


def _parameters(head: bytes) -> zstandard.FrameParameters:
    try:
        parameters = zstandard.get_frame_parameters(head)
    except zstandard.ZstdError as fault:
        raise RuleError(f"its zstd frame header is damaged or cut short ({fault})") from fault
    if parameters.dict_id:
        raise RuleError("its zstd frame needs a dictionary")
    if parameters.window_size > WINDOW:
        raise RuleError(f"its zstd frame needs a window of {parameters.window_size} bytes, more than {WINDOW}")
    return parameters


def _blocks(source: Source) -> Iterator[bytes]:
    """Every block of a frame, header included, up to the last."""
    last = False
    while not last:
        head = source.exactly(3)
        word = int.from_bytes(head, "little")
        last, kind, size = bool(word & 1), word >> 1 & 3, word >> 3
        if kind == _RESERVED or size > _BLOCK:
            raise RuleError("its zstd frame has a block no writer makes")
        yield head + source.exactly(1 if kind == _RUN else size)


def zstd_frame(source: Source) -> Iterator[bytes]:
    """Inflate, in chunks of at most 128 KiB.

    Raises:
        RuleError: the frame is damaged or cut short, needs a dictionary or too large a window, does not hold what
            it declares, or something follows it.
    """
    parameters = _parameters(source.peek(_HEADER))
    stream = zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj()
    try:
        stream.decompress(source.exactly(zstandard.frame_header_size(source.peek(_HEADER))))
        for block in _blocks(source):
            out = stream.decompress(block)
            if out:
                yield out
        if parameters.has_checksum:
            stream.decompress(source.exactly(4))
    except zstandard.ZstdError as fault:
        raise RuleError(f"its zstd frame is damaged ({fault})") from fault
    if source.some():
        raise RuleError("bytes follow the end of its zstd frame")
