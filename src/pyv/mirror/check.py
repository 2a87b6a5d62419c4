"""Is a mirror sound? Everything a client could meet in it, looked at without changing a byte.

The metadata is followed from the first root on; every record's signature is checked, and every archive against the
record that names it: its size, or all of its bytes. No lock is taken, so a mirror on a read-only disk can be looked at;
what is published meanwhile may be told as missing or unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived
from pyv.domain.timestamp import utc
from pyv.errors import DocumentError, TransferError, TrustError
from pyv.index.reading import PACK, packed
from pyv.mirror.chain import Chain, follow
from pyv.mirror.derived import derived_triples, read_derived
from pyv.mirror.generation import hashed, read_generation
from pyv.mirror.hashing import wrong_digests
from pyv.mirror.holdings import BLOBS, Blobs, blobs_of, every_record, wanted_of
from pyv.mirror.layout import Mirror
from pyv.mirror.linked import wrong_links
from pyv.mirror.settings import Settings, read_settings
from pyv.transfer.files import read_file
from pyv.transfer.progress import Progress
from pyv.trust.derived import verify_derived
from pyv.trust.keys import KeyList
from pyv.trust.record import verify_record

BROKEN, EXPIRED, UNTRUSTED = "broken", "expired", "untrusted"
DAMAGED, MISSING, UNKNOWN = "damaged", "missing", "unknown"
_TRUST = frozenset({BROKEN, EXPIRED, UNTRUSTED})
_PACK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    kind: str
    what: str
    """A role, a file by its name in the mirror, or a record."""
    why: str

    @property
    def is_of_trust(self) -> bool:
        """Whether a client would not believe it, rather than not get it."""
        return self.kind in _TRUST

    @property
    def told(self) -> str:
        """The fault in a line."""
        return f"{self.kind} {self.what}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found."""

    faults: tuple[Fault, ...] = ()
    timestamp: int = 0
    """The version of the timestamp that was followed; 0 where none could be."""
    records: int = 0
    archives: int = 0
    """Archives that were looked at."""
    size: int = 0
    """Their bytes."""
    not_chosen: int = 0
    """Records of a hybrid mirror whose archive is not there, and need not be."""

    @property
    def is_believed(self) -> bool:
        """Whether nothing stands against its signatures."""
        return not any(fault.is_of_trust for fault in self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What may lie below blobs/, and has to."""

    names: Mapping[str, str] = field(default_factory=dict)
    """What is called so, by sha256."""
    sizes: Mapping[str, int | None] = field(default_factory=dict)
    """Bytes by sha256; None where no record says."""
    wanted: frozenset[str] = frozenset()


def verify_mirror(mirror: Mirror, now: float, *, quick: bool, jobs: int, progress: Progress) -> Verdict:
    """Look at everything; `quick` looks at sizes only and reads no archive.

    Raises:
        StoreError: there is no mirror, or it cannot be read. DocumentError: what it knows of itself is damaged.
    """
    mirror.read_keys()
    settings, blobs = read_settings(mirror), blobs_of(mirror)
    faults = [Fault(UNKNOWN, name, "not the name of an archive") for name in blobs.others]
    verdict = Verdict(archives=len(blobs.sizes), size=sum(blobs.sizes.values()))
    chain, named = _followed(mirror, now, faults), _Named()
    if chain is not None:
        records, derived = every_record(chain.manifests), _derived(mirror, faults)
        named = _named(mirror, settings, chain, records, derived)
        faults += _untrusted(records, derived, chain.keys, now)
        faults += _missing(named, blobs)
        faults += _wrong_links(mirror, records, quick=quick)
        absent = {record.sha256 for record in records} - blobs.sizes.keys() - named.wanted
        verdict = replace(verdict, timestamp=chain.timestamp, records=len(records), not_chosen=len(absent))
    faults += _damaged(mirror, named, blobs, quick=quick, jobs=jobs, progress=progress)
    return replace(verdict, faults=tuple(sorted(faults, key=_order)))


def _order(fault: Fault) -> tuple[bool, str, str]:
    return not fault.is_of_trust, fault.kind, fault.what


def _followed(mirror: Mirror, now: float, faults: list[Fault]) -> Chain | None:
    """The chain, with what is wrong of it added; None where it leads to no records."""
    try:
        chain = follow(mirror, now)
    except (TrustError, TransferError, DocumentError) as fault:
        faults.append(Fault(BROKEN, "metadata", fault.message))
        return None
    faults += [Fault(EXPIRED, role, f"good until {utc(at)}") for role, at in chain.expired(now).items()]
    faults += _wrong_in_pack(mirror)
    return chain


def _wrong_in_pack(mirror: Mirror) -> Iterator[Fault]:
    """Clients take small files from the pack first: it must not say anything else."""

    def read(name: str, max_bytes: int) -> bytes | None:
        return read_file(mirror.path / name, max_bytes)

    generation, read_packed = read_generation(mirror), packed(read)
    if generation is None:
        return
    small = [hashed(name, sha) for name, sha in generation.targets.items() if not name.startswith("manifest/")]
    for name in sorted([*generation.files(), *small]):
        if read_packed(name, _PACK_BYTES) != read(name, _PACK_BYTES):
            yield Fault(DAMAGED, PACK, f"it has other bytes of {name} than the mirror")


def _derived(mirror: Mirror, faults: list[Fault]) -> list[Derived]:
    found: list[Derived] = []
    for triple in derived_triples(mirror):
        try:
            found += read_derived(mirror, triple)
        except DocumentError as fault:
            faults.append(Fault(DAMAGED, f"derived/{triple}.json", fault.message))
    return found


def _untrusted(records: list[Artifact], derived: list[Derived], keys: KeyList, now: float) -> Iterator[Fault]:
    for record in records:
        try:
            verify_record(record, keys, now)
        except TrustError as fault:
            yield Fault(UNTRUSTED, record.name, fault.message)
    for packing in derived:
        key = keys.find(packing.keyid)
        try:
            if key is not None:  # a key the index does not list counts where a policy names it
                verify_derived(packing, key, f"packing {packing.sha256[:16]}")
        except TrustError as fault:
            yield Fault(UNTRUSTED, f"the packing {packing.sha256} of {packing.origin}", fault.message)


def _named(mirror: Mirror, settings: Settings, chain: Chain, records: list[Artifact], derived: list[Derived]) -> _Named:
    wanted = {record.sha256 for record in wanted_of(mirror, settings, chain.manifests, chain.revocations)}
    packings = {each.sha256: each for each in derived}
    called = {sha256: f"a packing of {each.origin}" for sha256, each in packings.items()}
    sizes: dict[str, int | None] = {sha256: each.size for sha256, each in packings.items()}
    return _Named(
        names={**called, **{record.sha256: record.name for record in records}},
        sizes={**sizes, **{record.sha256: record.size for record in records}},
        wanted=frozenset(wanted | packings.keys()),
    )


def _missing(named: _Named, blobs: Blobs) -> Iterator[Fault]:
    for sha256 in named.wanted - blobs.sizes.keys():
        yield Fault(MISSING, BLOBS + sha256, named.names[sha256])


def _wrong_links(mirror: Mirror, records: list[Artifact], *, quick: bool) -> Iterator[Fault]:
    for name, is_named in wrong_links(mirror, records, thorough=not quick):
        if is_named:
            yield Fault(DAMAGED, name, "it is another archive than the record of that name says")
        else:
            yield Fault(UNKNOWN, name, "no record has that name")


def _damaged(
    mirror: Mirror, named: _Named, blobs: Blobs, *, quick: bool, jobs: int, progress: Progress
) -> Iterator[Fault]:
    whole = dict(blobs.sizes)
    for sha256, size in blobs.sizes.items():
        stated = named.sizes.get(sha256)
        if stated is not None and size != stated:
            del whole[sha256]
            yield Fault(DAMAGED, BLOBS + sha256, f"{named.names[sha256]}: {size} bytes, and its record says {stated}")
    if not quick:
        for sha256, why in wrong_digests(mirror, whole, jobs=jobs, progress=progress):
            yield Fault(DAMAGED, BLOBS + sha256, f"{named.names.get(sha256, 'no record names it')}: {why}")
