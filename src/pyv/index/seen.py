"""What this machine knows without asking anybody: revocations seen before, and the keys of every accepted index."""

from __future__ import annotations

from pyv.domain.revocation import BLOCK, Revocation, Revocations, union
from pyv.index.anchors import accepted, embedded_anchor
from pyv.index.cache import Cache
from pyv.index.embedded import embedded_index
from pyv.store.paths import Root
from pyv.trust.keys import ArtifactKey, KeyList


def seen_revocations(root: Root) -> Revocations:
    """What the publisher of the embedded index took back since, as far as this machine has seen it; keys included."""
    anchor = embedded_anchor()
    return Revocations() if anchor is None else _taken_back(Cache(root, anchor.ident))


def every_revocation(root: Root) -> Revocations:
    """Everything any accepted index ever took back, the embedded one's list and revoked artifact keys included."""
    found = embedded_index(seen=seen_revocations(root)).revocations
    for anchor in accepted(root):
        found = union(found, _taken_back(Cache(root, anchor.ident)))
    return found


def _taken_back(cache: Cache) -> Revocations:
    """The revocations of an index and its revoked keys, as entries about what they signed."""
    keys = cache.keys()
    revoked = [key.keyid for key in keys.keys if key.revoked] if keys is not None else []
    reason = "the key that signed it was revoked"  # a key list gives neither date nor reason
    entries = tuple(Revocation(action=BLOCK, keyid=keyid, reason=reason, date="") for keyid in revoked)
    return union(cache.revocations(), Revocations(entries))


def every_key(root: Root) -> KeyList:
    """The artifact keys of the embedded index and of every accepted one as it was verified last.

    A key two of them list counts as the embedded index's line lists it; one that any of them revoked counts nowhere.
    """
    anchor, own = embedded_anchor(), embedded_index().keys
    line = None if anchor is None else Cache(root, anchor.ident).keys()
    listed = [*(own if line is None else line).keys, *(key for key in own.keys if key.revoked)]
    for each in accepted(root):
        theirs = Cache(root, each.ident).keys()
        listed += theirs.keys if theirs is not None else ()
    known: dict[str, ArtifactKey] = {}
    for key in listed:
        if key.revoked or key.keyid not in known:
            known[key.keyid] = key
    return KeyList(keys=tuple(known.values()))
