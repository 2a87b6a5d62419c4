"""From a plan to a verified tree in staging, past the gate: the packing preferred, else the archive as published.

A packing that cannot be had, is not what its record says, or breaks a rule costs time and never an installation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyv.errors import ArchiveError, DigestError, PolicyError, RevokedError, TransferError, UnknownKeyError
from pyv.install.fetch import Fetching, fetch_and_extract
from pyv.install.gate import Gate
from pyv.install.interpreter import check_interpreter
from pyv.install.packing import Packing
from pyv.install.plan import Plan
from pyv.store.blobs import PartialBlob, adopt_cached
from pyv.store.lock import locked
from pyv.store.staging import Stage, remove_tree

if TYPE_CHECKING:
    from pyv.install.site import Site


class _UnusableError(Exception):
    """A packing that was preferred cannot be used; the message says why."""


def obtain(plan: Plan, stage: Stage, gate: Gate, site: Site) -> Fetching | None:
    """Fetch, verify, extract, and pass the gate; then the archive may enter the cache.

    A packing that is preferred and cannot be used gives way to the archive as it was published.
    None where the gate stands for another artifact.
    """
    if plan.derived is not None:
        try:
            with locked(site.root.artifact_lock(plan.derived.sha256), check=site.check):
                return _fetch_packing(plan, plan.derived, stage, gate, site)
        except _UnusableError as fault:
            site.reporter.step(plan.name, f"{fault}; the archive as it was published is fetched instead")
            remove_tree(stage.prefix)
    return _fetch_packing(plan, plan.archive, stage, gate, site)


def _fetch_packing(plan: Plan, packing: Packing, stage: Stage, gate: Gate, site: Site) -> Fetching | None:
    if plan.from_cache:
        adopt_cached(site.root, packing.sha256)
    blob = PartialBlob(site.root, packing.sha256)
    site.cancels.append(blob.cancel)
    try:
        site.check()
        try:
            fetching = _extracted(plan, packing, blob, stage, site)
            confirmed = gate.plan(site.check)
            _check_standing(plan, packing, confirmed)
        except (ArchiveError, DigestError, RevokedError, UnknownKeyError, PolicyError, _UnusableError):
            blob.discard()
            raise
        blob.publish()
    finally:
        site.cancels.remove(blob.cancel)
        blob.close()
    return fetching if confirmed.artifact.sha256 == plan.artifact.sha256 else None


def _extracted(plan: Plan, packing: Packing, blob: PartialBlob, stage: Stage, site: Site) -> Fetching:
    """What a packing holds, in staging, verified."""
    progress = site.reporter.progress(plan.name)
    try:
        fetching = fetch_and_extract(plan, packing, blob, stage.prefix, client=site.client, progress=progress)
        check_interpreter(plan.artifact, stage.prefix)
    except (ArchiveError, DigestError, TransferError) as fault:
        if not packing.keyid:
            raise
        raise _UnusableError(fault.message) from fault
    return fetching


def _check_standing(plan: Plan, packing: Packing, confirmed: Plan) -> None:
    """Refuse a packing that the refreshed index no longer lets stand for the archive."""
    if not packing.keyid or confirmed.artifact.sha256 != plan.artifact.sha256:
        return
    if confirmed.derived is None or confirmed.derived.sha256 != packing.sha256:
        raise _UnusableError("the refreshed index is against the repacked archive")
