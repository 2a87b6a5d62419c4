"""Other keys for a role: a new version of whoever names them, drafted, signed as far as keys are at hand, published."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.errors import RequestError, StoreError, TrustError
from pyv.mirror.carried import refuse_carried
from pyv.mirror.generation import Generation, read_generation
from pyv.mirror.keys import ARTIFACT, KeyDirectory, public_key
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.signatures import save_draft, waiting_draft
from pyv.mirror.working import contents
from pyv.store.lock import locked
from pyv.trust.authoring import Draft
from pyv.trust.keys import ArtifactKey, KeyList, parse_key_list
from pyv.trust.pem import Passphrase, nobody_asked
from pyv.trust.roles import DELEGATED, LISTING, ROLES, ROOT, Role
from pyv.trust.signing import SigningKey

KEY_LIST = "trust/artifact-keys.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be different; with nothing said, a role with one key gets a new one, and others are issued again."""

    add: tuple[Path, ...] = ()
    """Public key files."""
    remove: tuple[str, ...] = ()
    """Key ids."""
    threshold: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What came of it."""

    published: Published
    made: str = ""
    """The name of the key that was made for it."""
    keyids: tuple[str, ...] = ()
    """The role's keys from now on, or once the draft is published."""


def rotate(
    mirror: Mirror, role: str, change: Change, keys: KeyDirectory, now: float, chosen: Passphrase = nobody_asked
) -> Rotated:
    """Give a role other keys, or issue its delegator again; `artifact` is the key that signs records.

    `chosen` is what a new key is encrypted with.

    Raises:
        RequestError: there is no such role. StoreError: nothing is published yet.
        TrustError: too few keys would be left.
    """
    if role in {ARTIFACT, *(each.name for each in DELEGATED)}:
        refuse_carried(mirror, f"another key of {role}")
    if role == ARTIFACT:
        return _rotate_artifact(mirror, change, keys, now, chosen)
    if role not in ROLES:
        raise RequestError(f"`{role}` is no role", hint=f"roles are {', '.join((*ROLES, ARTIFACT))}")
    with locked(mirror.lock):
        current = read_generation(mirror)
        if current is None:
            raise StoreError(
                f"{mirror.path} has no metadata yet",
                hint=f"publish it first: pyv mirror sign publish {mirror.path} --keys KEYDIR",
            )
        delegator = ROLES[ROLES[role].delegator]
        before = _next(mirror, current, delegator, now)
        made = ""
        if change == Change() and len(before.holders(role)[0]) > 1:
            _issue_again(mirror, current, ROLES[role], now)
        else:
            for each in (delegator.name, role):
                keys.signers(each)  # a passphrase that is wrong is found before a key is made with it
            change, made = _completed(change, role, before, dataclasses.replace(keys, passphrase=chosen), mirror)
            added = [public_key(path) for path in change.add]
            before = before.delegating(role, added, change.remove, change.threshold)
            save_draft(mirror, delegator.name, before)
        published = publish(mirror, keys, now)
    return Rotated(published=published, made=made, keyids=before.holders(role)[0])


def _next(mirror: Mirror, current: Generation, role: Role, now: float) -> Draft:
    """The next version of a role, good for its full time: of the draft that waits, so that what it changes is kept."""
    before = current.root if role == ROOT else current.listing[role.name]
    waiting = waiting_draft(mirror, role.name, before)
    return before.renewed(role, now) if waiting is None else waiting.renewed(role, now, number=waiting.version)


def _issue_again(mirror: Mirror, current: Generation, role: Role, now: float) -> None:
    """The role itself with its keys as they are: the yearly ceremony."""
    if role not in (ROOT, *LISTING):
        raise RequestError(
            f"{role.name} has several keys: say which to add or to remove",
            hint=f"to sign it again with them: pyv mirror sign timestamp {mirror.path} --keys KEYDIR",
        )
    save_draft(mirror, role.name, _next(mirror, current, role, now))


def _completed(change: Change, role: str, before: Draft, keys: KeyDirectory, mirror: Mirror) -> tuple[Change, str]:
    """The change meant where none was described: a new key in the place of a single one."""
    if change != Change():
        return change, ""
    holders = before.holders(role)[0]
    name = keys.next_name(role)
    keys.create(name, mirror=mirror.path)
    return Change(add=(keys.path / f"{name}.pub",), remove=holders), name


def _rotate_artifact(mirror: Mirror, change: Change, keys: KeyDirectory, now: float, chosen: Passphrase) -> Rotated:
    """A new key for records from now on; what `remove` names is revoked: no record it signed counts any more."""
    if change.threshold is not None or change.add:
        raise RequestError(
            "records need one signature, by the newest artifact key of the key directory",
            hint="leave --threshold and --add out; --remove KEYID revokes a key",
        )
    with locked(mirror.lock):
        listed = mirror.read_keys()
        for keyid in change.remove:
            if listed.find(keyid) is None:
                raise TrustError(
                    f"the mirror names no artifact key {keyid}",
                    hint=f"it names {', '.join(key.keyid for key in listed.keys)}",
                    keyid=keyid,
                )
        entries = [dataclasses.replace(key, revoked=key.revoked or key.keyid in change.remove) for key in listed.keys]
        used = {*_published(mirror), *(key.keyid for key in entries if key.revoked)}
        signing, made = _unused(used, keys, chosen, mirror)
        others = [key for key in entries if key.keyid != signing.public_key.keyid]
        new = KeyList(keys=(*others, signing.public_key))
        write_documents(mirror, _signed_again(mirror, change.remove, signing), new)
        published = publish(mirror, keys, now)
    return Rotated(published=published, made=made, keyids=_live(new.keys))


def _published(mirror: Mirror) -> set[str]:
    """The artifact keys that clients know of: the working copy may name one more, which waits with the targets."""
    current = read_generation(mirror)
    digest = None if current is None else current.targets.get(KEY_LIST)
    content = contents(mirror).get(digest or "")
    return set() if content is None else {key.keyid for key in parse_key_list(content.decode(), KEY_LIST).keys}


def _unused(used: Collection[str], keys: KeyDirectory, chosen: Passphrase, mirror: Mirror) -> tuple[SigningKey, str]:
    """The newest artifact key, if clients do not know it yet; else one made now, and its name."""
    names = keys.names(ARTIFACT)
    signing = keys.artifact_key() if names else None
    if signing is not None and signing.public_key.keyid not in used:
        return signing, ""
    name = keys.next_name(ARTIFACT) if names or keys.publics(ARTIFACT) else ARTIFACT
    dataclasses.replace(keys, passphrase=chosen).create(name, mirror=mirror.path)
    return keys.artifact_key(), name


def _signed_again(mirror: Mirror, gone: Sequence[str], signing: SigningKey) -> dict[str, list[Artifact]]:
    """The manifests with records of revoked keys, signed by the new one.

    The records in the mirror are the operator's own copies; whoever revokes a key has looked at them (SECURITY.md).
    """
    found = {}
    for triple in mirror.triples():
        records = mirror.read_manifest(triple)
        if any(record.keyid in gone for record in records):
            found[triple] = [signing.sign_record(each) if each.keyid in gone else each for each in records]
    return found


def _live(keys: Sequence[ArtifactKey]) -> tuple[str, ...]:
    return tuple(key.keyid for key in keys if not key.revoked)
