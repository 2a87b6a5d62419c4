"""The interpreters a kit pins: from the mirror's own archives, else fetched; signed and not revoked in either case."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.domain.artifact import Artifact
from pyv.domain.kit import Part
from pyv.domain.revocation import union
from pyv.errors import RevokedError, TrustError
from pyv.index.embedded import embedded_index
from pyv.index.sources import archive_sources
from pyv.mirror.hashing import digest_of
from pyv.mirror.layout import Mirror
from pyv.mirror.stocking import Unwatched, Watch
from pyv.store.atomic import translated
from pyv.store.blobs import PartialBlob
from pyv.transfer.locations import Location
from pyv.trust.record import verify_record

if TYPE_CHECKING:
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreters:
    """How to come by them."""

    client: Callable[[], Client]
    mirrors: Sequence[Location] = ()
    """Where archives are, if not at upstream's."""
    now: float
    watch: Watch = field(default_factory=Unwatched)

    def bring(self, mirror: Mirror, record: Artifact, target: Path) -> bool:
        """Put one in place; whether it was not there before.

        Raises:
            TrustError: other bytes are served. TransferError: nobody has it. StoreError: the disk refuses.
        """
        with translated("read", target):
            if target.is_file() and digest_of(target) == record.sha256:
                return False
        blob = mirror.blob(record.sha256)
        with translated("read", blob):
            is_there = blob.is_file() and digest_of(blob) == record.sha256
        if is_there:
            _link(blob, target)
        else:
            self._fetch(mirror, record, target)
        return True

    def record(self, mirror: Mirror, part: Part) -> Artifact:
        """The signed record of an interpreter, in the mirror's index or in pyv's own.

        Raises:
            TrustError: nobody signed it, or it was revoked.
        """
        embedded = embedded_index()
        theirs = embedded.manifest(part.triple) or []
        for keys, records in ((mirror.read_keys(), mirror.read_manifest(part.triple)), (embedded.keys, theirs)):
            for record in records:
                if record.sha256 == part.sha256:
                    verify_record(record, keys, self.now)
                    revoked = union(mirror.read_revocations(), embedded.revocations).of(record)
                    if revoked is not None and revoked.blocks:
                        raise RevokedError(
                            f"{record.name}, which install.sh pins, was revoked: {revoked.told}",
                            hint="take the install.sh of a newer pyv: --script FILE",
                            artifact=record.name,
                        )
                    return record
        raise TrustError(
            f"{part.file}, which install.sh pins, is in neither this mirror's index nor pyv's own",
            hint="take the install.sh of this pyv, or of a newer one with that pyv",
            artifact=part.file,
        )

    def _fetch(self, mirror: Mirror, record: Artifact, target: Path) -> None:
        from pyv.transfer.download import download  # noqa: PLC0415 (httpx: only where something is fetched)

        blob = PartialBlob(mirror.work, record.sha256)
        progress = self.watch.progress(record.name)
        try:
            blob.resume()
            download(
                self.client(),
                archive_sources(record, self.mirrors, None),
                blob,
                size=record.size,
                sha256=record.sha256,
                progress=progress,
                what=record.name,
            )
            with translated("write", target):
                blob.sync()
                os.replace(blob.path, target)
            blob.discard()
        finally:
            progress.done()
            blob.close()


def _link(blob: Path, target: Path) -> None:
    """Another name of an archive of the mirror: it takes no room, and stays when the archive is pruned."""
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    with translated("write", target):
        try:
            try:
                os.link(blob, temporary)
            except OSError:
                shutil.copyfile(blob, temporary)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
