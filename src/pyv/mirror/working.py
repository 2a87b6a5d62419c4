"""The operator's working copies, seen as the targets they are to become."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.trust.record import verify_record
from pyv.trust.roles import LISTING, lister


def contents(mirror: Mirror) -> dict[str, bytes]:
    """The working copies and what was published of them, by sha256."""
    found = {}
    for path in mirror.path.glob("targets/*/[!.]*.json"):
        with translated("read", path):
            content = path.read_bytes()
        found[hashlib.sha256(content).hexdigest()] = content
    return found


def check_working(mirror: Mirror, published: Mapping[str, str], now: float) -> None:
    """Refuse to publish what no client could use: whoever edited a working copy by hand hears of it here.

    `published` is sha256 by target; a manifest that was published as it is has been looked at.

    Raises:
        DocumentError: one cannot be read. TrustError: a record is not signed by a key of the mirror.
    """
    mirror.read_revocations()
    keys = mirror.read_keys().without_limits()
    known = set(published.values())
    for triple in mirror.triples():
        path = mirror.manifest(triple)
        with translated("read", path):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest not in known:
            for record in mirror.read_manifest(triple):
                verify_record(record, keys, now)


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
