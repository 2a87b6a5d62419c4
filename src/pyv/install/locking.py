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
from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.resolve import Preferences, resolve
from pyv.errors import RequestError, ResolutionError, TrustError, UnknownKeyError
from pyv.install.lock_grounds import Grounds, Wanted, triples_of
from pyv.trust.record import verify_record


@dataclass(slots=True)
class _Draft:
    """The lock that is being made."""

    wanted: Wanted
    grounds: Grounds
    entries: list[Locked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_lock(wanted: Wanted, old: Lock, grounds: Grounds, renewed: Iterable[str] = ()) -> tuple[Lock, list[str]]:
    """The lock that is wanted, and what people should know of it; requests in `renewed` are resolved anew.

    Raises:
        ResolutionError: a request has no build for a platform that may not be left out.
        TrustError: all there is was taken back, the policy is against it, or it does not verify; or what is locked
            is signed by somebody nobody vouches for here.
        RequestError: two builds of one version are pinned.
    """
    draft, anew = _Draft(wanted, grounds), frozenset(renewed)
    requests = [parse_request(text) for text in wanted.requests]
    standing = {each.text: {} if each.text in anew else _standing(each, old, draft) for each in requests}
    # what leaves no choice comes first, so that the others can agree with it
    for request in sorted(requests, key=lambda each: (each.build is None, not standing[each.text])):
        stands = standing[request.text]
        leading = next((triple for triple in triples_of(request, wanted) if triple in stands), None)
        _spread(request, leading or triples_of(request, wanted)[0], stands, draft)
    _refuse_two_builds(draft.entries)
    return Lock(entries=tuple(draft.entries)), list(dict.fromkeys(draft.notes))


def _standing(request: VersionRequest, old: Lock, draft: _Draft) -> dict[str, Artifact]:
    """What stays of a request: all that is locked for it, or nothing where anything of it may not.

    A merge may leave two versions of it; then the newest stays, and its platforms follow.

    Raises:
        UnknownKeyError: nobody vouches here for who signed it: another index's records take its place only when asked.
    """
    triples = triples_of(request, draft.wanted)
    found = {triple: artifact for triple, artifact in old.of(request.text).items() if triple in triples}
    for artifact in found.values():
        if not satisfies(request, artifact):
            return {}
        trouble = draft.grounds.trouble(artifact, request)
        if trouble is not None and trouble.remedy:
            raise UnknownKeyError(f"{request.text}: {trouble.reason}", hint=trouble.remedy, keyid=artifact.keyid)
        if trouble is not None:
            draft.notes.append(f"{request.text}: locked anew, since {trouble.reason}")
            return {}
    newest = max((artifact.parsed_version for artifact in found.values()), default=None)
    return {triple: artifact for triple, artifact in found.items() if artifact.parsed_version == newest}


def _spread(request: VersionRequest, leading: str, standing: dict[str, Artifact], draft: _Draft) -> None:
    """Lock what stands, and the same version wherever nothing does."""
    notes = draft.notes if leading not in standing else []  # what was left out before was told before
    if leading not in standing:
        artifacts = draft.grounds.artifacts(leading)
        chosen = _chosen(request, artifacts, Preferences(triple=leading), draft)
        standing = {leading: _signed(_agreed(request, chosen, draft), draft)}
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
        draft.entries.append(Locked(request=request.text, artifact=_agreed(request, artifact, draft)))
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
            hint="name the platforms you need with --triple, or choose another version: "
            f"`pyv available --triple {triple}` lists those it has, `pyv lock --upgrade` takes newer ones",
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


def _agreed(request: VersionRequest, artifact: Artifact, draft: _Draft) -> Artifact:
    """The build of the same version that another request has already, if it will do: only one can have the name."""
    return next(
        (
            entry.artifact
            for entry in draft.entries
            if (entry.triple, entry.artifact.version_name) == (artifact.triple, artifact.version_name)
            and satisfies(request, entry.artifact)
        ),
        artifact,
    )


def _refuse_two_builds(entries: Sequence[Locked]) -> None:
    """Two requests may mean the same version of the same build, and no other."""
    seen: dict[tuple[str, str], Locked] = {}
    for entry in entries:
        artifact = entry.artifact
        first = seen.setdefault((entry.triple, artifact.version_name), entry)
        if first.artifact.sha256 != artifact.sha256:
            raise RequestError(
                f"two builds of {artifact.version_name} are asked for, and only one can have the name: "
                f"{first.artifact.pinned} (`{first.request}`) and {artifact.pinned} (`{entry.request}`)",
                hint="pin one of them, or let the others follow: pyv lock --upgrade",
            )


def _signed(artifact: Artifact, draft: _Draft) -> Artifact:
    """A record of the index, verified: one that does not hold is never passed over, for any platform."""
    verify_record(artifact, draft.grounds.index.keys, draft.grounds.now)
    return artifact
