"""The delegations of one index repeated by another: the same roles, keys and thresholds, and nothing besides."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from tuf.api.metadata import DelegatedRole, Delegations, Metadata

from pyv.errors import DocumentError
from pyv.trust.authoring import Draft

Paths = Mapping[str, tuple[str, ...]]
"""The targets each role may list, by role: ours to say, whatever the other index says."""


def delegates_like(mine: Draft, theirs: Draft, paths: Paths) -> bool:
    """Whether targets give these roles the keys and thresholds another's give them, and delegate to no other role."""
    found = mine.metadata.signed.delegations
    return found is not None and found.to_dict() == _like(theirs, paths).to_dict()


def delegating_like(mine: Draft, theirs: Draft, paths: Paths) -> Draft:
    """The same targets, unsigned, delegating to these roles alone, to the keys another's targets name for them.

    Raises:
        DocumentError: those do not delegate to one of them.
    """
    signed = copy.deepcopy(mine.metadata.signed)
    signed.delegations = _like(theirs, paths)
    return Draft(Metadata(signed))


def _like(targets: Draft, paths: Paths) -> Delegations:
    theirs = targets.metadata.signed.delegations
    found, keys = {}, {}
    for name, listed in paths.items():
        role = None if theirs is None else (theirs.roles or {}).get(name)
        if theirs is None or role is None:
            raise DocumentError(f"the targets of that index name nobody for {name}", hint="its publisher has to")
        found[name] = DelegatedRole(name, list(role.keyids), role.threshold, terminating=True, paths=list(listed))
        keys.update({keyid: copy.deepcopy(theirs.keys[keyid]) for keyid in role.keyids if keyid in theirs.keys})
    return Delegations(keys=keys, roles=found)
