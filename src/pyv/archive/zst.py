"""One zstd frame (RFC 8878), and nothing after it.

libzstd gives no more than it is asked for, whatever the input claims, and says to the byte where the frame ends, so
nothing can hide behind it. It holds the frame to its checksum and to the content size it declares.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pyv.archive.refusal import RuleError
from pyv.archive.source import Source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WINDOW_LOG = 27
WINDOW = 1 << WINDOW_LOG
"""128 MiB: what level 22 needs, and PBS packs `full` archives with."""
CHUNK = 256 * 1024
"""Most bytes inflated in one step, whatever the input claims."""

_HEADER = 18  # the longest frame header
_SINGLE_SEGMENT = 0x20


def zstd_packer(level: int) -> zstd.ZstdCompressor:
    """What makes one frame with a checksum."""
    wanted = zstd.CompressionParameter
    packer: zstd.ZstdCompressor = zstd.ZstdCompressor(
        options={wanted.compression_level: level, wanted.checksum_flag: 1}
    )
    return packer


def _check_header(head: bytes) -> None:
    try:
        info = zstd.get_frame_info(head)
    except zstd.ZstdError as fault:
        raise RuleError(f"its zstd frame header is damaged or cut short ({fault})") from fault
    if info.dictionary_id:
        raise RuleError("its zstd frame needs a dictionary")
    size = _window(head, info.decompressed_size)
    if size > WINDOW:
        raise RuleError(f"its zstd frame needs a window of {size} bytes, more than {WINDOW}")


def _window(head: bytes, content: int | None) -> int:
    """The memory a frame asks for: an exponent and a mantissa, or the whole content."""
    if head[4] & _SINGLE_SEGMENT:
        return content or 0
    base = 1 << 10 + (head[5] >> 3)
    return base + base // 8 * (head[5] & 7)


def zstd_frame(source: Source) -> Iterator[bytes]:
    """Inflate, in chunks of at most `CHUNK` bytes.

    Raises:
        RuleError: the frame is damaged or cut short, needs a dictionary or too large a window, does not hold what
            it declares, or something follows it.
    """
    _check_header(source.peek(_HEADER))
    stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})
    while not stream.eof:
        data = source.some() if stream.needs_input else b""
        if stream.needs_input and not data:
            raise RuleError("the compressed stream is cut short")
        try:
            out = stream.decompress(data, CHUNK)
        except zstd.ZstdError as fault:
            raise RuleError(f"its zstd frame is damaged ({fault})") from fault
        if out:
            yield out
    if stream.unused_data or source.some():
        raise RuleError("bytes follow the end of its zstd frame")
