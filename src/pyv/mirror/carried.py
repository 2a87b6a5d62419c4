"""What a hybrid mirror carries of its upstream: releases and revocations, byte for byte as upstream signed them.

The organisation's targets name upstream's keys for these two roles and list upstream's artifact keys, so whoever holds
the organisation's online keys can keep news from clients and cannot add an interpreter. A change of upstream's keys
is a change of the organisation's targets: its holders sign it, or nothing of it goes out.

What is carried lies in `.pyv/upstream/`: the documents by their sha256, and one file that says which count, which is
written last. So a publication finds all that upstream had published or all that it had before, never some of both; the
working copies below `targets/` are for people and other commands, and changing them changes nothing that is published.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.fields import Fields, hinted, parse_object
from pyv.errors import DocumentError, RequestError, RollbackError, StoreError, TrustError
from pyv.index.refresh import manifest_name
from pyv.index.state import KEYS
from pyv.mirror.generation import read_generation
from pyv.mirror.layout import Mirror, sync_directory, write_if_new
from pyv.mirror.settings import read_settings
from pyv.mirror.verified import Verified
from pyv.store.atomic import clear_temporaries, make_directory, translated
from pyv.trust.authoring import Draft, Listing, parse_draft
from pyv.trust.delegations import delegates_like, delegating_like
from pyv.trust.roles import DELEGATED, LISTING, RELEASES, TARGETS, lister

FILE = "metadata.json"
FORMAT = 1
_SYNC = "bring it anew from upstream: pyv mirror sync DIR --keys KEYDIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Upstream's metadata as it was verified last."""

    line: str
    """Which index it is of: the id of its first root."""
    targets: Draft
    """Whose delegations name the keys of the other two."""
    listing: Mapping[str, Draft]
    """`releases` and `revocations`."""
    place: Path = field(repr=False)

    @property
    def _roles(self) -> dict[str, tuple[str, ...]]:
        return {role.name: role.paths for role in DELEGATED}

    @property
    def roles(self) -> dict[str, Draft]:
        """All three."""
        return {TARGETS.name: self.targets, **self.listing}

    @property
    def wanted(self) -> dict[str, Listing]:
        """What each role of the mirror is to list."""
        keys = {KEYS: self.targets.listed[KEYS]}
        return {TARGETS.name: keys, **{name: draft.listed for name, draft in self.listing.items()}}

    def is_named_by(self, targets: Draft) -> bool:
        """Whether an organisation's targets give these roles the keys upstream gives them."""
        return delegates_like(targets, self.targets, self._roles)

    def named_in(self, targets: Draft) -> Draft:
        """The organisation's targets, giving these roles the keys upstream gives them; unsigned if that is new."""
        return targets if self.is_named_by(targets) else delegating_like(targets, self.targets, self._roles)

    def contents(self) -> dict[str, bytes]:
        """The documents it lists, by the sha256 they have.

        Raises:
            StoreError: one is missing, or was damaged.
        """
        found = {}
        for listed in self.wanted.values():
            for name, (sha, _) in listed.items():
                with translated("read", self.place / sha):
                    content = (self.place / sha).read_bytes() if (self.place / sha).is_file() else b""
                if hashlib.sha256(content).hexdigest() != sha:
                    raise StoreError(f"{self.place / sha}, upstream's {name}, is missing or damaged", hint=_SYNC)
                found[sha] = content
        return found


def read_carried(mirror: Mirror) -> Carried | None:
    """What a hybrid mirror carries; None where the mirror is an organisation's own.

    Raises:
        StoreError, DocumentError: it is missing, or was damaged.
    """
    path = mirror.carried / FILE
    with translated("read", path):
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    if text is None:
        if read_settings(mirror).is_hybrid:
            raise StoreError(f"{path} is missing, which says what this mirror carries of its upstream", hint=_SYNC)
        return None
    with hinted(_SYNC):
        fields = Fields(parse_object(text, str(path)), str(path))
        fields.format_is(FORMAT)
        found = {role.name: parse_draft(fields.text(role.name).encode(), str(path)) for role in LISTING}
        return Carried(line=fields.text("line"), targets=found.pop(TARGETS.name), listing=found, place=mirror.carried)


def check_next(mirror: Mirror, upstream: Verified) -> None:
    """Refuse to carry what is not of the same index, or goes back, or cannot be carried as it is; nothing is written.

    Raises:
        RollbackError: a role has an older version than before. TrustError: it is another index, or a version has two
        contents. DocumentError: it lists its documents as no index of pyv does.
    """
    offered = {
        role.name: parse_draft(upstream.metadata[role.name], f"{role.name} of {upstream.place}") for role in LISTING
    }
    _check_listed(offered, upstream)
    current = read_generation(mirror)
    before = [] if current is None else [{role.name: current.listing[role.name] for role in DELEGATED}]
    if (mirror.carried / FILE).exists():
        carried = read_carried(mirror)
        if carried is not None:
            check_line(carried, upstream.line, upstream.place)
            before.append(carried.roles)
    for known in before:
        for role, draft in known.items():
            _check_forward(role, draft, offered[role], upstream.place)


