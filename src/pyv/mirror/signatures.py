"""Drafts that wait for signatures, and how those are carried: out as a file, back as the same file, signed.

A carried file is the draft's metadata itself with the signatures it has so far, so any TUF tool can show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyv.errors import RequestError, StoreError, TrustError
from pyv.mirror.generation import newest_root, read_generation
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.store.atomic import make_directory, translated, write_text
from pyv.trust.authoring import Count, Draft, parse_draft
from pyv.trust.roles import ROLES, ROOT, TARGETS, lister


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A draft after signing."""

    role: str
    draft: Draft
    added: tuple[str, ...]
    """Key ids whose signatures are new."""
    counts: tuple[Count, ...] = ()
    """What it has and lacks, where the mirror was at hand to tell."""


def read_draft(mirror: Mirror, role: str) -> Draft | None:
    """The draft of a role that waits; None where none does.

    Raises:
        DocumentError: it is damaged.
    """
    path = mirror.drafts / f"{role}.json"
    with translated("read", path):
        return parse_draft(path.read_bytes(), str(path)) if path.is_file() else None


def waiting_draft(mirror: Mirror, role: str, before: Draft | None) -> Draft | None:
    """The same, where `before` is in force: a draft that is no newer was published, and is forgotten."""
    draft = read_draft(mirror, role)
    if draft is not None and before is not None and draft.version <= before.version:
        drop_draft(mirror, role)
        return None
    return draft


def save_draft(mirror: Mirror, role: str, draft: Draft) -> None:
    """Keep a draft until it has its signatures."""
    make_directory(mirror.drafts)
    write_text(mirror.drafts / f"{role}.json", draft.to_bytes().decode("utf-8"))


def drop_draft(mirror: Mirror, role: str) -> None:
    """Forget the draft of a role: it was published."""
    path = mirror.drafts / f"{role}.json"
    with translated("remove", path):
        path.unlink(missing_ok=True)


def export_draft(mirror: Mirror, role: str, output: Path) -> Draft:
    """Write what is to be signed to a file.

    Raises:
        RequestError: no draft of that role waits, or something is there already.
    """
    if role not in ROLES:
        raise RequestError(f"`{role}` is no role", hint=f"roles are {', '.join(ROLES)}")
    draft = read_draft(mirror, role)
    if draft is None:
        raise RequestError(
            f"no draft of {role} waits for signatures in {mirror.path}",
            hint="`pyv mirror rotate` and `pyv mirror sign publish` leave drafts where keys are missing",
        )
    with translated("read", output):
        if output.exists() and output.read_bytes() != draft.to_bytes():
            raise RequestError(f"{output} exists, and is another file", hint="remove it, or name another path")
    write_text(output, draft.to_bytes().decode("utf-8"))
    return draft


def sign_file(path: Path, role: str, keys: KeyDirectory) -> Signed:
    """Add the signatures of a role's keys to a carried file, in place.

    Raises:
        StoreError: no key of that role is in the key directory. RequestError: there is no such file.
    """
    if role not in ROLES:
        raise RequestError(f"`{role}` is no role", hint=f"roles are {', '.join(ROLES)}")
    draft = read_file(path)
    check_kind(draft, role)
    signers = keys.signers(role)
    if not signers:
        raise StoreError(
            f"no key of {role} in {keys.path}",
            hint="name the directory that holds it, or another role with --role",
            role=role,
        )
    signed = draft.signed_with(signers)
    added = tuple(key.keyid for key in signers if not draft.is_signed_by(key))
    if added:
        write_text(path, signed.to_bytes().decode("utf-8"))
    return Signed(role=role, draft=signed, added=added)


def take_signatures(mirror: Mirror, path: Path) -> Signed:
    """Join the signatures of a carried file to the draft in the mirror, once they hold. The caller holds the lock.

    Raises:
        TrustError: it is another draft, or no key that may sign it did. RequestError: no draft waits.
    """
    carried = read_file(path)
    for role in ROLES:
        draft = read_draft(mirror, role)
        if draft is not None and draft.payload == carried.payload:
            break
    else:
        raise TrustError(
            f"{path} is not a draft that waits in {mirror.path}",
            hint="export the draft again (`pyv mirror sign export`), and have that signed: it may have changed since",
            path=str(path),
        )
    genuine = {keyid for count in counts(mirror, role, carried) for keyid in count.signed}
    joined = draft.joined(carried, genuine)
    before = {keyid for count in counts(mirror, role, draft) for keyid in count.signed}
    after = counts(mirror, role, joined)
    added = tuple(dict.fromkeys(keyid for count in after for keyid in count.signed if keyid not in before))
    if not added and carried.metadata.signatures.keys() - draft.metadata.signatures.keys():
        raise TrustError(
            f"none of the new signatures in {path} is by a key of {role}, or none is genuine",
            hint="have it signed by one of: " + ", ".join(keyid for count in after for keyid in count.missing),
            path=str(path),
        )
    save_draft(mirror, role, joined)
    return Signed(role=role, draft=joined, added=added, counts=after)


def counts(mirror: Mirror, role: str, draft: Draft) -> tuple[Count, ...]:
    """Who signed a draft, by every delegator that has a say: a root answers to itself and to the one before."""
    root = newest_root(mirror)
    if role == ROOT.name:
        return tuple(delegator.count(role, draft) for delegator in (root, draft) if delegator is not None)
    delegator = root if ROLES[role].delegator == ROOT.name else _targets(mirror)
    delegator = waiting_draft(mirror, ROLES[role].delegator, delegator) or delegator
    return () if delegator is None else (delegator.count(role, draft),)


def _targets(mirror: Mirror) -> Draft | None:
    current = read_generation(mirror)
    return None if current is None else current.listing[TARGETS.name]


def read_file(path: Path) -> Draft:
    """The draft in a carried file.

    Raises:
        RequestError: there is no such file. DocumentError: it holds no metadata.
    """
    if not path.is_file():
        raise RequestError(f"there is no file {path}", hint="name a file that `pyv mirror sign export` wrote")
    with translated("read", path):
        return parse_draft(path.read_bytes(), str(path))


def role_of(draft: Draft) -> str:
    """Whose metadata a carried file is, as far as it shows: delegated roles are known by what they list."""
    if draft.role != TARGETS.name or draft.delegates:
        return draft.role
    listers = {lister(name).name for name in draft.listed}
    return listers.pop() if len(listers) == 1 else TARGETS.name


def check_kind(draft: Draft, role: str) -> None:
    """Refuse to sign for a role what cannot be its metadata.

    Raises:
        RequestError: the file is another role's.
    """
    kind = role if role in {"root", "snapshot", "timestamp"} else TARGETS.name
    if draft.role != kind:
        raise RequestError(f"the file is {draft.role} metadata, not {role}'s", hint=f"sign it with --role {draft.role}")
