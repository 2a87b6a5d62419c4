"""The tree of a mirror, and how it is published.

targets/manifest/<triple>.json       the records of one triple
targets/trust/artifact-keys.json     who signed them
targets/revocations/revocations.json what was taken back
targets/…/<sha256>.<name>            the same as TUF clients ask for them: `pyv.mirror.publisher` puts them there
metadata/                            TUF metadata
refresh.json                         the small current files of both in one
blobs/sha256/<hex>                   the archives
pbs/, download-metadata.json         what other tools read: `pyv.mirror.other_tools` puts it there
self/                                what pyv itself is installed from: `pyv.mirror.own_kit` puts it there
.pyv/                                lock, drafts and work in progress; never served

Under their plain names the documents are the operator's working copies; nobody who verifies reads them. They are
written in the order blobs, manifests, keys, each file whole or not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import MAX_BYTES, dump_manifest, parse_manifest
from pyv.domain.revocation import MAX_BYTES as MAX_LIST_BYTES
from pyv.domain.revocation import Revocations, dump_revocations, parse_revocations
from pyv.errors import DocumentError, StoreError
from pyv.store.atomic import make_directory, store_error, translated, write_bytes
from pyv.store.paths import Root
from pyv.trust.keys import MAX_BYTES as MAX_KEY_BYTES
from pyv.trust.keys import KeyList, dump_key_list, parse_key_list


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror's directory, and the name of everything in it."""

    path: Path

    @property
    def manifests(self) -> Path:
        """The directory of the manifests."""
        return self.path / "targets" / "manifest"

    @property
    def key_list(self) -> Path:
        """The artifact keys."""
        return self.path / "targets" / "trust" / "artifact-keys.json"

    @property
    def revocation_list(self) -> Path:
        """The revocations."""
        return self.path / "targets" / "revocations" / "revocations.json"

    @property
    def metadata(self) -> Path:
        """The directory of the TUF metadata."""
        return self.path / "metadata"

    @property
    def drafts(self) -> Path:
        """Metadata that waits for signatures."""
        return self.work.path / "drafts"

    @property
    def settings(self) -> Path:
        """What the mirror knows of itself."""
        return self.work.path / "mirror.json"

    @property
    def imported(self) -> Path:
        """The archives the last bundle file listed."""
        return self.work.path / "imported.json"

    @property
    def carried(self) -> Path:
        """Upstream's metadata, where it is carried byte for byte."""
        return self.work.path / "upstream"

    @property
    def blobs(self) -> Path:
        """The archives, by sha256."""
        return self.path / "blobs" / "sha256"

    @property
    def upstream_tree(self) -> Path:
        """The archives under their upstream names, for tools that know no blobs."""
        return self.path / "pbs"

    @property
    def own_kit(self) -> Path:
        """What pyv itself is installed from where there is no Python."""
        return self.path / "self"

    @property
    def uv_list(self) -> Path:
        """What uv reads in the place of an index."""
        return self.path / "download-metadata.json"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the mirror."""
        return self.work.locks / "mirror.lock"

    @property
    def sync_lock(self) -> Path:
        """Held through a synchronisation, and by whoever removes what one may need."""
        return self.work.locks / "sync.lock"

    @property
    def work(self) -> Root:
        """Where staging lies: on the mirror's own file system, swept as a root's is."""
        return Root(self.path / ".pyv")

    @property
    def exists(self) -> bool:
        """Whether there is an index here."""
        return self.key_list.is_file()

    def manifest(self, triple: str) -> Path:
        """The manifest of one triple."""
        return self.manifests / f"{triple}.json"

    def blob(self, sha256: str) -> Path:
        """One archive."""
        return self.blobs / sha256

    def triples(self) -> list[str]:
        """The triples there are manifests of."""
        return sorted(path.stem for path in self.manifests.glob("[!.]*.json") if "." not in path.stem)

    def create(self) -> None:
        """Make the directories of an empty mirror."""
        for directory in (self.manifests, self.key_list.parent, self.revocation_list.parent, self.blobs):
            make_directory(directory)

    def read_manifest(self, triple: str) -> list[Artifact]:
        """The records of one triple; none where there is no manifest.

        Raises:
            DocumentError: the manifest cannot be read as one.
        """
        path = self.manifest(triple)
        if not path.exists():
            return []
        return parse_manifest(_read(path, MAX_BYTES), str(path), triple)

    def read_keys(self) -> KeyList:
        """The artifact keys.

        Raises:
            StoreError: there is no mirror here.
            DocumentError: the key list cannot be read as one.
        """
        if not self.exists:
            raise StoreError(
                f"{self.path} is not a mirror",
                hint="make one with `pyv mirror init`",
                path=str(self.path),
            )
        return parse_key_list(_read(self.key_list, MAX_KEY_BYTES), str(self.key_list))

    def read_revocations(self) -> Revocations:
        """What was taken back; nothing where there is no list yet.

        Raises:
            DocumentError: it cannot be read as a list.
        """
        path = self.revocation_list
        return parse_revocations(_read(path, MAX_LIST_BYTES), str(path)) if path.exists() else Revocations()

    def write_revocations(self, revocations: Revocations) -> bool:
        """Put a list in place; whether it says something else than the one before."""
        return write_if_new(self.revocation_list, dump_revocations(revocations).encode("ascii"))


def write_documents(mirror: Mirror, manifests: Mapping[str, Iterable[Artifact]], keys: KeyList) -> list[str]:
    """Write the manifests that differ from what is there, then the keys; returns the triples that changed.

    Clients see nothing of it before `pyv.mirror.publisher.publish`.
    """
    changed = [
        triple
        for triple, artifacts in sorted(manifests.items())
        if write_if_new(mirror.manifest(triple), dump_manifest(triple, artifacts).encode("ascii"))
    ]
    write_if_new(mirror.key_list, dump_key_list(keys).encode("ascii"))
    return changed


def _read(path: Path, limit: int) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as fault:
        raise store_error("read", path, fault) from fault
    if len(content) > limit:
        raise DocumentError(f"{path}: larger than {limit:,} bytes", path=str(path))
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise DocumentError(f"{path}: not ASCII", path=str(path)) from None


def write_if_new(path: Path, content: bytes) -> bool:
    """Put a content in place, whole and for good, unless it is there already; whether it was not."""
    with translated("read", path):
        if path.is_file() and path.read_bytes() == content:
            return False
    make_directory(path.parent)
    write_bytes(path, content)
    sync_directory(path.parent)
    return True


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    with translated("sync", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
