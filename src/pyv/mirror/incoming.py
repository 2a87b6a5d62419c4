"""What a bundle brings, verified: the whole index, every record of it, and where each archive is to come from.

Metadata is judged as a client would judge it (`pyv.mirror.verified`). One thing is let pass: a timestamp that ran out
on the way, where another one is to be signed in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.derived import MAX_BYTES as MAX_DERIVED_BYTES
from pyv.domain.derived import Derived, parse_derived
from pyv.domain.image import Descriptor
from pyv.domain.manifest import MAX_BYTES as MAX_MANIFEST_BYTES
from pyv.domain.timestamp import utc
from pyv.errors import DigestError, ExpiredError, RequestError, TrustError
from pyv.index.anchors import Anchor
from pyv.index.cache import Cache
from pyv.index.opened import decoded
from pyv.index.refresh import manifest_name
from pyv.mirror.bundled import Bundled
from pyv.mirror.layout import Mirror
from pyv.mirror.verified import Verified, read_whole
from pyv.store.paths import Root
from pyv.trust.authoring import Draft, parse_draft
from pyv.trust.derived import verify_derived
from pyv.trust.record import verify_record
from pyv.trust.roles import LISTING, ROOT, SNAPSHOT, TIMESTAMP

_DERIVED = "derived/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """The index of a bundle."""

    verified: Verified
    roots: tuple[Draft, ...] = field(repr=False)
    """All of them, from the first."""
    listing: Mapping[str, Draft] = field(repr=False)
    snapshot: Draft = field(repr=False)
    timestamp: Draft = field(repr=False)
    is_late: bool
    """Whether the timestamp has expired, and somebody has to sign another one."""

    @property
    def root(self) -> Draft:
        """The newest root."""
        return self.roots[-1]


def read_incoming(
    bundled: Bundled,
    anchor: Anchor,
    roots: Sequence[bytes],
    place: Path,
    *,
    now: float,
    max_staleness: float,
    late: bool,
) -> Incoming:
    """Verify the index of a bundle; `place` is an empty directory, and `late` lets a timestamp that has expired pass.

    Raises:
        TrustError: it does not verify. ArchiveError, DocumentError, TransferError: it cannot be read.
    """

    def whole(name: str, staleness: float) -> Verified:
        cache, told = Cache(Root(place), name), str(bundled.bundle.path)
        return read_whole(anchor, cache, bundled.file, place=told, now=now, max_staleness=staleness)

    is_late = False
    try:
        verified = whole("strict", max_staleness)
    except ExpiredError as fault:
        if fault.fields.get("role") != TIMESTAMP.name:
            raise
        if not late:
            raise _too_late(fault) from None
        verified, is_late = whole("late", now), True
    drafts = {role: parse_draft(content, role) for role, content in verified.metadata.items()}
    found = Incoming(
        verified=verified,
        roots=tuple(parse_draft(content, ROOT.name) for content in roots),
        listing={role.name: drafts[role.name] for role in LISTING},
        snapshot=drafts[SNAPSHOT.name],
        timestamp=drafts[TIMESTAMP.name],
        is_late=is_late,
    )
    for role, draft in {ROOT.name: found.root, SNAPSHOT.name: found.snapshot, **found.listing}.items():
        if draft.expires + max_staleness <= now:
            raise ExpiredError(
                f"the {role} of {bundled.bundle.path} was good until {utc(draft.expires)}",
                hint="have it signed again where it comes from, and export that",
                role=role,
            )
    return found


def _too_late(fault: ExpiredError) -> ExpiredError:
    return ExpiredError(
        fault.message,
        hint="pass --keys KEYDIR with timestamp.pem to sign a new one here; or sign it again where the bundle comes "
        "from (`pyv mirror sign timestamp`), and export that; --max-staleness 7d takes it as it is",
        **fault.fields,
    )


def check_files(bundled: Bundled) -> None:
    """Hash every file of the index, those too that nobody is going to read.

    Raises:
        ArchiveError, DigestError: one is missing, too large, or another.
    """
    for listed in bundled.files.values():
        for _ in bundled.bundle.chunks(listed.sha256, MAX_MANIFEST_BYTES):
            pass


def records_of(verified: Verified, known: Collection[str], now: float) -> dict[str, Artifact]:
    """The records of an index by the sha256 of their archive, each held to its signature.

    `known` are sha256 of manifests that were looked at before.

    Raises:
        TrustError: one is not signed by a key of the index. DocumentError: a manifest cannot be read.
    """
    keys = verified.keys.without_limits()
    found: dict[str, Artifact] = {}
    for triple in verified.triples:
        records = verified.manifest(triple)
        if hashlib.sha256(verified.targets[manifest_name(triple)]).hexdigest() not in known:
            for record in records:
                verify_record(record, keys, now)
        found.update({record.sha256: record for record in records})
    return found


def derived_of(bundled: Bundled, verified: Verified, records: Mapping[str, Artifact]) -> dict[str, list[Derived]]:
    """The derived records of a bundle by triple, without those of archives the index does not have.

    The index need not name the keys that signed them, since clients hold them to their own policy; a key it does name
    has to have signed.

    Raises:
        TrustError: a signature does not fit. DocumentError: a file cannot be read.
    """
    keys = verified.keys
    found: dict[str, list[Derived]] = {}
    for name in sorted(bundled.files):
        if not name.startswith(_DERIVED):
            continue
        triple = name.removeprefix(_DERIVED).removesuffix(".json")
        content = bundled.file(name, MAX_DERIVED_BYTES) or b""
        lines = [each for each in parse_derived(decoded(content, name), name, triple) if each.origin in records]
        for each in lines:
            key = keys.find(each.keyid)
            if key is not None:
                verify_derived(each, key, f"a repacking of {records[each.origin].name}")
        found[triple] = lines
    return found


def archives_to_take(mirror: Mirror, bundled: Bundled, sizes: Mapping[str, int | None]) -> list[Descriptor]:
    """The archives of a bundle that the mirror lacks; `sizes` are those of signed records, by sha256.

    Raises:
        TrustError: no record names one, or gives it another size. RequestError: one that is listed is in neither.
    """
    place = bundled.bundle.path
    taken: list[Descriptor] = []
    missing: list[Descriptor] = []
    for sha256, listed in sorted(bundled.archives.items()):
        if sha256 not in sizes:
            raise TrustError(
                f"{place}: no signed record names the archive {sha256}",
                hint="do not use this bundle: ask who exported it",
                sha256=sha256,
            )
        if sizes[sha256] not in {None, listed.size}:
            raise DigestError(
                f"{place}: the archive {sha256} has {listed.size:,} bytes where its record says {sizes[sha256]:,}",
                hint="do not use this bundle: ask who exported it",
                expected=sizes[sha256],
                actual=listed.size,
            )
        if not _is_there(mirror, listed):
            (taken if bundled.bundle.has(sha256) else missing).append(listed)
    if missing:
        raise RequestError(
            f"{place} lacks {len(missing)} of the {len(bundled.archives)} archives it lists, and the mirror has them "
            f"neither, {missing[0].title or missing[0].sha256} among them",
            hint="it is an increment: import the bundle it was made since first, or export the whole (without --since)",
            missing=len(missing),
        )
    return taken


def _is_there(mirror: Mirror, listed: Descriptor) -> bool:
    path = mirror.blob(listed.sha256)
    return path.is_file() and not path.is_symlink() and path.stat().st_size == listed.size
