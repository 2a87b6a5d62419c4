"""From the names of a pin to versions that are installed, and why each.

pyenv's order: `system`, the name itself, the name with its `python-` in front, the newest version a prefix means.
Managed aliases resolve to their target, so that `3.12` says `3.12.2` everywhere. What is left is read as a
request other tools write (`cpython@3.12`, `3.13+freethreaded`) and tried once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pyv.errors import RequestError
from pyv.selection.installed import Installed
from pyv.selection.pins import Pin
from pyv.selection.prefix import newest

SYSTEM = "system"
_PYTHON = "python-"


class Choice(NamedTuple):
    """One word of a pin, resolved or not."""

    word: str
    name: str | None
    """The installed name, or `system`; None where nothing is installed for the word."""
    rule: str
    """`system`, `exact`, `alias`, `prefix`, `request` (another tool's spelling) or `missing`."""

    @property
    def kept(self) -> str:
        """The name, or the word itself where it is missing (what pyenv passes on)."""
        return self.name or self.word.removeprefix(_PYTHON)

    @property
    def why(self) -> str:
        """One sentence for people."""
        return {
            "system": "the system's Python",
            "exact": f"{self.name} is installed",
            "alias": f"{self.word} follows its newest release, {self.name}",
            "prefix": f"{self.name} is the newest installed version inside {self.word}",
            "request": f"{self.word} asks for {self.name}",
        }.get(self.rule, f"nothing installed answers to {self.word}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is selected here, and who asked for it."""

    pin: Pin
    choices: tuple[Choice, ...]

    @property
    def names(self) -> list[str]:
        """The names that resolved."""
        return [choice.name for choice in self.choices if choice.name is not None]

    @property
    def missing(self) -> list[Choice]:
        """The words nothing is installed for."""
        return [choice for choice in self.choices if choice.name is None]

    @property
    def kept(self) -> list[str]:
        """Every name, the missing ones as they were written: `PYENV_VERSION` of a child."""
        return [choice.kept for choice in self.choices]


def select(pin: Pin, installed: Installed) -> Selection:
    """Resolve every name of a pin; no names are `system`."""
    words = pin.names or (SYSTEM,)
    return Selection(pin=pin, choices=tuple(resolve(word, installed) for word in words))


def resolve(word: str, installed: Installed) -> Choice:
    """Resolve one name."""
    if word == SYSTEM:
        return Choice(word, SYSTEM, "system")
    spellings = list(dict.fromkeys((word.removeprefix(_PYTHON), word)))
    for spelling in spellings:
        found = _installed_as(spelling, installed)
        if found is not None:
            return Choice(word, *found)
    known = installed.names()
    for spelling in spellings:
        name = newest(spelling, known)
        if name is not None:
            return Choice(word, name, "prefix")
    for spelling in _requested(word):
        found = _installed_as(spelling, installed)
        name = found[0] if found is not None else newest(spelling, known)
        if name is not None:
            return Choice(word, name, "request")
    return Choice(word, None, "missing")


def is_installable(word: str) -> bool:
    """Whether a word names a version: what is installed for it would be selected by it."""
    return any(_requested(word))


def _installed_as(name: str, installed: Installed) -> tuple[str, str] | None:
    target = installed.target(name)
    if target is not None:
        return target, "alias"
    return (name, "exact") if installed.has(name) else None


def _requested(word: str) -> Iterator[str]:
    """The name in the tree that a request in another tool's spelling stands for, if it is one.

    Specifiers and build tags are left out: a pin names a version, and the tree's names carry no build.
    """
    if not any(character.isdigit() for character in word) or any(character in word for character in "<>=!~,/ "):
        return
    # not needed by any pin written with pyv or pyenv
    from pyv.domain.request import parse_request  # noqa: PLC0415

    try:
        request = parse_request(word)
    except RequestError:
        return
    if request.release and request.build is None:
        yield request.tree_name
