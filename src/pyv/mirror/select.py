"""Which of upstream's archives an index names.

Every `install_only` and `install_only_stripped` archive with a sha256; of the `full` ones only the newest build per
version, triple and variant, for freethreaded and debug builds that exist in no other flavor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyv.domain.artifact import Artifact
from pyv.domain.variant import DEFAULT, Variant
from pyv.errors import DocumentError
from pyv.mirror.facts import Fact

Identity = tuple[str, str, str, str, str]

_OPTIMISED = (frozenset({"pgo", "lto"}), frozenset({"pgo"}), frozenset({"lto"}), frozenset({"noopt"}))
_NOT_OPTIMISATIONS = {"freethreaded", "debug", "shared", "static", ""}


def identity(artifact: Artifact) -> Identity:
    """What no two archives of an index share."""
    return (artifact.version, artifact.triple, artifact.flavor, artifact.options, artifact.build)


def select_artifacts(facts: Iterable[Fact], existing: Sequence[Artifact] = ()) -> list[Artifact]:
    """The unsigned records to add to an index that already holds `existing`.

    Raises:
        DocumentError: two facts name one archive, or a fact contradicts a record that is there.
    """
    known = {identity(artifact): artifact for artifact in existing}
    found: dict[Identity, tuple[Artifact, Fact]] = {}
    for fact in facts:
        if fact.sha256 is None or fact.tag is None:
            continue
        artifact = fact.to_artifact()
        key = identity(artifact)
        if key in found:
            raise _twice(artifact, found[key][1], fact)
        if key in known and known[key].sha256 != artifact.sha256:
            raise _contradiction(known[key], fact)
        found[key] = (artifact, fact)
    unsigned = [artifact for artifact, _ in found.values()]
    chosen = [artifact for artifact in unsigned if artifact.flavor != "full"]
    chosen += _full_builds(unsigned, [*chosen, *existing])
    return [artifact for artifact in chosen if identity(artifact) not in known]


def _twice(artifact: Artifact, first: Fact, second: Fact) -> DocumentError:
    return DocumentError(
        f"two facts name {artifact.name}: `{first.file}` ({first.sha256}, {first.origin})"
        f" and `{second.file}` ({second.sha256}, {second.origin})",
        hint="remove the one that is wrong",
        artifact=artifact.name,
    )


def _contradiction(artifact: Artifact, fact: Fact) -> DocumentError:
    return DocumentError(
        f"the index has {artifact.name} with sha256 {artifact.sha256}, but `{fact.file}` has {fact.sha256}"
        f" ({fact.origin})",
        hint="published archives never change: find out which one is genuine before anything is signed",
        artifact=artifact.name,
    )


def _group(artifact: Artifact) -> tuple[str, str, Variant]:
    return (artifact.version, artifact.triple, artifact.variant)


def _full_builds(unsigned: Sequence[Artifact], others: Sequence[Artifact]) -> list[Artifact]:
    """The best `full` archive of every group that has nothing smaller."""
    covered = {_group(artifact) for artifact in others if artifact.flavor != "full"}
    best: dict[tuple[str, str, Variant], Artifact] = {}
    for artifact in unsigned:
        group = _group(artifact)
        if artifact.flavor != "full" or artifact.variant == DEFAULT or group in covered:
            continue
        if group not in best or _merit(artifact) > _merit(best[group]):
            best[group] = artifact
    return list(best.values())


def _merit(artifact: Artifact) -> tuple[object, ...]:
    """Static builds resolve only by build tag, so any other one goes before them, whatever its date."""
    optimisations = frozenset(artifact.options.split("+")) - _NOT_OPTIMISATIONS
    rank = _OPTIMISED.index(optimisations) if optimisations in _OPTIMISED else len(_OPTIMISED)
    return (not artifact.is_static, artifact.date, -rank, artifact.options)
