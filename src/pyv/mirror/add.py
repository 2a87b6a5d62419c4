"""Adding archives to a mirror: identify, copy, judge, sign, publish.

Every archive is a transaction of its own: its blob is there before the record that names it, and two `add`s at once
lose nothing. What is copied is what is judged, hashed and published, whatever happens to the original meanwhile.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyv.archive.extract import FULL, INSTALL_ONLY, Extracted, Limits, extract
from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields
from pyv.domain.filename import ArchiveName, parse_file_name
from pyv.domain.triple import parse_triple
from pyv.errors import DocumentError, RequestError, TrustError
from pyv.mirror.carried import refuse_carried
from pyv.mirror.content import check_content
from pyv.mirror.keys import KeyDirectory, with_key
from pyv.mirror.layout import Mirror, sync_directory, write_documents
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.select import identity
from pyv.store.atomic import make_directory, store_error, translated
from pyv.store.lock import locked
from pyv.store.staging import abandoned, staged
from pyv.trust.keys import KeyList
from pyv.trust.signing import SigningKey

_CHUNK = 1 << 20
_UNREAD = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the operator states about archives; None leaves it to the name."""

    version: str | None = None
    build: str | None = None
    triple: str | None = None
    flavor: str | None = None
    options: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether no name is needed."""
        return None not in {self.version, self.build, self.triple, self.flavor}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddResult:
    """What became of one archive."""

    archive: Path
    artifact: Artifact
    """Its record, as it stands in the mirror."""
    added: bool
    """False where the mirror had it."""
    published: Published


AS_NAMED = Stated()


def add(
    directory: Path,
    archives: Sequence[Path],
    keys: KeyDirectory,
    *,
    stated: Stated = AS_NAMED,
    now: float,
) -> list[AddResult]:
    """Add archives to the mirror in `directory`, signed by the key in the key directory; in order, each on its own.

    `now` is in seconds since the epoch. Where keys of the metadata are missing, the records wait to be published.

    Raises:
        RequestError: a file is missing, or its name says too little.
        ArchiveError: an archive breaks a rule, or holds something else than its name says.
        TrustError: the key does not count, or the mirror has other bytes under that identity.
        StoreError: there is no mirror or key, or the disk refuses.
    """
    mirror = Mirror(directory)
    adding = _Adding(mirror=mirror, keys=keys, signing_key=keys.artifact_key(), now=now)
    refuse_carried(mirror, "a record of your own")
    adding.key_list()
    claims = [identify(archive, stated) for archive in archives]
    with abandoned(mirror.work):
        pass  # what a killed `add` left is cleared away
    return [adding.one(archive, claim) for archive, claim in zip(archives, claims, strict=True)]


def identify(archive: Path, stated: Stated = AS_NAMED) -> Artifact:
    """The identity an archive claims, its bytes unread: what is stated, and its name for the rest.

    Raises:
        RequestError: there is no such file, or name and statements do not make an identity.
    """
    if not archive.is_file():
        raise RequestError(f"there is no archive {archive}", hint="check the path", path=str(archive))
    named = _named(archive.name, stated)
    values: dict[str, object] = {
        "i": "cpython",
        "v": stated.version or named.version,
        "t": stated.triple or named.triple,
        "f": stated.flavor or named.flavor,
        "x": named.options if stated.options is None else stated.options,
        "b": stated.build or named.build,
        "h": _UNREAD,
    }
    try:
        claim = Artifact.from_fields(Fields(values, archive.name))
        parse_triple(claim.triple)
    except (DocumentError, ValueError) as fault:
        raise RequestError(
            str(fault), hint="state what the archive is in upstream's words", name=archive.name
        ) from None
    if named.compression not in {"", claim.compression}:
        raise RequestError(
            f"`{archive.name}` ends in .{named.compression}, where {claim.flavor} archives end in .{claim.compression}",
            hint="pack it as upstream does",
            name=archive.name,
        )
    return claim


def _named(name: str, stated: Stated) -> ArchiveName:
    try:
        return parse_file_name(name)
    except RequestError as fault:
        if stated.is_whole:
            return ArchiveName("", "", "", "", "", "")
        raise RequestError(
            fault.message,
            hint="give it the name upstream gives, or state version, build, triple and flavor",
            name=name,
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adding:
    """One `add` under way."""

    mirror: Mirror
    keys: KeyDirectory
    signing_key: SigningKey
    now: float

    def key_list(self) -> KeyList:
        """The mirror's keys, the signer's among them; refuses a signer that does not count."""
        return with_key(self.mirror.read_keys(), self.signing_key, self.now)

    def one(self, archive: Path, claim: Artifact) -> AddResult:
        """Add one archive, or leave the mirror as it was."""
        with staged(self.mirror.work) as stage:
            blob = stage.path / "archive"
            size, sha256 = _copied(archive, blob)
            artifact = replace(claim, sha256=sha256, size=size)
            if _known(self.mirror.read_manifest(artifact.triple), artifact) is None:
                extracted = _extracted(blob, stage.prefix, artifact)
                check_content(stage.prefix, artifact)
                artifact = replace(artifact, unpacked=extracted.unpacked, entries=extracted.members)
            with locked(self.mirror.lock):
                record, added = self._take(blob, self.signing_key.sign_record(artifact))
                published = publish(self.mirror, self.keys, self.now)
        return AddResult(archive=archive, artifact=record, added=added, published=published)

    def _take(self, blob: Path, artifact: Artifact) -> tuple[Artifact, bool]:
        """Blob, then manifest, then keys; the caller holds the lock, so what is read here is the last word."""
        records = self.mirror.read_manifest(artifact.triple)
        known = _known(records, artifact)
        make_directory(self.mirror.blobs)
        with translated("write", self.mirror.blob(artifact.sha256)):
            os.replace(blob, self.mirror.blob(artifact.sha256))
        sync_directory(self.mirror.blobs)
        if known is not None:
            return known, False
        write_documents(self.mirror, {artifact.triple: [*records, artifact]}, self.key_list())
        return artifact, True


def _copied(source: Path, target: Path) -> tuple[int, str]:
    """Copy, and tell size and sha256 of what was written."""
    digest, size = hashlib.sha256(), 0
    with translated("copy", source), source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return size, digest.hexdigest()


def _extracted(blob: Path, prefix: Path, artifact: Artifact) -> Extracted:
    try:
        with blob.open("rb") as stream:
            return extract(
                stream.read,
                prefix,
                compression=artifact.compression,
                name=artifact.name,
                limits=Limits(size=artifact.size),
                subtree=FULL if artifact.flavor == "full" else INSTALL_ONLY,
            )
    except OSError as fault:
        raise store_error("extract into", prefix, fault) from fault


def _known(records: Sequence[Artifact], artifact: Artifact) -> Artifact | None:
    """The record of the same identity and bytes.

    Raises:
        TrustError: the identity is there with other bytes.
    """
    known = next((record for record in records if identity(record) == identity(artifact)), None)
    if known is not None and known.sha256 != artifact.sha256:
        raise TrustError(
            f"the mirror has {artifact.name} with other bytes (sha256 {known.sha256}, not {artifact.sha256})",
            hint="give the new archive a build tag of its own: what was published never changes",
            artifact=artifact.name,
        )
    return known
