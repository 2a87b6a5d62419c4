"""The documents of an own mirror once upstream's are joined to them: records, artifact keys, revocations.

Nothing upstream signed is signed anew. A key upstream revokes or no longer names is revoked here too, and its records
stay only as upstream signed them again; what the organisation took back or added itself is never undone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from pyv.domain.artifact import Artifact
from pyv.errors import TrustError
from pyv.mirror.select import identity
from pyv.trust.keys import ArtifactKey, KeyList


def joined_records(
    mine: Sequence[Artifact], theirs: Iterable[Artifact], upstream_keys: Collection[str]
) -> list[Artifact]:
    """The records of one triple: what is there, and what upstream has (`theirs`), as upstream signs it now.

    Raises:
        TrustError: the mirror has other bytes under an identity of upstream's.
    """
    found = {identity(record): record for record in mine}
    for record in theirs:
        known = found.get(identity(record))
        if known is not None and known.sha256 != record.sha256:
            raise contradiction(known, record)
        if known is None or known.keyid in upstream_keys:
            found[identity(record)] = record
    return list(found.values())


def contradiction(mine: Artifact, theirs: Artifact) -> TrustError:
    """The error for other bytes under one identity."""
    return TrustError(
        f"the mirror has {theirs.name} with other bytes (sha256 {mine.sha256}) than upstream (sha256 {theirs.sha256})",
        hint="a build of your own needs a build tag of its own; if upstream signed other bytes before, ask why",
        artifact=theirs.name,
    )


def joined_keys(mine: KeyList, theirs: KeyList, upstream_keys: Collection[str]) -> KeyList:
    """The artifact keys: the organisation's own, and upstream's as upstream lists them.

    `upstream_keys` are the ids upstream ever named: one it names no longer counts no longer. Of the organisation's own
    keys it has no say, even where it lists one: whoever shares a key with another index revokes it in both.
    """
    listed = {key.keyid: key for key in theirs.keys}
    found: list[ArtifactKey] = []
    for key in mine.keys:
        now = listed.pop(key.keyid, None)
        if key.keyid not in upstream_keys:
            found.append(key)
        elif now is None:
            found.append(dataclasses.replace(key, revoked=True))
        else:
            found.append(dataclasses.replace(now, revoked=now.revoked or key.revoked))
    return KeyList(keys=(*found, *listed.values()))


def without_dead(records: Mapping[str, Sequence[Artifact]], keys: KeyList) -> dict[str, list[Artifact]]:
    """The records by triple, without those of revoked keys: no client would take them."""
    dead = {key.keyid for key in keys.keys if key.revoked}
    return {triple: [record for record in members if record.keyid not in dead] for triple, members in records.items()}
