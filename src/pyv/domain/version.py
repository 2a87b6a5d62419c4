"""CPython versions as PBS and pyenv write them: `3.12.2`, `3.14.0rc2`.

CPython's own numbering is this narrow (no epochs, posts, devs or locals), so a version is four small numbers;
`packaging` is met only where a person writes specifiers (`pyv.domain.specifier`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_FORM = re.compile(r"(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})(?:(a|b|rc)(0|[1-9]\d{0,3}))?", re.ASCII)
_FINAL = "~"  # sorts after a, b and rc


class Version(NamedTuple):
    """One CPython version; the tuple order is the version order."""

    major: int
    minor: int
    patch: int
    stage: str = _FINAL
    """`a`, `b`, `rc`, or `~` for a final release."""
    serial: int = 0

    @property
    def is_prerelease(self) -> bool:
        """Whether this is an alpha, beta or release candidate."""
        return self.stage != _FINAL

    def __str__(self) -> str:
        pre = f"{self.stage}{self.serial}" if self.is_prerelease else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}"


def is_version(text: str) -> bool:
    """Whether `parse_version` reads it."""
    return _FORM.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def parse_version(text: str) -> Version:
    """Read `X.Y.Z[aN|bN|rcN]`.

    Raises:
        ValueError: anything else.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not a CPython version")
    major, minor, patch, stage, serial = match.groups()
    if stage is None:
        return Version(int(major), int(minor), int(patch))
    return Version(int(major), int(minor), int(patch), stage, int(serial))
