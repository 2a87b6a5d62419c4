"""Names in the versions tree: which version a name means, how names sort, which alias follows which version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_NAME = re.compile(r"(\d+)\.(\d+)\.(\d+)(t?)", re.ASCII)
_ALIAS = re.compile(r"\d+\.\d+t?", re.ASCII)
_RUNS = re.compile(r"\d+|\D+", re.ASCII)


class Alias(NamedTuple):
    """A managed alias: `3.12` → `3.12.2`."""

    name: str
    target: str


def alias_of(name: str) -> str | None:
    """The managed alias a final release belongs to; None for pre-releases, debug builds and foreign names."""
    match = _NAME.fullmatch(name)
    return f"{match[1]}.{match[2]}{match[4]}" if match else None


def is_alias_name(name: str) -> bool:
    """Whether a name has the form of a managed alias."""
    return _ALIAS.fullmatch(name) is not None


def aliases_for(names: Iterable[str]) -> list[Alias]:
    """The alias of each minor (and its freethreaded twin), pointing at its newest release among `names`."""
    newest: dict[str, str] = {}
    for name in names:
        alias = alias_of(name)
        if alias is not None and (alias not in newest or natural_key(name) > natural_key(newest[alias])):
            newest[alias] = name
    return [Alias(alias, newest[alias]) for alias in sorted(newest, key=natural_key)]


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Natural order: runs of digits compare as numbers (`3.9` before `3.12`)."""
    return tuple((0, int(run)) if run.isdecimal() else (1, run) for run in _RUNS.findall(name))
