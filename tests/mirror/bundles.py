"""Mirrors on both sides of a gap, and bundles: genuine ones, and those a stranger makes who can do anything but sign."""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain import image
from pyv.domain.image import Descriptor
from pyv.host import detect
from pyv.mirror.add import add
from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import read_bundled
from pyv.mirror.export import export, plan_export
from pyv.mirror.import_plan import Trusted
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.receive import Received, receive
from tests.support.archives import TarBuilder, tiny_archive

HERE = detect().triple
Members = dict[str, bytes]


@dataclass(frozen=True)
class Near:
    """A mirror with its keys, which is exported from."""

    place: Path
    now: float = field(default_factory=time.time)

    @classmethod
    def made(cls, place: Path, *versions: str) -> Near:
        """A mirror in `place`, holding tiny archives for this host."""
        near = cls(place)
        init(near.mirror.path, near.keys, near.now)
        near.add(*versions)
        return near

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.place / "near")

    @property
    def keys(self) -> KeyDirectory:
        return KeyDirectory(path=self.place / "keys")

    @property
    def root_sha256(self) -> str:
        return hashlib.sha256((self.mirror.metadata / "1.root.json").read_bytes()).hexdigest()

    def add(self, *versions: str) -> None:
        for version in versions:
            path = self.place / f"cpython-{version}+20260814-{HERE}-install_only_stripped.tar.gz"
            path.write_bytes(tiny_archive(version))
            add(self.mirror.path, [path], self.keys, now=self.now)

    def export(self, name: str = "bundle.tar", since: str | None = None) -> Path:
        path = self.place / name
        export(self.mirror, plan_export(self.mirror, path, since, self.place), now=self.now)
        return path

    def send(self, bundle: Path, far: Path, **trusted: object) -> Received:
        """Import a bundle into a mirror, which starts from this one's root."""
        words = {"sha256": self.root_sha256, **trusted}
        return receive(Mirror(far), bundle, Trusted(**words), now=self.now)  # type: ignore[arg-type]  # names are checked at run time


def members(bundle: Path) -> Members:
    """The files of a bundle, as Python's own tar reads them."""
    with tarfile.open(bundle) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar if each.isfile()}  # type: ignore[union-attr]  # files


def written(path: Path, files: Mapping[str, bytes]) -> Path:
    """A bundle of these files, written by Python's own tar."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            tar.addfile(told, io.BytesIO(content))
    return path


def built(files: Mapping[str, bytes]) -> TarBuilder:
    """The same block by block, to be gone on with."""
    builder = TarBuilder()
    for name, content in files.items():
        builder.file(name, content, mode=0o644)
    return builder


@dataclass
class Contents:
    """What a bundle carries, open to change; `written` makes documents that fit again: a stranger can do that too."""

    files: dict[str, bytes]
    archives: dict[str, list[tuple[str, bytes]]]
    """By group: title and content."""

    @classmethod
    def of(cls, bundle: Path) -> Contents:
        found = members(bundle)
        blobs = {name.removeprefix("blobs/sha256/"): content for name, content in found.items()}
        bundled = read_bundled(open_bundle(bundle))
        files = {name: blobs[listed.sha256] for name, listed in bundled.files.items()}
        archives = [(listed.title, blobs[sha]) for sha, listed in bundled.archives.items() if sha in blobs]
        return cls(files=files, archives={"archives.all": archives})

    def written(self, path: Path) -> Path:
        found: Members = {}

        def put(content: bytes) -> tuple[str, int]:
            sha256 = hashlib.sha256(content).hexdigest()
            found[f"blobs/sha256/{sha256}"] = content
            return sha256, len(content)

        def manifest(title: str, kind: str, layers: list[tuple[str, bytes]]) -> Descriptor:
            listed = []
            for name, content in layers:
                sha256, size = put(content)
                listed.append(Descriptor(media_type=image.JSON_LAYER, sha256=sha256, size=size, title=name))
            sha256, size = put(image.dump_manifest(kind, listed).encode())
            return Descriptor(media_type=image.MANIFEST_TYPE, sha256=sha256, size=size, title=title)

        put(image.EMPTY)
        manifests = [manifest("index", image.FILES, list(self.files.items()))]
        manifests += [manifest(title, image.ARCHIVES, layers) for title, layers in self.archives.items()]
        sha256, size = put(image.dump_index(manifests).encode())
        index = image.dump_layout_index(Descriptor(media_type=image.INDEX_TYPE, sha256=sha256, size=size))
        return written(path, {"oci-layout": image.LAYOUT.encode(), "index.json": index.encode(), **found})
