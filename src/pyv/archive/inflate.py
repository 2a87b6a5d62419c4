"""From compressed bytes to tar bytes, in a thread of its own.

The C code of zlib, isal and libzstd gives up the interpreter lock, so reading and inflating run while the caller
hashes and writes. A bounded queue keeps memory flat; the thread ends with the iterator, however that ends.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator

from pyv.archive.gz import fastest, gzip_member
from pyv.archive.refusal import HINT, RuleError, refused
from pyv.archive.source import Source

_WAITING = 4  # chunks between the threads; two may still be put after the consumer has left
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_FORMATS = (
    (_GZIP, "gzip"),
    (_ZSTD, "zstd"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)
_EXPECTED = {"gz": (_GZIP, "gzip"), "zst": (_ZSTD, "zstd")}
_PAGE_HINT = "something between here and the mirror answered instead of it: a login page, a proxy, an error page"
_NAME_HINT = "its name must say what it is: `.tar.gz` for gzip, `.tar.zst` for zstd"
_TEXTS = (
    ((b"<!doctype", b"<html", b"<?xml", b"<head"), "it is a web page"),
    ((b"{",), "it is a JSON document"),
)


def _found(head: bytes) -> tuple[str, str]:
    """What the first bytes are, in words, and what to do about it."""
    for magic, name in _FORMATS:
        if head.startswith(magic):
            return f"it is a {name} file", _NAME_HINT
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for starts, name in _TEXTS:
        if text.startswith(starts):
            return name, _PAGE_HINT
    if head[257:262] == b"ustar":
        return "it is a tar file without compression", _NAME_HINT
    if head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50:
        return "it starts with a skippable zstd frame", HINT
    return f"it starts with {head[:8].hex(' ')}" if head else "it is empty", HINT


def _opened(source: Source, compression: str, name: str) -> Iterator[bytes]:
    magic, wanted = _EXPECTED[compression]
    head = source.peek(512)
    if not head.startswith(magic):
        what, hint = _found(head)
        raise refused(name, f"{what}, not a {wanted} file", hint=hint)
    if compression == "gz":
        return gzip_member(source, fastest())
    from pyv.archive.zst import zstd_frame  # noqa: PLC0415 (libzstd: only where it is needed)

    return zstd_frame(source)


def inflated(read: Callable[[int], bytes], compression: str, name: str) -> Generator[bytes, None, None]:
    """The tar bytes of an archive, in chunks of a bounded size.

    `read(size)` answers with up to `size` bytes, and with none at the end; it is called from another thread, and
    closing this iterator waits for a call that is under way. What it raises is raised here.

    Args:
        read: the compressed bytes.
        compression: `gz` or `zst`.
        name: the archive, for errors.

    Raises:
        ArchiveError: it is not exactly one sound gzip member or zstd frame.
    """
    chunks: queue.Queue[bytes | BaseException | None] = queue.Queue(_WAITING)
    left = threading.Event()

    def run() -> None:
        try:
            for chunk in _opened(Source(read), compression, name):
                chunks.put(chunk)
                if left.is_set():
                    return
            chunks.put(None)
        except RuleError as broken:
            chunks.put(refused(name, broken.rule))
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the caller's thread is where it belongs
            chunks.put(fault)

    thread = threading.Thread(target=run, name=f"inflate {name}", daemon=True)
    thread.start()
    try:
        while (chunk := chunks.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk
    finally:
        left.set()
        _emptied(chunks)
        thread.join()


def _emptied(chunks: queue.Queue[bytes | BaseException | None]) -> None:
    try:
        while True:
            chunks.get_nowait()
    except queue.Empty:
        pass
