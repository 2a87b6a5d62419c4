"""Fetch, verify and extract one artifact, all three at once.

The download appends to the partial blob in a thread of its own; the extractor follows the same file. Nothing that
is written this way can be reached before the digest said yes, and everything is gone if it says no. Where the
archive breaks a rule, the digest speaks first: bytes that were not the signed ones are the download's fault. Where
the policy asks for it, the extractor does not look at a byte before all of them are verified.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.archive.extract import Extracted, Limits, extract
from pyv.domain.artifact import Artifact
from pyv.errors import ArchiveError, DigestError, TransferError
from pyv.install.packing import Packing
from pyv.install.plan import Plan
from pyv.store.atomic import store_error
from pyv.store.blobs import CancelledError, PartialBlob, StaleReadError
from pyv.transfer.progress import Progress

if TYPE_CHECKING:
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """What came of it."""

    packing: Packing
    """What was fetched."""
    extracted: Extracted
    source: str
    """Where the bytes came from: a label, or `cache`."""
    transferred: int
    """Bytes that crossed the wire in this run."""
    download_seconds: float
    extract_seconds: float
    """Of which most overlap with the download."""


_CANCEL_PATIENCE = 0.5  # seconds


class _Download:
    """The downloading hand: a thread, and its outcome."""

    def __init__(
        self, plan: Plan, packing: Packing, blob: PartialBlob, client: Callable[[], Client], progress: Progress
    ) -> None:
        self._plan, self._packing, self._blob, self._client, self._progress = plan, packing, blob, client, progress
        self.source, self.transferred, self.seconds = "cache", 0, 0.0
        self.fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"download {plan.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        begun = time.perf_counter()
        try:
            try:
                self._blob.resume()
                if not self._is_whole():
                    self._fetch()
            finally:
                self.seconds = time.perf_counter() - begun
                self._progress.done()  # what whoever watches raises is handed on too
        except BaseException as fault:  # noqa: BLE001 (handed to the thread that waits)
            self.fault = fault
            self._blob.cancel()
        finally:
            self._blob.finish()

    def _is_whole(self) -> bool:
        return self._blob.offset > 0 and self._blob.hexdigest() == self._packing.sha256

    def _fetch(self) -> None:
        from pyv.transfer.download import download  # noqa: PLC0415 (only where something is fetched)

        try:
            fetched = download(
                self._client(),
                self._packing.sources,
                self._blob,
                size=self._packing.size,
                sha256=self._packing.sha256,
                progress=self._progress,
                what=_name(self._plan, self._packing),
                vouched="was signed" if self._plan.keyid else "--sha256 says",
            )
        except TransferError as fault:
            if self._plan.remedy and _is_missing(self._plan, fault):
                fault.hint = self._plan.remedy
            raise
        self.source, self.transferred = fetched.source_label or self.source, fetched.bytes_transferred

    def outcome(self, patience: float | None = None) -> BaseException | None:
        """Wait for the end, or for so many seconds; the fault, if there was one."""
        self._thread.join(patience)
        return self.fault


def _name(plan: Plan, packing: Packing) -> str:
    """How messages call what is fetched."""
    return f"the repacked {plan.artifact.name}" if packing.keyid else plan.artifact.name


def _is_missing(plan: Plan, fault: TransferError) -> bool:
    """Whether the place was reached and does not have the archive."""
    gone = [source for source in plan.sources if source.path is not None and not source.path.exists()]
    return bool(gone) or fault.fields.get("status") in {404, 410}


def fetch_and_extract(
    plan: Plan,
    packing: Packing,
    blob: PartialBlob,
    destination: Path,
    *,
    client: Callable[[], Client],
    progress: Progress,
) -> Fetching:
    """Bring the artifact, in one of its packings, into `destination`, which does not exist yet, verified.

    Raises:
        TransferError, DigestError: the bytes could not be had, or were not the signed ones.
        ArchiveError: the signed bytes break a rule. StoreError: the file system refuses.
    """
    hand = _Download(plan, packing, blob, client, progress)
    begun = time.perf_counter()
    if plan.verify_first:
        trouble = hand.outcome()
        if trouble is not None:
            _forget_wrong_bytes(blob, trouble)
            raise trouble
    while True:
        read = blob.follow()
        generation = blob.generation  # after `follow`: a restart in between is seen by the reader itself
        extracted, fault = _extract(plan, packing, blob, read, destination)
        if isinstance(fault, StaleReadError):
            continue
        # a cancelled hand may sit in a read that only its own timeout ends
        trouble = hand.outcome(_CANCEL_PATIENCE if isinstance(fault, CancelledError) else None)
        if trouble is not None and not isinstance(trouble, CancelledError):
            _forget_wrong_bytes(blob, trouble)
            raise trouble
        if blob.generation != generation:
            continue
        if fault is not None:
            raise fault
        if extracted is not None:
            break
    return Fetching(
        packing=packing,
        extracted=extracted,
        source=hand.source,
        transferred=hand.transferred,
        download_seconds=hand.seconds,
        extract_seconds=time.perf_counter() - begun,
    )


def _forget_wrong_bytes(blob: PartialBlob, trouble: BaseException) -> None:
    if isinstance(trouble, DigestError):
        blob.discard()


def _extract(
    plan: Plan, packing: Packing, blob: PartialBlob, read: Callable[[int], bytes], destination: Path
) -> tuple[Extracted | None, Exception | None]:
    limits = Limits(size=packing.size, unpacked=packing.unpacked, entries=packing.entries)
    try:
        extracted = extract(
            read,
            destination,
            compression=packing.compression,
            name=_name(plan, packing),
            limits=limits,
            subtree=subtree_of(plan.artifact),
        )
    except (StaleReadError, CancelledError, ArchiveError) as fault:
        return None, fault
    except OSError as fault:
        blob.cancel()
        return None, store_error("extract into", destination, fault)
    return extracted, None


def subtree_of(artifact: Artifact) -> str:
    """Where in the archive the prefix is: `full` archives carry build products beside it."""
    return "python/install" if artifact.flavor == "full" else "python"
