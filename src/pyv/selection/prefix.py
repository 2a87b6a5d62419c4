"""pyenv's prefix rule: which installed version `3`, `3.12` or `3.13t` means.

Pre-releases and development builds are never meant, free-threaded ones only by a prefix that ends in `t`. Unlike
pyenv, a `t` prefix skips pre-releases too, and a debug build is taken only where there is no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_FREETHREADED = re.compile(r"(?s:.*)[0-9]t(?:-debug)?", re.ASCII)
_UNWANTED = re.compile(r"(?s:.*)(?:-dev|-src|-latest|(?:a|b|rc)[0-9]+t?(?:-debug)?)", re.ASCII)
_FAMILY = re.compile(r"\A([A-Za-z0-9]+)-", re.ASCII)
_LEADING = re.compile(r"[0-9]*", re.ASCII)


def newest(prefix: str, names: Iterable[str]) -> str | None:
    """The version a prefix means among installed names; None where there is none."""
    suffix = "t" if prefix.endswith("t") and _FREETHREADED.fullmatch(prefix) else ""
    stem = prefix.removesuffix(suffix)
    if not stem:
        return None
    meant = [
        name
        for name in names
        if name.startswith((f"{stem}.", f"{stem}-"))
        and name.endswith(suffix)
        and not _UNWANTED.fullmatch(name)
        and (suffix or not _FREETHREADED.fullmatch(name))
    ]
    return max(meant, key=_order, default=None)


def _order(name: str) -> tuple[str, tuple[int, ...], bool, str]:
    """pyenv's sort: the first field as text, the next three as numbers."""
    fields = [*_FAMILY.sub(r"\1.", name, count=1).split("."), "", "", ""]
    numbers = tuple(int(_LEADING.match(field)[0] or 0) for field in fields[1:4])  # type: ignore[index]  # matches ""
    return fields[0], numbers, not name.endswith("-debug"), name
