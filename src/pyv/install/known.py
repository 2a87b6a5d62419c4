"""What can be installed, by name: `pyv install --list`, `pyv latest --known` and the words of `pyenv install`.

A prefix means the newest of these as it does among installed versions (`pyv.selection.prefix` has pyenv's rule).
"""

from __future__ import annotations

from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.objection import Objector
from pyv.index.opened import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Version names, oldest first."""

    names: tuple[str, ...]
    """Those nothing is said against."""
    every: frozenset[str]
    """Those too that their publisher took back, or the policy is against."""
    early: frozenset[str]
    """Pre-releases of what has not been released yet."""


def known_versions(index: Index, triple: str, against: Objector) -> Known:
    """The version names an index has for a triple, static builds left out.

    Raises:
        ResolutionError: it has nothing for it. DocumentError: its manifest cannot be read.
    """
    found: dict[str, Artifact] = {}
    good: set[str] = set()
    for artifact in index.artifacts(triple):
        name = artifact.version_name
        if artifact.is_static or name in good:
            continue
        found[name] = artifact
        if against(artifact) is None:
            good.add(name)
    return Known(
        names=tuple(sorted(good, key=lambda name: (found[name].parsed_version, found[name].variant))),
        every=frozenset(found),
        early=frozenset(name for name, artifact in found.items() if not good.issuperset(_releases(artifact))),
    )


def _releases(artifact: Artifact) -> list[str]:
    """What a pre-release comes before; nothing for a release."""
    version = artifact.parsed_version
    if not version.is_prerelease:
        return []
    return [f"{version.major}.{version.minor}.{version.patch}{artifact.variant.suffix}"]
