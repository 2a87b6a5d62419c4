"""What an index offers: to this host, or to every platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyv.domain.artifact import Artifact, build_date
from pyv.domain.request import VersionRequest
from pyv.domain.resolve import preference
from pyv.errors import ResolutionError
from pyv.index.opened import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Artifacts, oldest version first."""

    artifacts: tuple[Artifact, ...]
    newest_build: str | None
    """The publication date (YYYYMMDD) of the newest build the manifests hold."""


def offer(index: Index, triples: Sequence[str], request: VersionRequest | None, *, every_build: bool) -> Offer:
    """The artifacts of some triples inside a request; `every_build` keeps builds and flavors apart.

    Triples the index has nothing for are passed over, unless it has nothing for the only one asked for.

    Raises:
        ResolutionError, DocumentError: a manifest is not there, or cannot be read.
    """
    if len(triples) == 1:
        artifacts = index.artifacts(triples[0])
    else:
        artifacts = [artifact for triple in triples for artifact in index.manifest(triple) or ()]
    if request is not None and not any(_inside(request, artifact) for artifact in artifacts):
        raise ResolutionError(
            f"no build of `{request.text}` for {', '.join(triples[:3])}{', …' if len(triples) > 3 else ''}",
            hint="leave the version out to see all there is",
            request=request.text,
        )
    newest = max((build_date(artifact.build) for artifact in artifacts), default=None)
    if request is not None:
        artifacts = [artifact for artifact in artifacts if _inside(request, artifact)]
    if not every_build:
        artifacts = _best_of_each(artifact for artifact in artifacts if not artifact.is_static)
    artifacts.sort(key=lambda a: (a.parsed_version, a.variant, a.triple, preference(a)))
    return Offer(artifacts=tuple(artifacts), newest_build=newest)


def _inside(request: VersionRequest, artifact: Artifact) -> bool:
    """A listing shows every variant of a version unless the request names one."""
    if any(request.variant) and artifact.variant != request.variant:
        return False
    if request.build is not None and artifact.build != request.build:
        return False
    return request.accepts(artifact.parsed_version)


def _best_of_each(artifacts: Iterable[Artifact]) -> list[Artifact]:
    best: dict[tuple[str, str], Artifact] = {}
    for artifact in artifacts:
        key = (artifact.triple, artifact.version_name)
        if key not in best or preference(artifact) > preference(best[key]):
            best[key] = artifact
    return list(best.values())
