"""Archives that were blocked and are offered all the same: other tools take them, and so does whoever sees no list."""

from __future__ import annotations

from collections.abc import Iterator

from pyv.domain.artifact import Artifact
from pyv.domain.revocation import Revocations
from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, Finding, counted, some


def revoked_but_offered(evidence: Evidence) -> Iterator[Finding]:
    """Blocked records in the manifests of an own mirror, and archives of such records in a hybrid one."""
    told: set[str] = set()
    for whose, revocations in evidence.lists.items():
        found = [each for each in _offered(evidence) if _is_blocked(each, revocations) and each.sha256 not in told]
        told |= {each.sha256 for each in found}
        if found:
            names = tuple(each.name for each in found)
            yield Finding(
                code="revoked-offered",
                severity=ERROR,
                what=f"{counted(names, 'blocked record')} still offered, by {whose}: {some(names)}",
                hint=_hint(evidence, found),
                about=names,
            )


def _offered(evidence: Evidence) -> list[Artifact]:
    if evidence.settings.is_hybrid:  # the records are upstream's to withdraw
        return [record for record in evidence.records if record.sha256 in evidence.blobs.sizes]
    return evidence.records


def _is_blocked(record: Artifact, revocations: Revocations) -> bool:
    entry = revocations.of(record)
    return entry is not None and entry.blocks


def _hint(evidence: Evidence, found: list[Artifact]) -> str:
    if evidence.settings.is_hybrid:
        return "remove the archives: pyv mirror prune DIR --keep-days 0"
    if all(each.keyid in evidence.settings.upstream_keys for each in found):
        return "take over upstream's list and withdraw them: pyv mirror sync, then pyv mirror prune DIR --keys KEYDIR"
    return (
        "revoke them here too (pyv mirror revoke) if you have not; take their lines out of DIR/targets/manifest, and "
        "publish: pyv mirror sign publish DIR --keys KEYDIR"
    )
