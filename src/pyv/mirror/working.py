"""The operator's working copies, seen as the targets they are to become."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyv.domain.lines import canonical_json
from pyv.mirror.generation import hashed
from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.trust.record import verify_record
from pyv.trust.roles import LISTING, lister

_HASHED = re.compile(r"(?P<sha256>[0-9a-f]{64})\..+")


class Contents(Mapping[str, bytes]):
    """Documents by sha256, each read when it is asked for: together they may be larger than memory.

    One that has changed since is not there.
    """

    def __init__(self, paths: Mapping[str, Path], held: Mapping[str, bytes]) -> None:
        self._paths, self._held = paths, held

    def __getitem__(self, sha256: str) -> bytes:
        if sha256 in self._held:
            return self._held[sha256]
        path = self._paths[sha256]
        with translated("read", path):
            content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise KeyError(sha256)
        return content

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths.keys() | self._held.keys())

    def __len__(self) -> int:
        return len(self._paths.keys() | self._held.keys())


def contents(mirror: Mirror, held: Mapping[str, bytes] | None = None) -> Contents:
    """The working copies and what was published of them, by sha256; and what is `held` in memory already."""
    named: dict[str, Path] = {}
    working: dict[str, Path] = {}
    for path in mirror.path.glob("targets/*/[!.]*.json"):
        match = _HASHED.fullmatch(path.name)
        if match is not None:
            named[match["sha256"]] = path
        else:
            with translated("read", path):
                working[hashlib.sha256(path.read_bytes()).hexdigest()] = path
    return Contents({**named, **working}, held or {})


def check_working(mirror: Mirror, published: Mapping[str, str], now: float) -> int:
    """Refuse to publish what no client could use: whoever edited a working copy by hand hears of it here.

    `published` is sha256 by target; a record that was published as it is has been looked at. Returns how many
    signatures had to be checked.

    Raises:
        DocumentError: one cannot be read. TrustError: a record is not signed by a key of the mirror.
    """
    mirror.read_revocations()
    keys = mirror.read_keys().without_limits()
    known = set(published.values())
    checked = 0
    for triple in mirror.triples():
        path = mirror.manifest(triple)
        with translated("read", path):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in known:
            continue
        before = _published_lines(mirror, published, f"manifest/{triple}.json")
        for record in mirror.read_manifest(triple):
            if keys.find(record.keyid) is None or canonical_json(record.to_dict()) not in before:
                verify_record(record, keys, now)
                checked += 1
    return checked


def _published_lines(mirror: Mirror, published: Mapping[str, str], target: str) -> frozenset[str]:
    """The lines of a document as it was published; none where it was not, or is damaged."""
    path = mirror.path / hashed(target, published.get(target, ""))
    with translated("read", path):
        content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != published.get(target):
        return frozenset()
    return frozenset(content.decode("ascii", "replace").split("\n"))


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
