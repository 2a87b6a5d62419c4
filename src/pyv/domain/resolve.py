"""From a request to one artifact, or to an error that says what there is instead.

Order: newest version, then newest build date, then flavor in the design's order, then the option-free build.
Static builds resolve only with a build tag; a build the host cannot run never resolves. What is objected to
(`pyv.domain.objection`) is passed over while there is anything else, and the resolution says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.objection import Objection, Objector, nobody
from pyv.domain.request import VersionRequest
from pyv.domain.triple import Host, refusal
from pyv.errors import ResolutionError

_NEAR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the options of a command add to a request."""

    triple: str
    flavor: str | None = None
    build: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The artifact chosen, and the sentence that says why."""

    artifact: Artifact
    why: str
    objection: Objection | None = None
    """What there is against it: set only where there is something against every other one too."""
    passed: tuple[tuple[Artifact, Objection], ...] = ()
    """What would have been chosen before it, and why it was not."""


def preference(artifact: Artifact) -> tuple[object, ...]:
    """The order of choice among matching artifacts: the largest wins."""
    options = set(artifact.options.split("+")) - {"freethreaded", "debug"}
    return (
        artifact.parsed_version,
        artifact.date,
        -FLAVORS.index(artifact.flavor),
        options <= {"", "pgo", "lto"} or "pgo" in options,
        -len(options),
    )


def resolve(
    request: VersionRequest,
    artifacts: Sequence[Artifact],
    host: Host,
    preferences: Preferences,
    objects: Objector = nobody,
) -> Resolution:
    """Choose; where `objects` has something against every match, the resolution carries that.

    Raises:
        ResolutionError: nothing matches (naming near misses), or nothing this host can run (naming the reason).
    """
    build = preferences.build or request.build
    matching = [
        artifact
        for artifact in artifacts
        if artifact.variant == request.variant
        and (preferences.flavor is None or artifact.flavor == preferences.flavor)
        and (artifact.build == build if build else not artifact.is_static)
        and request.accepts(artifact.parsed_version)
    ]
    if not matching:
        raise _no_match(request, artifacts, preferences, build)
    reason = refusal(preferences.triple, host)
    if reason is not None:
        raise ResolutionError(
            f"`{request.text}` has builds for {preferences.triple}, but this host cannot run them: {reason}",
            hint=f"this host runs {host.triple}",
            request=request.text,
            triple=preferences.triple,
        )
    return _chosen(request, sorted(matching, key=preference, reverse=True), objects, preferences, build)


def _chosen(
    request: VersionRequest,
    matching: Sequence[Artifact],
    objects: Objector,
    preferences: Preferences,
    build: str | None,
) -> Resolution:
    """The first without an objection; else, for an exact request, the first whose objection yields; else the best."""
    passed: list[tuple[Artifact, Objection]] = []
    for artifact in matching:
        objection = objects(artifact)
        if objection is None:
            why = _why(request, artifact, preferences, build)
            return Resolution(artifact=artifact, why=why, passed=tuple(passed))
        passed.append((artifact, objection))
    yielding = (number for number, (_, objection) in enumerate(passed) if objection.yields and request.is_exact)
    number = next(yielding, 0)
    best, objection = passed[number]
    return Resolution(
        artifact=best,
        why=_why(request, best, preferences, build),
        objection=objection,
        passed=tuple(passed[:number]),
    )


def _why(request: VersionRequest, best: Artifact, preferences: Preferences, build: str | None) -> str:
    version = "the version named" if request.is_exact else f"the newest release inside `{request.text}`"
    which = "the build named" if build else "its newest build"
    flavor = "the flavor named" if preferences.flavor else "the first flavor it has"
    return f"{best.version_name} is {version}; {best.build} is {which}; {best.flavor} is {flavor}"


def _names(artifacts: Iterable[Artifact], describe: Callable[[Artifact], str]) -> list[str]:
    ordered = sorted(artifacts, key=preference, reverse=True)
    return list(dict.fromkeys(describe(artifact) for artifact in ordered))[:_NEAR]


def _no_match(
    request: VersionRequest,
    artifacts: Sequence[Artifact],
    preferences: Preferences,
    build: str | None,
) -> ResolutionError:
    """Widen one condition after the other, and name what the first widening finds."""
    inside = [a for a in artifacts if request.accepts(a.parsed_version)]
    same_variant = [a for a in inside if a.variant == request.variant]
    wanted = f"`{request.text}`"
    where = f"for {preferences.triple}"
    if same_variant and build and all(a.build != build for a in same_variant):
        near, lack = (
            _names(same_variant, lambda a: a.pinned),
            f"no build {build} of {wanted} {where}",
        )
    elif same_variant and preferences.flavor:
        flavors = _names((a for a in same_variant if not build or a.build == build), lambda a: a.flavor)
        near, lack = flavors, f"no {preferences.flavor} archive of {wanted} {where}"
    elif same_variant:
        near, lack = (
            _names(same_variant, lambda a: a.pinned),
            f"only static builds of {wanted} {where}",
        )
    elif inside:
        near, lack = (
            _names(inside, lambda a: a.version_name),
            f"no {request.variant.label} build of {wanted} {where}",
        )
    else:
        near, lack = _nearby(request, artifacts), f"no build of {wanted} {where}"
    hint = f"there is {', '.join(near)}" if near else "see what there is with `pyv available`"
    return ResolutionError(lack, hint=hint, request=request.text, triple=preferences.triple, near=near)


def _nearby(request: VersionRequest, artifacts: Sequence[Artifact]) -> list[str]:
    """Versions that share the request's minor (pre-releases included), else the newest ones of all."""
    minor = request.release[:2]
    same = [a for a in artifacts if a.variant == request.variant]
    close = [a for a in same if len(minor) == 2 and a.parsed_version[:2] == minor]
    return _names(close or (a for a in same if not a.parsed_version.is_prerelease), lambda a: a.version_name)
