"""Adding archives to a mirror: identify, copy, judge, sign, publish.

What is copied is what is judged, hashed and published, whatever happens to the original meanwhile. Archives are judged
one by one and come in together: blobs before the records that name them, one manifest a triple, one publication. Every
archive is a transaction all the same: where one is refused, or somebody interrupts, those judged before it are in, and
two `add`s at once lose nothing. Whoever is killed before the end leaves the mirror as it was, and begins again: that is
the price of work that grows with the archives, as a publication reads the whole index (docs/benchmarks.md, "Scale").
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields
from pyv.domain.filename import ArchiveName, parse_file_name
from pyv.domain.triple import parse_triple
from pyv.errors import DocumentError, RequestError, TrustError
from pyv.mirror.carried import refuse_carried
from pyv.mirror.intake import copied, judged
from pyv.mirror.keys import KeyDirectory, with_key
from pyv.mirror.layout import Mirror, sync_directory, write_documents
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.select import Identity, identity
from pyv.store.atomic import make_directory, translated
from pyv.store.lock import locked
from pyv.store.staging import Stage, abandoned, staged
from pyv.trust.signing import SigningKey

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
    """Add archives to the mirror in `directory`, signed by the key in the key directory; in order, published once.

    `now` is in seconds since the epoch. Where keys of the metadata are missing, the records wait to be published. Those
    before an archive that is refused are in, and published.

    Raises:
        RequestError: a file is missing, or its name says too little.
        ArchiveError: an archive breaks a rule, or holds something else than its name says.
        TrustError: the key does not count, or the mirror has other bytes under that identity.
        StoreError: there is no mirror or key, or the disk refuses.
    """
    mirror = Mirror(directory)
    refuse_carried(mirror, "a record of your own")
    signing_key = keys.artifact_key()
    with_key(mirror.read_keys(), signing_key, now)  # refuses a signer that does not count
    claims = [identify(archive, stated) for archive in archives]
    with abandoned(mirror.work):
        pass  # what a killed `add` left is cleared away
    with staged(mirror.work) as stage:
        adding = _Adding(mirror=mirror, keys=keys, signing_key=signing_key, now=now, stage=stage)
        try:
            for archive, claim in zip(archives, claims, strict=True):
                adding.judge(archive, claim)
        finally:
            added = adding.publish()
    return added


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


class _Judged(NamedTuple):
    """An archive that may be taken in."""

    archive: Path
    blob: Path
    """Its copy."""
    artifact: Artifact
    """Its record, signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adding:
    """One `add` under way."""

    mirror: Mirror
    keys: KeyDirectory
    signing_key: SigningKey
    now: float
    stage: Stage
    judged: list[_Judged] = field(default_factory=list)
    known: dict[str, dict[Identity, Artifact]] = field(default_factory=dict)
    """The records by triple: those that were there, and those that were judged."""

    def judge(self, archive: Path, claim: Artifact) -> None:
        """Copy an archive and look at what is in it."""
        blob = self.stage.path / f"archive-{len(self.judged)}"
        size, sha256 = copied(archive, blob)
        artifact = replace(claim, sha256=sha256, size=size)
        if artifact.triple not in self.known:
            self.known[artifact.triple] = _by_identity(self.mirror.read_manifest(artifact.triple))
        known = self.known[artifact.triple]
        if _known(known, artifact) is None:
            with staged(self.mirror.work) as unpacked:
                extracted = judged(blob, unpacked.prefix, artifact)
            artifact = replace(artifact, unpacked=extracted.unpacked, entries=extracted.members)
            artifact = known[identity(artifact)] = self.signing_key.sign_record(artifact)
        self.judged.append(_Judged(archive, blob, artifact))

    def publish(self) -> list[AddResult]:
        """Blobs, then manifests, then keys, then the publication; what was judged may have come in from elsewhere."""
        if not self.judged:
            return []
        with locked(self.mirror.lock):
            taken, refused = self._taken()
            published = publish(self.mirror, self.keys, self.now)
        if refused is not None:
            raise refused
        return [
            AddResult(archive=each.archive, artifact=artifact, added=added, published=published)
            for each, artifact, added in taken
        ]

    def _taken(self) -> tuple[list[tuple[_Judged, Artifact, bool]], TrustError | None]:
        """What was taken in, with its record and whether that is new, and why something was not; under the lock."""
        triples = {each.artifact.triple for each in self.judged}
        records = {triple: _by_identity(self.mirror.read_manifest(triple)) for triple in triples}
        taken, changed, refused = [], set(), None
        make_directory(self.mirror.blobs)
        for each in self.judged:
            artifact = each.artifact
            try:
                known = _known(records[artifact.triple], artifact)
            except TrustError as fault:
                refused = refused or fault
                continue
            with translated("write", self.mirror.blob(artifact.sha256)):
                os.replace(each.blob, self.mirror.blob(artifact.sha256))
            if known is None:
                records[artifact.triple][identity(artifact)] = artifact
                changed.add(artifact.triple)
            taken.append((each, known or artifact, known is None))
        sync_directory(self.mirror.blobs)
        if changed:
            key_list = with_key(self.mirror.read_keys(), self.signing_key, self.now)
            write_documents(self.mirror, {triple: records[triple].values() for triple in changed}, key_list)
        return taken, refused


def _by_identity(records: Iterable[Artifact]) -> dict[Identity, Artifact]:
    return {identity(record): record for record in records}


def _known(records: Mapping[Identity, Artifact], artifact: Artifact) -> Artifact | None:
    """The record of the same identity and bytes.

    Raises:
        TrustError: the identity is there with other bytes.
    """
    known = records.get(identity(artifact))
    if known is not None and known.sha256 != artifact.sha256:
        raise TrustError(
            f"the mirror has {artifact.name} with other bytes (sha256 {known.sha256}, not {artifact.sha256})",
            hint="give the new archive a build tag of its own: what was published never changes",
            artifact=artifact.name,
        )
    return known
