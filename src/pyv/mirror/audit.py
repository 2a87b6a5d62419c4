"""Auditing a mirror: what an operator should know of it before somebody else does. Nothing is written.

Signatures and bytes are `pyv mirror verify`'s to check; this looks at what is genuine and should still not be so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyv.index.configured import Access, recognise, renew
from pyv.index.embedded import embedded_index
from pyv.mirror.auditing.evidence import Asked, Evidence, read_evidence
from pyv.mirror.auditing.expiry import expiring_roles
from pyv.mirror.auditing.finding import ERROR, Finding
from pyv.mirror.auditing.keys import artifact_keys, lonely_keys, misplaced_keys
from pyv.mirror.auditing.leftovers import half_written, stray_files, unfinished, unnamed_archives, waiting
from pyv.mirror.auditing.own_kit import broken_kit, revoked_interpreter
from pyv.mirror.auditing.permissions import writable_by_all
from pyv.mirror.auditing.records import missing_archives, records_without_size, unlisted_signers
from pyv.mirror.auditing.revoked import revoked_but_offered
from pyv.mirror.auditing.upstream import Carried, carried, old_upstream, upstream_revocations
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import EMBEDDED
from pyv.mirror.source import Upstream

_CHECKS = (
    revoked_but_offered,
    expiring_roles,
    old_upstream,
    artifact_keys,
    lonely_keys,
    misplaced_keys,
    unlisted_signers,
    missing_archives,
    records_without_size,
    unnamed_archives,
    stray_files,
    waiting,
    half_written,
    unfinished,
    broken_kit,
    revoked_interpreter,
    writable_by_all,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found."""

    findings: tuple[Finding, ...]
    """Errors first."""
    revocations: Carried

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing but warnings."""
        return not any(finding.is_error for finding in self.findings)


def audit(mirror: Mirror, now: float, *, days: int, asked: Asked | None = None) -> Audit:
    """Look at everything; upstream's revocations may be `days` old. `asked` is upstream, where it was asked for this.

    Raises:
        StoreError: there is no mirror here, nothing is published, or it is damaged. DocumentError: something cannot be
        read.
    """
    evidence = read_evidence(mirror, now, asked)
    return Audit(findings=tuple(_ordered(_found(evidence, days))), revocations=carried(evidence))


def _found(evidence: Evidence, days: int) -> Iterable[Finding]:
    yield from upstream_revocations(evidence, days)
    for check in _CHECKS:
        yield from check(evidence)


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.severity != ERROR)


def ask(upstream: Upstream, access: Access) -> Asked:
    """Upstream as it is now, by a root the operator accepted.

    Raises:
        TrustError: no root of it was accepted, or it does not verify. TransferError: it cannot be read.
    """
    if upstream.location is None:
        index = embedded_index()
        return Asked(place=EMBEDDED, published=index.published, revocations=index.revocations)
    found = recognise(upstream.location, access)
    state = renew(found, (), access)
    return Asked(place=upstream.label, published=state.published, revocations=found.cache.revocations())