def check_line(carried: Carried, line: str, place: str) -> None:
    """Refuse another index than the one that is carried.

    Raises:
        TrustError: it is another one.
    """
    if carried.line != line:
        raise TrustError(
            f"{place} is another index than the one this mirror carries: its first root is {line}, not {carried.line}",
            hint="name a place of that index with --from, or carry this one in a mirror of its own: pyv mirror init "
            "DIR --hybrid UPSTREAM",
            index=place,
        )


def _check_forward(role: str, before: Draft, offered: Draft, place: str) -> None:
    if offered.version < before.version:
        raise RollbackError(
            f"{role} version {offered.version} of {place} is older than version {before.version}, which is carried",
            hint="a copy of upstream that is behind: name a current one with --from; for `embedded`, update pyv",
            role=role,
            version=offered.version,
            trusted=before.version,
        )
    if offered.version == before.version and offered.payload != before.payload:
        raise TrustError(
            f"{place} has another {role} version {offered.version} than is carried: upstream signed two",
            hint="take nothing of it before its publisher says which is genuine",
            role=role,
        )


def _check_listed(offered: Mapping[str, Draft], upstream: Verified) -> None:
    """Whether each role lists what it has to, and nothing else does: clients of the mirror ask no other role."""
    listed = {(role, name): sha for role, draft in offered.items() for name, (sha, _) in draft.listed.items()}
    found = {
        (lister(name).name, name): hashlib.sha256(content).hexdigest() for name, content in upstream.targets.items()
    }
    odd = sorted(name for (_, name), _ in listed.items() ^ found.items())
    if odd:
        raise DocumentError(
            f"the index {upstream.place} lists `{odd[0]}` in another role than pyv's indexes do: it cannot be carried",
            hint="take its records into a mirror of your own: pyv mirror init DIR, then pyv mirror sync DIR --from",
            document=upstream.place,
        )


def take_over(mirror: Mirror, upstream: Verified, *, releases: bool = True) -> None:
    """Put what upstream published in the place of what was carried; the caller holds the lock, and publishes then.

    Without `releases` all but those: revocations and news of keys can go out while archives are still missing.

    Raises:
        RollbackError, TrustError, DocumentError: it must not follow what was carried; nothing is changed.
    """
    check_next(mirror, upstream)
    before = None if releases else read_carried(mirror)
    metadata = {role.name: upstream.metadata[role.name].decode() for role in LISTING}
    if before is not None:
        metadata[RELEASES.name] = before.listing[RELEASES.name].to_bytes().decode()
    taken = [name for name in upstream.targets if releases or lister(name) != RELEASES]
    make_directory(mirror.carried)
    clear_temporaries(mirror.carried)
    for name in taken:
        content = upstream.targets[name]
        write_if_new(mirror.carried / hashlib.sha256(content).hexdigest(), content)
    told = {"format": FORMAT, "line": upstream.line, **metadata}
    write_if_new(mirror.carried / FILE, (json.dumps(told, indent=1) + "\n").encode())
    for name in taken:
        write_if_new(mirror.path / "targets" / name, upstream.targets[name])
    _drop_others(mirror)


def _drop_others(mirror: Mirror) -> None:
    """Remove the manifests of triples upstream has no more, and the documents it lists no more."""
    carried = read_carried(mirror)
    if carried is None:
        return
    wanted = carried.wanted
    for triple in mirror.triples():
        if manifest_name(triple) not in wanted[RELEASES.name]:
            with translated("remove", mirror.manifest(triple)):
                mirror.manifest(triple).unlink(missing_ok=True)
    make_directory(mirror.manifests)
    sync_directory(mirror.manifests)
    named = {FILE, *(sha for listed in wanted.values() for sha, _ in listed.values())}
    with translated("clear", mirror.carried):
        for path in mirror.carried.iterdir():
            if path.name not in named:
                path.unlink()


def refuse_carried(mirror: Mirror, deed: str) -> None:
    """Refuse what would change what upstream signed.

    Raises:
        RequestError: the mirror is a hybrid one.
    """
    if read_carried(mirror) is not None:
        raise RequestError(
            f"{mirror.path} carries upstream's releases and revocations byte for byte: {deed} would change them",
            hint="that needs a mirror of your own: pyv mirror init DIR, then pyv mirror sync DIR --from UPSTREAM",
            path=str(mirror.path),
        )
