"""A mirror as an OCI image: what is published of it, and the archives that are there, grouped into manifests.

`pyv mirror export` writes the image to a file, `pyv mirror push` brings it to a registry; the documents themselves are
`pyv.domain.image`'s. The same mirror gives the same bytes, and a group that did not change keeps its digest: where a
triple's minor version has more than `MOST_LAYERS` archives, the oldest builds fill the first manifest, so new ones only
change the last. What was repacked is listed beside its origin.

Size: a layer takes some 300 bytes in its manifest, so a full group is 0.3 MB; a group takes as many in the index. 1.7
million archives, a hundred times the records of today, are some 2,000 groups and an index of 0.6 MB. `MAX_BYTES` ends
it at 13,000 groups, or 12,000 files of the index itself; the records of a triple are read one triple after the other.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pyv.domain import image
from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived
from pyv.domain.image import Descriptor
from pyv.domain.manifest import MAX_BYTES as MAX_MANIFEST_BYTES
from pyv.domain.manifest import parse_manifest
from pyv.errors import DigestError, DocumentError, StoreError
from pyv.mirror.derived import read_derived
from pyv.mirror.generation import Generation, hashed, read_generation
from pyv.mirror.index_files import index_files
from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.store.lock import locked

MOST_LAYERS = 1000
"""Archives one manifest lists."""
FILES_TITLE = "index"
_MANIFEST = "manifest/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One blob of the image: a file of the mirror that never changes, or bytes that were read or made here."""

    sha256: str
    size: int
    path: Path | None = None
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One manifest, and its layers."""

    title: str
    """`index`, or `archives.<triple>.<minor>`."""
    document: Part
    descriptor: Descriptor
    """The manifest as the image index names it."""
    layers: tuple[Descriptor, ...]
    parts: tuple[Part, ...]
    """The layers' bytes, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The whole."""

    index: Part
    groups: tuple[Group, ...]
    """The files of the index come first, then the archives."""
    snapshot: int
    timestamp: int
    """The versions of what is published."""

    @property
    def documents(self) -> tuple[Part, ...]:
        """The blobs that are documents of the image itself: index, manifests, and the empty config they name."""
        return (self.index, *(group.document for group in self.groups), EMPTY)

    @property
    def files(self) -> Group:
        """The files of the index."""
        return self.groups[0]

    @property
    def archives(self) -> dict[str, Part]:
        """Every archive, by sha256."""
        return {part.sha256: part for group in self.groups[1:] for part in group.parts}


class _Archive(NamedTuple):
    """What a layer is made of, in the order that fills manifests."""

    date: str
    title: str
    sha256: str
    size: int | None
    """As its record says."""


EMPTY = Part(sha256=image.EMPTY_DIGEST, size=len(image.EMPTY), content=image.EMPTY)


def image_of(mirror: Mirror) -> Image:
    """The image of what a mirror has published; holds the mirror's lock while it reads.

    Files that may change are read into it, so that it stays what it is whatever is published meanwhile.

    Raises:
        StoreError: nothing is published, or it is damaged. DigestError: an archive has not the size of its record.
    """
    with locked(mirror.lock):
        current = read_generation(mirror)
        if current is None:
            raise StoreError(
                f"{mirror.path} has nothing published",
                hint=f"publish it first: pyv mirror sign publish {mirror.path} --keys KEYDIR",
                path=str(mirror.path),
            )
        groups = (_files_group(mirror, current), *_archive_groups(mirror, current))
    index = made(image.dump_index(group.descriptor for group in groups), str(mirror.path))
    return Image(index=index, groups=groups, snapshot=current.snapshot.version, timestamp=current.timestamp.version)


def made(text: str, of: str) -> Part:
    """A document as a part.

    Raises:
        StoreError: it is larger than a registry has to take.
    """
    content = text.encode("ascii")
    if len(content) > image.MAX_BYTES:
        raise StoreError(
            f"{of} is too large for one image: a document of {len(content):,} bytes, of {image.MAX_BYTES:,} allowed",
            hint="split it into several mirrors",
        )
    return Part(sha256=hashlib.sha256(content).hexdigest(), size=len(content), content=content)


def _files_group(mirror: Mirror, current: Generation) -> Group:
    found = {name: _part(mirror, name) for name in sorted(index_files(mirror, current))}
    layers = [
        Descriptor(media_type=image.JSON_LAYER, sha256=part.sha256, size=part.size, title=name)
        for name, part in found.items()
    ]
    return _group(FILES_TITLE, image.FILES, layers, tuple(found.values()))


