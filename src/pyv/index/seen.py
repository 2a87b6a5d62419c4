"""What this machine knows without asking anybody: revocations seen before, and the keys of every accepted index."""

from __future__ import annotations

from pyv.domain.revocation import BLOCK, Revocation, Revocations, union
from pyv.index.anchors import accepted, embedded_anchor
from pyv.index.cache import Cache
from pyv.index.embedded import KEY_LIST, embedded_index
from pyv.index.opened import decoded
from pyv.store.paths import Root
from pyv.trust.keys import ArtifactKey, KeyList, parse_key_list

_KEYS = KEY_LIST.removeprefix("targets/")


def seen_revocations(root: Root) -> Revocations:
    """What the publisher of the embedded index took back since, as far as this machine has seen it."""
    anchor = embedded_anchor()
    return Revocations() if anchor is None else Cache(root, anchor.ident).revocations()


def every_revocation(root: Root) -> Revocations:
    """Everything any accepted index ever took back, the embedded one's list and revoked artifact keys included."""
    found = embedded_index(seen=seen_revocations(root)).revocations
    for anchor in accepted(root):
        found = union(found, Cache(root, anchor.ident).revocations())
    return union(found, _revoked_keys(root))


def _revoked_keys(root: Root) -> Revocations:
    """Keys that no longer sign, as entries about what they signed; a key list gives neither date nor reason."""
    revoked = [key.keyid for key in every_key(root).keys if key.revoked]
    reason = "the key that signed it was revoked"
    return Revocations(tuple(Revocation(action=BLOCK, keyid=keyid, reason=reason, date="") for keyid in revoked))


def every_key(root: Root) -> KeyList:
    """The artifact keys of the embedded index and of every accepted one as it was verified last.

    A key two of them list counts as the embedded index lists it; one that any of them revoked counts nowhere.
    """
    listed = [*embedded_index().keys.keys]
    for anchor in (*filter(None, [embedded_anchor()]), *accepted(root)):
        cache = Cache(root, anchor.ident)
        state = cache.state()
        content = cache.content(state.targets[_KEYS]) if state is not None and state.targets.get(_KEYS) else None
        if content is not None:
            listed += parse_key_list(decoded(content, _KEYS), _KEYS).keys
    known: dict[str, ArtifactKey] = {}
    for key in listed:
        if key.revoked or key.keyid not in known:
            known[key.keyid] = key
    return KeyList(keys=tuple(known.values()))
