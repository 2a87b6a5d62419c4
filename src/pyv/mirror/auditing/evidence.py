"""What an audit judges, read once: what is published, what lies there, and what upstream is known to take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived
from pyv.domain.revocation import Revocations, parse_revocations, union
from pyv.errors import StoreError
from pyv.index.anchors import accepted, embedded_anchor
from pyv.index.cache import Cache
from pyv.index.embedded import embedded_index
from pyv.index.opened import Index, decoded
from pyv.index.state import KEYS, REVOKED
from pyv.mirror.generation import Generation, hashed, read_generation
from pyv.mirror.holdings import Blobs, blobs_of, every_packing, every_record, published_manifests
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import EMBEDDED, Settings, read_settings
from pyv.store.atomic import translated
from pyv.trust.keys import KeyList, parse_key_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Upstream as it is now, asked for this audit and verified."""

    place: str
    published: str
    """When its publisher made that state, UTC; empty where nobody says."""
    revocations: Revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One mirror at one moment."""

    mirror: Mirror
    now: float
    settings: Settings
    current: Generation
    keys: KeyList
    """As they are published."""
    revocations: Revocations
    """The same."""
    manifests: Mapping[str, Sequence[Artifact]] = field(repr=False)
    """The same."""
    blobs: Blobs = field(repr=False)
    derived: tuple[Derived, ...] = field(repr=False)
    embedded: Index
    """What came with this pyv."""
    remembered: Revocations
    """What upstream took back, as the last synchronisations saw it."""
    asked: Asked | None

    @property
    def records(self) -> list[Artifact]:
        """Every published record."""
        return every_record(self.manifests)

    @property
    def of_embedded(self) -> bool:
        """Whether the embedded index is its upstream, by name or by the signatures of records."""
        if self.settings.upstream == EMBEDDED:
            return True
        theirs = {key.keyid for key in self.embedded.keys.keys}
        return any(record.keyid in theirs for record in self.records)

    @property
    def takes_from_upstream(self) -> bool:
        """Whether anything in it is upstream's."""
        known = set(self.settings.upstream_keys)
        return self.settings.is_hybrid or self.of_embedded or any(record.keyid in known for record in self.records)

    @property
    def lists(self) -> dict[str, Revocations]:
        """Every list that counts for what the mirror offers, by whose it is."""
        found = {"the mirror's own list": self.revocations, "upstream as it was seen last": self.remembered}
        if self.asked is not None:
            found[f"upstream, {self.asked.place}"] = self.asked.revocations
        if self.of_embedded:
            found["the index embedded in pyv"] = self.embedded.revocations
        return found


def read_evidence(mirror: Mirror, now: float, asked: Asked | None) -> Evidence:
    """Read all of it.

    Raises:
        StoreError: nothing is published, or it is damaged. DocumentError: something cannot be read.
    """
    mirror.read_keys()
    current = read_generation(mirror)
    if current is None:
        raise StoreError(
            f"{mirror.path} has published nothing yet",
            hint=f"publish first: pyv mirror sign publish {mirror.path} --keys KEYDIR",
            path=str(mirror.path),
        )
    return Evidence(
        mirror=mirror,
        now=now,
        settings=read_settings(mirror),
        current=current,
        keys=parse_key_list(_published(mirror, current, KEYS), KEYS),
        revocations=parse_revocations(_published(mirror, current, REVOKED), REVOKED),
        manifests=published_manifests(mirror, current),
        blobs=blobs_of(mirror),
        derived=tuple(every_packing(mirror)),
        embedded=embedded_index(),
        remembered=_remembered(mirror),
        asked=asked,
    )


def _published(mirror: Mirror, current: Generation, name: str) -> str:
    path = mirror.path / hashed(name, current.targets[name])
    with translated("read", path):
        return decoded(path.read_bytes(), str(path))


def _remembered(mirror: Mirror) -> Revocations:
    own, found = embedded_anchor(), Revocations()
    for anchor in (*accepted(mirror.work), *([] if own is None else [own])):
        found = union(found, Cache(mirror.work, anchor.ident).revocations())
    return found
