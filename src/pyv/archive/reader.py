"""A tar stream, member by member: strict where readers disagree, in memory of one chunk.

1. Every header keeps the rules of `pyv.archive.header`. 2. Files, hard links, symlinks and directories; everything
else is refused, global pax headers included. 3. At most one extension header of each kind before a member, and a
member after them. 4. A pax size says what the header says. 5. Only files have contents. 6. The end is two zero
blocks, zeros to the end of a 10 KiB record at most, and the end of the stream.

Whether a name may be, and where it goes, is for `pyv.archive.members`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pyv.archive.extension import KINDS, LARGEST, Extension
from pyv.archive.header import BLOCK, Header, parse_header
from pyv.archive.refusal import RuleError, refused

FILE, HARD_LINK, SYMLINK, DIRECTORY = b"0", b"1", b"2", b"5"
_MEMBERS = frozenset({FILE, HARD_LINK, SYMLINK, DIRECTORY})
_LINKS = frozenset({HARD_LINK, SYMLINK})
_REFUSED = {
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a FIFO",
    b"7": "a contiguous file",
    b"g": "a global pax header",
    b"S": "a sparse file",
    b"M": "a part of a multi-volume archive",
    b"V": "a volume label",
}
_RECORD = 20 * BLOCK
_ZEROS = bytes(BLOCK)


class Member(NamedTuple):
    """One file, link or directory, as the archive names it."""

    path: str
    kind: bytes
    size: int
    """Bytes of a file; 0 for the others."""
    executable: bool
    target: str
    """Where a link leads; empty for the others."""


class TarReader:
    """The members of a tar stream; the contents of each can be had until the next is asked for."""

    def __init__(self, chunks: Iterator[bytes], archive: str) -> None:
        self._chunks = chunks
        self._archive = archive
        self._chunk = b""
        self._offset = 0
        self._before = 0
        """Bytes of the stream before the chunk."""
        self._contents = 0
        self._padding = 0
        self._latest: str | None = None
        """The member met last: where a fault is, when nothing nearer has a name."""

    def members(self) -> Iterator[Member]:
        """Every member in order.

        Raises:
            ArchiveError: the stream breaks a rule of this module.
        """
        extension = Extension()
        while True:
            self._skip()
            block = self._take(BLOCK)
            try:
                if block == _ZEROS:
                    self._finish(extension)
                    return
                header = parse_header(block)
                if header.kind in KINDS:
                    extension.add(header.kind, self._extension(header.size))
                    continue
                member = self._member(header, extension)
            except RuleError as broken:
                name = _text_or_none(extension.path or block[:100].partition(b"\0")[0])
                raise refused(self._archive, broken.rule, member=name or self._latest) from broken
            self._contents, self._padding = member.size, -member.size % BLOCK
            self._latest = member.path
            extension = Extension()
            yield member

    def whole(self) -> memoryview | None:
        """The contents of the current file in one part, if the chunk at hand holds them; None otherwise."""
        start, end = self._offset, self._offset + self._contents
        if end > len(self._chunk):
            return None
        self._offset, self._contents = end, 0
        return memoryview(self._chunk)[start:end]

    def contents(self) -> Iterator[memoryview]:
        """The contents of the current file, in parts of a chunk at most.

        Raises:
            ArchiveError: the stream ends before.
        """
        while self._contents:
            if self._offset == len(self._chunk):
                self._more()
            part = memoryview(self._chunk)[self._offset : self._offset + self._contents]
            self._offset += len(part)
            self._contents -= len(part)
            yield part

    def _skip(self) -> None:
        if self._contents:
            for _ in self.contents():
                pass
        padding, self._padding = self._padding, 0
        if self._offset + padding <= len(self._chunk):
            self._offset += padding
            return
        while padding:
            if self._offset == len(self._chunk):
                self._more()
            step = min(padding, len(self._chunk) - self._offset)
            self._offset += step
            padding -= step

    def _more(self) -> None:
        chunk = next(self._chunks, b"")
        if not chunk:
            raise refused(self._archive, "the tar stream is cut short", member=self._latest)
        self._before += len(self._chunk)
        self._chunk, self._offset = chunk, 0

    def _take(self, size: int) -> bytes:
        start = self._offset
        self._offset += size
        if self._offset <= len(self._chunk):
            return self._chunk[start : self._offset]
        self._offset = len(self._chunk)
        parts = [self._chunk[start:]]
        missing = size - len(parts[0])
        while missing:
            self._more()
            parts.append(self._chunk[:missing])
            self._offset = len(parts[-1])
            missing -= self._offset
        return b"".join(parts)

    def _extension(self, size: int) -> bytes:
        if size > LARGEST:
            raise RuleError(f"an extension header of {size} bytes, more than {LARGEST}")
        data = self._take(size)
        self._padding = -size % BLOCK
        return data

    def _member(self, header: Header, extension: Extension) -> Member:
        kind = header.kind
        if kind not in _MEMBERS:
            raise RuleError(f"it is {_REFUSED.get(kind, f'of the unknown type {ascii(kind)[1:]}')}")
        if kind != FILE and header.size:
            raise RuleError("a link or directory with contents")
        if extension.size is not None and extension.size != header.size:
            raise RuleError(f"its pax header says {extension.size} bytes, its header {header.size}")
        if extension.link is not None and kind not in _LINKS:
            raise RuleError("a link target for what is not a link")
        path = _text(header.name if extension.path is None else extension.path, "name")
        if kind == DIRECTORY and path.endswith("/"):
            path = path[:-1]
        link = header.link if extension.link is None else extension.link
        target = _text(link, "link target") if kind in _LINKS else ""
        return Member(path, kind, header.size, bool(header.mode & 0o100), target)

    def _finish(self, extension: Extension) -> None:
        if extension.seen:
            raise RuleError("an extension header without a member after it")
        if self._take(BLOCK) != _ZEROS:
            raise RuleError("a single zero block is not the end of a tar stream")
        allowed = -(self._before + self._offset) % _RECORD
        rest: bytes | None = self._chunk[self._offset :]
        while rest is not None:
            if rest.count(0) != len(rest) or len(rest) > allowed:
                raise RuleError("bytes follow the end of the tar stream")
            allowed -= len(rest)
            rest = next(self._chunks, None)
        if allowed % BLOCK:
            raise RuleError("the tar stream does not end with a whole block")


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise RuleError(f"its {what} is not UTF-8") from None


def _text_or_none(raw: bytes) -> str | None:
    return raw.decode("utf-8", "backslashreplace") or None
