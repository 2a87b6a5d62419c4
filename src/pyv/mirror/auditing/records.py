"""Records: what they do not say, what they name and is not there, and who signed them."""

from __future__ import annotations

from collections.abc import Iterator

from pyv.mirror.auditing.evidence import Evidence
from pyv.mirror.auditing.finding import ERROR, WARNING, Finding, counted, some
from pyv.mirror.holdings import wanted_of


def records_without_size(evidence: Evidence) -> Iterator[Finding]:
    """A client cannot tell how much it is about to fetch, nor stop what is too long."""
    names = tuple(record.name for record in evidence.records if record.size is None)
    if names:
        yield Finding(
            code="no-size",
            severity=WARNING,
            what=f"{counted(names, 'record')} without a size: {some(names)}",
            hint="who signs them can say it; `pyv mirror add` does",
            about=names,
        )


def missing_archives(evidence: Evidence) -> Iterator[Finding]:
    """Records whose archive should be here."""
    wanted = wanted_of(evidence.mirror, evidence.settings, evidence.manifests, evidence.revocations)
    names = tuple(record.name for record in wanted if record.sha256 not in evidence.blobs.sizes)
    if names:
        yield Finding(
            code="missing-archive",
            severity=ERROR,
            what=f"{counted(names, 'archive')} not here: {some(names)}",
            hint="`pyv mirror sync DIR --keys KEYDIR` fetches upstream's, `pyv mirror add` puts your own back",
            about=names,
        )


def unlisted_signers(evidence: Evidence) -> Iterator[Finding]:
    """Records no key of the list signed: clients refuse them."""
    listed = {key.keyid for key in evidence.keys.keys}
    names = tuple(record.name for record in evidence.records if record.keyid not in listed or not record.signature)
    if names:
        yield Finding(
            code="unlisted-signer",
            severity=ERROR,
            what=f"{counted(names, 'record')} not signed by a key this mirror lists: {some(names)}",
            hint="compare the manifests with a backup; `pyv mirror verify` checks every signature",
            about=names,
        )
