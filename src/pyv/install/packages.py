"""Which packages a prefix holds, by their metadata directories: what a swap of builds leaves behind."""

from __future__ import annotations

from pathlib import Path

_SHIPPED = {"pip", "setuptools", "wheel"}


def packages(prefix: Path) -> list[str]:
    """The names of what was installed into a prefix beside what it came with."""
    names = {path.name.partition("-")[0].lower() for path in prefix.glob("lib/python3.*/site-packages/*.dist-info")}
    return sorted(names - _SHIPPED)
