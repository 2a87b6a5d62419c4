"""Repacking a mirror's archives: each also as `.tar.zst`, signed by the operator as derived from its origin.

    derived/<triple>.json      what is another packing of what (`pyv.domain.derived`); no part of the index
    blobs/sha256/<hex>         the packings, beside the archives

Every archive is a transaction of its own: it is judged, compressed and read back in staging; then its blob is put in
place, and after that the line that names it. A crash leaves the old state or the new one. Nothing is signed for an
archive whose bytes are not those of its record.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pyv.archive.extract import FULL, INSTALL_ONLY, Limits, scan
from pyv.archive.repack import LEVEL, tar_digest
from pyv.archive.repack import repack as compress
from pyv.concurrently import side_by_side
from pyv.domain.artifact import Artifact
from pyv.domain.derived import ZSTD, Derived
from pyv.errors import ArchiveError, DigestError, PyvError
from pyv.mirror.derived import forget_orphans, read_derived, write_derived
from pyv.mirror.keys import with_key
from pyv.mirror.layout import Mirror, sync_directory
from pyv.store.atomic import store_error, translated
from pyv.store.lock import locked
from pyv.store.staging import abandoned, staged
from pyv.trust.derived import sign_derived
from pyv.trust.keys import ArtifactKey
from pyv.trust.signing import SigningKey

Report = Callable[[Artifact, "Derived | ArchiveError | DigestError"], None]
"""Told of every archive, as soon as it is done with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepackResult:
    """What became of the records."""

    key: ArtifactKey
    """Whose packings they are."""
    made: tuple[Derived, ...]
    present: int
    """Those that were repacked by this key before."""
    absent: int
    """Those whose archive the mirror does not have (any more)."""
    refused: tuple[tuple[Artifact, ArchiveError | DigestError], ...]
    """Those whose archive is damaged, or breaks a rule: nothing is signed for them."""

    @property
    def policy(self) -> str:
        """The line of a client's `[policy]` that lets it prefer these packings."""
        return policy_line(self.key)


def policy_line(key: ArtifactKey) -> str:
    """The line of a client's `[policy]` that lets it prefer what this key repacked."""
    return f'repack_keys = ["{key.public.hex()}"]'


def _nobody(_: Artifact, __: object) -> None:
    """Nobody is told."""


def repack(
    mirror: Mirror,
    records: Iterable[Artifact],
    key: SigningKey,
    *,
    jobs: int = 1,
    report: Report = _nobody,
    level: int = LEVEL,
) -> RepackResult:
    """Make a zstd packing of every gzip archive among these records that has none by this key yet.

    It takes the mirror's lock for moments, several times, so the caller does not hold it. `report` is called in the
    caller's thread.

    Raises:
        TrustError: the mirror's list says that the key is revoked. DocumentError: a file of the mirror is damaged.
        StoreError: there is no mirror, or the disk refuses; what was done until then stays.
    """
    with_key(mirror.read_keys(), key, None)
    with abandoned(mirror.work):
        pass  # what a killed run left is cleared away
    with locked(mirror.lock):
        forget_orphans(mirror)
    candidates = [record for record in records if record.compression != ZSTD]
    done = {triple: _made(mirror, triple, key) for triple in {record.triple for record in candidates}}
    waiting = [record for record in candidates if record.sha256 not in done[record.triple]]
    work = [record for record in waiting if mirror.blob(record.sha256).is_file()]
    made: list[Derived] = []
    refused: list[tuple[Artifact, ArchiveError | DigestError]] = []
    run = _Repacking(mirror=mirror, key=key, level=level)
    with closing(_side_by_side(work, run, jobs)) as outcomes:
        for record, ended in outcomes:
            if ended is None:
                continue
            if isinstance(ended, Derived):
                made.append(ended)
            elif isinstance(ended, (ArchiveError, DigestError)):
                refused.append((record, ended))
            else:
                raise ended
            report(record, ended)
    return RepackResult(
        key=key.public_key,
        made=tuple(made),
        present=len(candidates) - len(waiting),
        absent=len(waiting) - len(made) - len(refused),
        refused=tuple(refused),
    )


