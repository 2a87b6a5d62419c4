"""A mirror as an OCI image: what is published of it, and the archives that are there, grouped into manifests.

`pyv mirror export` writes the image to a file, `pyv mirror push` brings it to a registry; the documents themselves are
`pyv.domain.image`'s. The same mirror gives the same bytes, and a group that did not change keeps its digest: where a
triple's minor version has more than `MOST_LAYERS` archives, the oldest builds fill the first manifest, so new ones only
change the last.

Size: a layer takes some 300 bytes in its manifest, so a full group is 0.3 MB; a group takes as many in the index. 1.7
million archives, a hundred times the records of today, are some 2,000 groups and an index of 0.6 MB. `MAX_BYTES` ends
it at 13,000 groups, or 12,000 files of the index itself; the records of a triple are read one triple after the other.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain import image
from pyv.domain.artifact import Artifact
from pyv.domain.image import Descriptor
from pyv.domain.manifest import MAX_BYTES as MAX_MANIFEST_BYTES
from pyv.domain.manifest import parse_manifest
from pyv.errors import DigestError, DocumentError, StoreError
from pyv.mirror.generation import PACK, Generation, hashed, read_generation
from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.store.lock import locked
from pyv.trust.authoring import parse_draft
from pyv.trust.roles import LISTING

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
    found = {name: _part(mirror, name) for name in sorted(_published(mirror, current))}
    layers = [
        Descriptor(media_type=image.JSON_LAYER, sha256=part.sha256, size=part.size, title=name)
        for name, part in found.items()
    ]
    return _group(FILES_TITLE, image.FILES, layers, tuple(found.values()))


def _published(mirror: Mirror, current: Generation) -> set[str]:
    """The files of the index, by name below the mirror."""
    roots = {f"metadata/{path.name}" for path in mirror.metadata.glob("[0-9]*.root.json")}
    named = {hashed(name, sha) for name, sha in current.targets.items()}
    beside = {f"derived/{path.name}" for path in mirror.path.glob("derived/[!.]*.json")}
    beside |= {name for name in (PACK, "download-metadata.json") if (mirror.path / name).is_file()}
    return {*roots, "metadata/timestamp.json", *current.files(), *named, *beside, *_before(mirror, current)}


def _before(mirror: Mirror, current: Generation) -> set[str]:
    """What the publication before names and still is there: somebody may be reading it."""
    versions = [int(path.name.partition(".")[0]) for path in mirror.metadata.glob("[0-9]*.snapshot.json")]
    version = max((each for each in versions if each < current.snapshot.version), default=None)
    if version is None:
        return set()
    names = {f"metadata/{version}.snapshot.json"}
    with translated("read", mirror.metadata):
        snapshot = parse_draft((mirror.path / min(names)).read_bytes(), min(names))
        for role in LISTING:
            name = f"metadata/{snapshot.versions.get(role.name)}.{role.name}.json"
            if (mirror.path / name).is_file():
                draft = parse_draft((mirror.path / name).read_bytes(), name)
                names |= {name, *(hashed(target, sha) for target, (sha, _) in draft.listed.items())}
    return {name for name in names if (mirror.path / name).is_file()}


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
        minors: dict[tuple[int, int], dict[tuple[str, str, str], Artifact]] = {}
        for record in _records(mirror.path / hashed(target, sha), triple):
            if record.sha256 in blobs:
                key = (record.date, _file_name(record), record.sha256)
                minors.setdefault(record.parsed_version[:2], {})[key] = record
        for (major, minor), records in sorted(minors.items()):
            yield from _of_minor(mirror, blobs, f"archives.{triple}.{major}.{minor}", records)


def _of_minor(
    mirror: Mirror, blobs: Mapping[str, int], title: str, records: Mapping[tuple[str, str, str], Artifact]
) -> Iterator[Group]:
    ordered = sorted(records)
    for start in range(0, len(ordered), MOST_LAYERS):
        layers, parts = [], []
        for key in sorted(ordered[start : start + MOST_LAYERS], key=lambda each: each[1:]):
            record = records[key]
            size = blobs[record.sha256]
            _check_size(mirror, record, size)
            layers.append(Descriptor(media_type=image.ARCHIVE_LAYER, sha256=record.sha256, size=size, title=key[1]))
            parts.append(Part(sha256=record.sha256, size=size, path=mirror.blob(record.sha256)))
        number = start // MOST_LAYERS + 1
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


def _file_name(record: Artifact) -> str:
    return record.upstream_location.rpartition("/")[2]


def _check_size(mirror: Mirror, record: Artifact, size: int) -> None:
    if record.size not in {None, size}:
        raise DigestError(
            f"{mirror.blob(record.sha256)} has {size:,} bytes where its record says {record.size:,}",
            hint=f"the blob is damaged: see `pyv mirror verify {mirror.path}`; remove it, and sync or import it again",
            path=str(mirror.blob(record.sha256)),
            expected=record.size,
            actual=size,
        )
