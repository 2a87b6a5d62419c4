"""Version specifiers (`>=3.11,<3.13`): the one place that meets `packaging`."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from pyv.domain.version import Version


def matcher(text: str) -> SpecifierSet:
    """Read a specifier set.

    Raises:
        ValueError: it is not one.
    """
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f"`{text}` is not a version specifier") from None


def matches(specifiers: SpecifierSet, version: Version) -> bool:
    """Whether a version is inside; pre-releases only where a specifier names one (PEP 440's default)."""
    return specifiers.contains(str(version), prereleases=bool(specifiers.prereleases))