def _part(mirror: Mirror, name: str) -> Part:
    path = mirror.path / name
    with translated("read", path):
        content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    directory, _, file = name.rpartition("/")
    if directory.startswith("targets/"):  # named by their digest, and the largest: they stay where they are
        _check_named(path, file, sha256)
        return Part(sha256=sha256, size=len(content), path=path)
    return Part(sha256=sha256, size=len(content), content=content)


def _check_named(path: Path, file: str, sha256: str) -> None:
    if not file.startswith(sha256):
        raise DigestError(
            f"{path} was changed: its sha256 is {sha256}",
            hint="publish the mirror again with its keys, or carry it over again",
            path=str(path),
            actual=sha256,
        )


def _archive_groups(mirror: Mirror, current: Generation) -> Iterator[Group]:
    blobs = _blobs(mirror)
    manifests = {name: sha for name, sha in sorted(current.targets.items()) if name.startswith(_MANIFEST)}
    for target, sha in manifests.items():
        triple = target.removeprefix(_MANIFEST).removesuffix(".json")
        records = _records(mirror.path / hashed(target, sha), triple)
        minors: dict[tuple[int, int], set[_Archive]] = {}
        for record in records:
            minors.setdefault(record.parsed_version[:2], set()).add(_archive(record))
        origins = {record.sha256: record for record in records}
        for derived in read_derived(mirror, triple):
            # a line nobody vouched for may state anything of a blob that is there: a wrong one is passed over
            if derived.origin in origins and blobs.get(derived.sha256) == derived.size:
                found = origins[derived.origin]
                minors[found.parsed_version[:2]].add(_repacked(found, derived))
        for (major, minor), archives in sorted(minors.items()):
            there = sorted((each for each in archives if each.sha256 in blobs), key=lambda each: each[:3])
            yield from _of_minor(mirror, blobs, f"archives.{triple}.{major}.{minor}", there)


def _archive(record: Artifact) -> _Archive:
    return _Archive(record.date, record.upstream_location.rpartition("/")[2], record.sha256, record.size)


def _repacked(record: Artifact, derived: Derived) -> _Archive:
    name = _archive(record).title.removesuffix(".gz").removesuffix(".tar")
    return _Archive(record.date, f"{name}.tar.{derived.compression}", derived.sha256, derived.size)


def _of_minor(mirror: Mirror, blobs: Mapping[str, int], title: str, archives: Sequence[_Archive]) -> Iterator[Group]:
    for number, start in enumerate(range(0, len(archives), MOST_LAYERS), start=1):
        layers, parts = [], []
        for each in sorted(archives[start : start + MOST_LAYERS], key=lambda archive: archive[1:3]):
            size, path = blobs[each.sha256], mirror.blob(each.sha256)
            _check_size(mirror, path, each.size, size)
            layers.append(Descriptor(media_type=image.ARCHIVE_LAYER, sha256=each.sha256, size=size, title=each.title))
            parts.append(Part(sha256=each.sha256, size=size, path=path))
        yield _group(title if number == 1 else f"{title}.{number}", image.ARCHIVES, layers, tuple(parts))


def _group(title: str, kind: str, layers: list[Descriptor], parts: tuple[Part, ...]) -> Group:
    document = made(image.dump_manifest(kind, layers), title)
    descriptor = Descriptor(media_type=image.MANIFEST_TYPE, sha256=document.sha256, size=document.size, title=title)
    return Group(title=title, document=document, descriptor=descriptor, layers=tuple(layers), parts=parts)


def _blobs(mirror: Mirror) -> dict[str, int]:
    """The sizes of the blobs that are there, by name."""
    with translated("read", mirror.blobs):
        if not mirror.blobs.is_dir():
            return {}
        with os.scandir(mirror.blobs) as entries:
            return {entry.name: entry.stat().st_size for entry in entries if entry.is_file(follow_symlinks=False)}


def _records(path: Path, triple: str) -> list[Artifact]:
    with translated("read", path):
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise DocumentError(f"{path}: larger than {MAX_MANIFEST_BYTES:,} bytes", path=str(path))
        text = path.read_bytes().decode("ascii", "replace")
    return parse_manifest(text, str(path), triple)


def _check_size(mirror: Mirror, path: Path, expected: int | None, size: int) -> None:
    if expected not in {None, size}:
        raise DigestError(
            f"{path} has {size:,} bytes where its record says {expected:,}",
            hint=f"the blob is damaged: see `pyv mirror verify {mirror.path}`; remove it, and sync or import it again",
            path=str(path),
            expected=expected,
            actual=size,
        )
