"""Version specifiers (`>=3.11,<3.13`): the one place that meets `packaging`."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from pyv.domain.version import Version

_LONGEST = 200


def matcher(text: str) -> SpecifierSet:
    """Read a specifier set.

    Raises:
        ValueError: it is not one.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"`{text[:_LONGEST]}…` is longer than a version specifier can be")
    try:
        found = SpecifierSet(text)
        found.contains("3.0.0")  # packaging 26 reads the numbers only now
    except (InvalidSpecifier, ValueError):
        raise ValueError(f"`{text}` is not a version specifier") from None
    return found


def matches(specifiers: SpecifierSet, version: Version) -> bool:
    """Whether a version is inside; pre-releases only where a specifier names one (PEP 440's default)."""
    return specifiers.contains(str(version), prereleases=bool(specifiers.prereleases))
