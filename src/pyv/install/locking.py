"""Choosing what a lock holds: for each request one version, the same on every platform, each record verified.

What is locked stays as long as it answers its request, its signature holds, and neither its publisher nor the policy
is against it; a lock changes where it must, or where a person asks. A request is resolved for the leading platform as
an installation there would resolve it; the others take the same version, of the same build where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock, Locked
from pyv.domain.lock_drift import satisfies
from pyv.domain.objection import Objector, objector
from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.resolve import Preferences, resolve
from pyv.domain.triple import Host, host_of
from pyv.errors import ResolutionError, TrustError
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

    def trouble(self, artifact: Artifact, request: VersionRequest) -> TrustError | None:
        """Why a record that is locked may not stay; None where it may."""
        try:
            verify_record(artifact, self.judges.keys, self.now)
        except TrustError as fault:
            return fault
        objection = objector(self.judges.revocations, self.judges.policy, self.now)(artifact)
        if objection is None or (objection.yields and request.is_exact):
            return None
        return objection.error


@dataclass(slots=True)
class _Draft:
    """The lock that is being made."""

    wanted: Wanted
    grounds: Grounds
    entries: list[Locked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def wanted_for(requests: Iterable[str], named: Sequence[str], old: Lock, host: Host) -> Wanted:
    """The platforms named, else those that are locked already or else the common ones, and this host's."""
    here = host.triple
    if named:
        triples, demanded = tuple(dict.fromkeys(named)), frozenset(named)
        leading = here if here in triples else triples[0]
    else:
        triples, demanded, leading = old.triples or COMMON_TRIPLES, frozenset({here}), here
    return Wanted(
        requests=tuple(dict.fromkeys(requests)),
        triples=tuple(dict.fromkeys((leading, *triples))),
        demanded=demanded,
    )


def make_lock(wanted: Wanted, old: Lock, grounds: Grounds, renewed: Iterable[str] = ()) -> tuple[Lock, list[str]]:
    """The lock that is wanted, and what people should know of it; requests in `renewed` are resolved anew.

    Raises:
        ResolutionError: a request has no build for a platform that may not be left out.
        TrustError: all there is was taken back, the policy is against it, or it does not verify.
    """
    draft, anew = _Draft(wanted, grounds), frozenset(renewed)
    for text in wanted.requests:
        request = parse_request(text)
        standing = {} if text in anew else _standing(request, old, draft)
        leading = next((triple for triple in triples_of(request, wanted) if triple in standing), None)
        _spread(request, leading or triples_of(request, wanted)[0], standing, draft)
    return Lock(entries=tuple(draft.entries)), list(dict.fromkeys(draft.notes))


def triples_of(request: VersionRequest, wanted: Wanted) -> tuple[str, ...]:
    """The platforms of a request: it may name one itself."""
    return wanted.triples if request.triple is None else (request.triple,)


def _standing(request: VersionRequest, old: Lock, draft: _Draft) -> dict[str, Artifact]:
    """What stays of a request: all that is locked for it, or nothing where anything of it may not."""
    triples = triples_of(request, draft.wanted)
    found = {triple: artifact for triple, artifact in old.of(request.text).items() if triple in triples}
    for artifact in found.values():
        if not satisfies(request, artifact):
            return {}
        trouble = draft.grounds.trouble(artifact, request)
        if trouble is not None:
            draft.notes.append(f"{request.text}: locked anew, since {trouble.message}")
            return {}
    return found


def _spread(request: VersionRequest, leading: str, standing: dict[str, Artifact], draft: _Draft) -> None:
    """Lock what stands, and the same version wherever nothing does."""
    notes = draft.notes if leading not in standing else []  # what was left out before was told before
    if leading not in standing:
        artifacts = draft.grounds.artifacts(leading)
        standing = {leading: _signed(_chosen(request, artifacts, Preferences(triple=leading), draft), draft)}
    missing = []
    for triple in triples_of(request, draft.wanted):
        artifact = standing.get(triple)
        if artifact is None:
            try:
                artifact = _same_version(request, standing[leading], triple, draft)
            except (ResolutionError, TrustError) as fault:
                if triple in draft.wanted.demanded or triple == request.triple:
                    raise
                if isinstance(fault, ResolutionError):
                    missing.append(triple)
                else:
                    notes.append(f"{request.text}: not locked for {triple}: {fault.message}")
                continue
            _signed(artifact, draft)
        draft.entries.append(Locked(request=request.text, artifact=artifact))
    if missing:
        notes.append(f"{request.text}: no build of {standing[leading].version_name} for {', '.join(missing)}")


def _same_version(request: VersionRequest, like: Artifact, triple: str, draft: _Draft) -> Artifact:
    """The build of the same version for another platform: of the same tag, else the newest.

    Raises:
        ResolutionError, TrustError: there is none that may be taken.
    """
    same = [
        artifact
        for artifact in draft.grounds.artifacts(triple)
        if artifact.parsed_version == like.parsed_version and satisfies(request, artifact)
    ]
    if not same:
        raise ResolutionError(
            f"no build of {like.version_name}, which `{request.text}` is on {like.triple}, for {triple}",
            hint=f"name the platforms you need with --triple, or pin a version it has: pyv available --triple {triple}",
            request=request.text,
            triple=triple,
        )
    alike = [artifact for artifact in same if artifact.build == like.build]
    try:
        return _chosen(request, alike, Preferences(triple=triple), draft)
    except (ResolutionError, TrustError):
        return _chosen(request, same, Preferences(triple=triple), draft)


def _chosen(
    request: VersionRequest, artifacts: Sequence[Artifact], preferences: Preferences, draft: _Draft
) -> Artifact:
    """What an installation takes, on a machine of that platform.

    Raises:
        ResolutionError, TrustError: there is nothing that may be taken.
    """
    grounds = draft.grounds
    resolution = resolve(request, artifacts, grounds.machine(preferences.triple), preferences, grounds.against)
    objection = resolution.objection
    if objection is not None:
        if not (objection.yields and request.is_exact):
            raise objection.error
        draft.notes.append(f"{request.text}: warning: {objection.error.message}")
    return resolution.artifact


def _signed(artifact: Artifact, draft: _Draft) -> Artifact:
    """A record of the index, verified: one that does not hold is never passed over, for any platform."""
    verify_record(artifact, draft.grounds.index.keys, draft.grounds.now)
    return artifact
