"""A bundle as it is read: an OCI image layout (image-spec 1.1) in one uncompressed tar, or as a directory.

It may come from anybody. Regular files and the layout's own directories and names are taken, each once, each whole, and
nothing else; nothing is unpacked. A blob is hashed every time it is read, and its reader ends in an error if it is not
what its name says.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pyv.archive.header import BLOCK, Header, parse_header
from pyv.archive.reader import DIRECTORY, FILE
from pyv.archive.refusal import RuleError
from pyv.domain.image import LAYOUT_FILE
from pyv.errors import ArchiveError, DigestError, RequestError
from pyv.store.atomic import translated

INDEX_FILE = "index.json"
BLOBS = "blobs/sha256/"
_RECORD = 20 * BLOCK
_CHUNK = 1 << 20
_ZEROS = bytes(BLOCK)
_NAME = re.compile(rf"{LAYOUT_FILE}|{re.escape(INDEX_FILE)}|{BLOBS}[0-9a-f]{{64}}", re.ASCII)
_DIRECTORIES = frozenset({"blobs", "blobs/sha256"})
_KINDS = {b"1": "a hard link", b"2": "a symlink", b"3": "a device", b"4": "a device", b"6": "a FIFO"}
_HINT = "carry the bundle over again, and compare its sha256 with the one where it was made"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one file of a bundle lies."""

    path: Path
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds, by name; contents are read when they are asked for."""

    path: Path
    places: Mapping[str, Place] = field(repr=False)
    is_file: bool
    """Whether it is one file, made in one go; a directory may hold blobs of an earlier copy."""

    def has(self, sha256: str) -> bool:
        """Whether there is a blob of this name."""
        return BLOBS + sha256 in self.places

    def size(self, sha256: str) -> int:
        """The size of a blob that is there."""
        return self.places[BLOBS + sha256].size

    def blobs(self) -> set[str]:
        """The sha256 of every blob, as their names say."""
        return {name.removeprefix(BLOBS) for name in self.places if name.startswith(BLOBS)}

    def document(self, name: str, limit: int) -> bytes:
        """One of the two files that are named by no digest.

        Raises:
            ArchiveError: it is not there, too large, or cut short.
        """
        if name not in self.places:
            raise refused(self.path, f"it has no `{name}`", hint="name a file that `pyv mirror export` wrote")
        return b"".join(self._bytes(name, limit))

    def read(self, sha256: str, limit: int) -> bytes:
        """A blob, whole in memory, hashed.

        Raises:
            ArchiveError: it is not there, larger than `limit`, or cut short. DigestError: it is another content.
        """
        return b"".join(self.chunks(sha256, limit))

    def chunks(self, sha256: str, limit: int) -> Iterator[bytes]:
        """A blob in parts; it is another content if the end raises.

        Raises:
            ArchiveError, DigestError: as `read`.
        """
        if not self.has(sha256):
            raise refused(self.path, f"it lacks the blob {sha256}", hint=_HINT)
        digest = hashlib.sha256()
        for chunk in self._bytes(BLOBS + sha256, limit):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != sha256:
            raise DigestError(
                f"{self.path}: the blob {sha256} has the sha256 {digest.hexdigest()}",
                hint=_HINT,
                path=str(self.path),
                expected=sha256,
                actual=digest.hexdigest(),
            )

    def _bytes(self, name: str, limit: int) -> Iterator[bytes]:
        place = self.places[name]
        if place.size > limit:
            raise refused(self.path, f"`{name}` has {place.size:,} bytes, more than the {limit:,} it may have")
        with translated("read", place.path), _opened(place.path, follow=self.is_file) as stream:
            stream.seek(place.offset)
            missing = place.size
            while missing:
                chunk = stream.read(min(_CHUNK, missing))
                if not chunk:
                    raise refused(self.path, "it is cut short", member=name)
                missing -= len(chunk)
                yield chunk


def refused(path: Path, rule: str, *, member: str = "", hint: str = _HINT) -> ArchiveError:
    """The error for a bundle that is none."""
    where = f"{path}: {member}" if member else str(path)
    return ArchiveError(f"{where}: {rule}", hint=hint, archive=str(path), member=member, rule=rule)


def open_bundle(path: Path) -> Bundle:
    """What a bundle file, or an image layout's directory, holds.

    Raises:
        RequestError: nothing is there. ArchiveError: it is no such thing, or holds something else.
    """
    if path.is_dir():
        return Bundle(path=path, places=_in_directory(path), is_file=False)
    if not path.exists():
        raise RequestError(f"there is no bundle {path}", hint="check the path", path=str(path))
    if not path.is_file():
        raise RequestError(f"{path} is neither a file nor a directory", hint="copy it to a file first", path=str(path))
    with translated("read", path), _opened(path, follow=True) as stream:
        return Bundle(path=path, places=_in_file(path, stream), is_file=True)


def _opened(path: Path, *, follow: bool) -> BinaryIO:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    return os.fdopen(os.open(path, flags), "rb")


def _in_directory(top: Path) -> dict[str, Place]:
    found: dict[str, Place] = {}
    with translated("read", top):
        for parent, directories, files in os.walk(top):
            for name in (*directories, *files):
                path = Path(parent, name)
                status = path.lstat()
                told = str(path.relative_to(top))
                if stat.S_ISREG(status.st_mode) and _NAME.fullmatch(told):
                    found[told] = Place(path, 0, status.st_size)
                elif not (stat.S_ISDIR(status.st_mode) and told in _DIRECTORIES):
                    raise refused(top, "it does not belong into an image layout", member=ascii(told)[1:-1])
    return found


def _in_file(path: Path, stream: BinaryIO) -> dict[str, Place]:
    """The members of a tar, their contents passed over."""
    size = os.fstat(stream.fileno()).st_size
    found: dict[str, Place] = {}
    directories: set[str] = set()
    offset = 0
    while (block := _block(path, stream, offset)) != _ZEROS:
        name, header = _member(path, block)
        offset += BLOCK
        if header.size > size - offset:
            raise refused(path, "it is cut short", member=name)
        if name in found or name in directories:
            raise refused(path, "it is there twice", member=name)
        if header.kind == DIRECTORY:
            directories.add(name)
        else:
            found[name] = Place(path, offset, header.size)
        offset += header.size + -header.size % BLOCK
    _check_end(path, stream, offset, size)
    return found


def _block(path: Path, stream: BinaryIO, offset: int) -> bytes:
    stream.seek(offset)
    block = stream.read(BLOCK)
    if len(block) < BLOCK:
        raise refused(path, "it is cut short")
    return block


def _member(path: Path, block: bytes) -> tuple[str, Header]:
    try:
        header = parse_header(block)
    except RuleError as broken:
        raise refused(path, f"not the tar of an image layout: {broken.rule}") from broken
    name = header.name.decode("ascii", "backslashreplace")
    if header.kind == DIRECTORY and name.rstrip("/") in _DIRECTORIES and not header.size:
        return name.rstrip("/"), header
    told = ascii(name)[1:-1]
    if header.kind != FILE:
        raise refused(path, f"it is {_KINDS.get(header.kind, 'neither a file nor a directory')}", member=told)
    if not _NAME.fullmatch(name):
        raise refused(path, "it does not belong into an image layout", member=told)
    return name, header


def _check_end(path: Path, stream: BinaryIO, offset: int, size: int) -> None:
    """Two zero blocks, and zeros to the end of a 10 KiB record at most."""
    stream.seek(offset)
    rest = stream.read(2 * _RECORD + 1)
    if len(rest) < 2 * BLOCK:
        raise refused(path, "it is cut short")
    if rest.count(0) != len(rest) or len(rest) > 2 * BLOCK + -(offset + 2 * BLOCK) % _RECORD or size % BLOCK:
        raise refused(path, "bytes follow its end")
