"""What is wanted of a lock, and what decides about each of its records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock
from pyv.domain.objection import Objector, objector
from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.triple import Host, host_of
from pyv.errors import TrustError, UnknownKeyError
from pyv.index.opened import Index
from pyv.install.local import Judges
from pyv.trust.record import verify_record

COMMON_TRIPLES = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
)
"""Where jobs and people run, as a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a lock is to hold."""

    requests: tuple[str, ...]
    triples: tuple[str, ...]
    """In order; the first one leads."""
    demanded: frozenset[str]
    """Those that may not be left out where they have no build."""


class Trouble(NamedTuple):
    """What there is against a record that is locked."""

    reason: str
    is_refused: bool
    """Whether it is not installed either; a yank gives way to a lock, which names one build exactly."""
    remedy: str = ""
    """What to do about it, if that is not to lock anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What decides."""

    index: Index
    """As it is now: where records come from."""
    judges: Judges
    """Who has a say about what is locked already."""
    host: Host
    now: float
    """Seconds since the epoch."""
    manifests: dict[str, list[Artifact]] = field(default_factory=dict, repr=False, compare=False)
    """Those that were read, so that none is read twice."""

    def artifacts(self, triple: str) -> list[Artifact]:
        """What the index has for a platform.

        Raises:
            ResolutionError: nothing.
        """
        if triple not in self.manifests:
            self.manifests[triple] = self.index.artifacts(triple)
        return self.manifests[triple]

    def machine(self, triple: str) -> Host:
        """This host, or one that runs builds for another platform: what that one lacks is not known here."""
        return self.host if triple == self.host.triple else host_of(triple)

    @property
    def against(self) -> Objector:
        """What there is against a record of the index."""
        return objector(self.index.revocations, self.judges.policy, self.now)

    def trouble(self, artifact: Artifact, request: VersionRequest) -> Trouble | None:
        """Why a record that is locked may not stay; None where it may."""
        try:
            verify_record(artifact, self.judges.keys, self.now)
        except TrustError as fault:
            unknown = self.judges.against_key(artifact) if isinstance(fault, UnknownKeyError) else ""
            remedy = "accept the index it is from (pyv trust add), or lock what this index has: pyv lock --upgrade"
            return Trouble(unknown or fault.message, is_refused=True, remedy=remedy if unknown else "")
        objection = objector(self.judges.revocations, self.judges.policy, self.now)(artifact)
        if objection is None or (objection.yields and request.is_exact):
            return None
        return Trouble(objection.error.message, is_refused=not objection.yields)


def wanted_for(requests: Iterable[str], named: Sequence[str], old: Lock, host: Host) -> Wanted:
    """The platforms named, else those that are locked already or else the common ones, and this host's."""
    here = host.triple
    if named:
        triples, demanded = tuple(dict.fromkeys(named)), frozenset(named)
        leading = here if here in triples else triples[0]
    else:
        shared = sorted({each.triple for each in old.entries if parse_request(each.request).triple is None})
        triples, demanded, leading = tuple(shared) or COMMON_TRIPLES, frozenset({here}), here
    return Wanted(
        requests=tuple(dict.fromkeys(requests)),
        triples=tuple(dict.fromkeys((leading, *triples))),
        demanded=demanded,
    )


def triples_of(request: VersionRequest, wanted: Wanted) -> tuple[str, ...]:
    """The platforms of a request: it may name one itself."""
    return wanted.triples if request.triple is None else (request.triple,)