def _made(mirror: Mirror, triple: str, key: SigningKey) -> set[str]:
    """The origins whose packing by this key is there."""
    keyid = key.public_key.keyid
    records = [record for record in read_derived(mirror, triple) if record.keyid == keyid]
    return {record.origin for record in records if mirror.blob(record.sha256).is_file()}


def _side_by_side(
    work: list[Artifact], run: _Repacking, jobs: int
) -> Generator[tuple[Artifact, Derived | PyvError | None], None, None]:
    """Every archive with what became of it, in the order they end."""

    def translate(fault: OSError) -> PyvError:
        return store_error("repack into", fault.filename or run.mirror.path, fault)

    yield from side_by_side(work, run.one, jobs=jobs, cancel=run.stopped.set, translate=translate)


class _StoppedError(Exception):
    """Somebody interrupted the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repacking:
    """One run."""

    mirror: Mirror
    key: SigningKey
    level: int
    stopped: threading.Event = field(default_factory=threading.Event)

    def one(self, artifact: Artifact) -> Derived | None:
        """Repack one archive; None where the mirror does not want it any more."""
        with staged(self.mirror.work) as stage:
            packed = stage.path / "packed"
            derived = sign_derived(self._packed(artifact, packed), self.key)
            with locked(self.mirror.lock):
                return derived if self._take(artifact, packed, derived) else None

    def _packed(self, artifact: Artifact, packed: Path) -> Derived:
        """Judge the archive, compress what is in it, read that back; the record is not signed yet."""
        with self._opened(artifact) as read:
            held = scan(
                read,
                compression=artifact.compression,
                name=artifact.name,
                limits=Limits(size=artifact.size, unpacked=artifact.unpacked, entries=artifact.entries),
                subtree=FULL if artifact.flavor == "full" else INSTALL_ONLY,
            )
        with self._opened(artifact) as read, translated("write", packed), packed.open("xb") as stream:
            inside = compress(
                read, stream.write, compression=artifact.compression, name=artifact.name, level=self.level
            )
            stream.flush()
            os.fsync(stream.fileno())
        digest = hashlib.sha256()
        with translated("read", packed), packed.open("rb") as stream:
            again = tar_digest(self._hashing(stream, digest.update), compression=ZSTD, name=artifact.name)
        if again != inside:
            raise ArchiveError(
                f"{artifact.name}: what was compressed is not what is read back",
                hint="check this machine's memory and disk",
                artifact=artifact.name,
            )
        return Derived(
            origin=artifact.sha256,
            sha256=digest.hexdigest(),
            size=packed.stat().st_size,
            unpacked=held.unpacked,
            entries=held.members,
        )

    @contextmanager
    def _opened(self, artifact: Artifact) -> Iterator[Callable[[int], bytes]]:
        """Read an archive of the mirror; whoever read it to its end knows that it was the one of its record."""
        path, digest = self.mirror.blob(artifact.sha256), hashlib.sha256()
        with translated("read", path), path.open("rb") as stream:
            yield self._hashing(stream, digest.update)
        if digest.hexdigest() != artifact.sha256:
            raise DigestError(
                f"{path} holds other bytes than the record of {artifact.name} says",
                hint="put the genuine archive in its place: `pyv mirror verify` names what is damaged",
                expected=artifact.sha256,
                actual=digest.hexdigest(),
            )

    def _hashing(self, stream: BinaryIO, update: Callable[[bytes], None]) -> Callable[[int], bytes]:
        def read(size: int) -> bytes:
            if self.stopped.is_set():
                raise _StoppedError
            chunk = stream.read(size)
            update(chunk)
            return chunk

        return read

    def _take(self, artifact: Artifact, packed: Path, derived: Derived) -> bool:
        """Blob, then record; the caller holds the lock. Whether the origin is still there to derive it from."""
        if all(record.sha256 != artifact.sha256 for record in self.mirror.read_manifest(artifact.triple)):
            return False
        blob = self.mirror.blob(derived.sha256)
        with translated("write", blob):
            os.replace(packed, blob)
        sync_directory(self.mirror.blobs)
        others = [
            record
            for record in read_derived(self.mirror, artifact.triple)
            if (record.origin, record.keyid) != (derived.origin, derived.keyid)
        ]
        write_derived(self.mirror, artifact.triple, [*others, derived])
        return True
