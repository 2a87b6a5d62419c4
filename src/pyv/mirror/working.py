"""The operator's working copies, seen as the targets they are to become."""

from __future__ import annotations

import hashlib

from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.trust.roles import LISTING, lister


def contents(mirror: Mirror) -> dict[str, bytes]:
    """The working copies and what was published of them, by sha256."""
    found = {}
    for path in mirror.path.glob("targets/*/[!.]*.json"):
        with translated("read", path):
            content = path.read_bytes()
        found[hashlib.sha256(content).hexdigest()] = content
    return found


def wanted_listing(mirror: Mirror) -> dict[str, dict[str, tuple[str, int]]]:
    """What each role is to list, according to the working copies."""
    wanted: dict[str, dict[str, tuple[str, int]]] = {role.name: {} for role in LISTING}
    paths = [mirror.key_list, mirror.revocation_list, *(mirror.manifest(triple) for triple in mirror.triples())]
    for path in paths:
        with translated("read", path):
            content = path.read_bytes()
        name = str(path.relative_to(mirror.path / "targets"))
        wanted[lister(name).name][name] = (hashlib.sha256(content).hexdigest(), len(content))
    return wanted
