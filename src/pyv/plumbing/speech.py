"""What the plumbing says on stderr, in pyenv's words; hints are pyv's own, and silent where it is called pyenv."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from pyv.environment import Environment
from pyv.reporting import printable
from pyv.selection.select import Selection
from pyv.store.script import quoted

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+", re.ASCII)


def say(message: str, environment: Environment) -> None:
    """One line for a person."""
    sys.stderr.write(f"{environment.name}: {printable(message)}\n")


def hint(text: str, environment: Environment) -> None:
    """What to do about it."""
    if not environment.is_pyenv:
        sys.stderr.write(f"hint: {printable(text)}\n")


def hint_install(words: Iterable[str], environment: Environment) -> None:
    """The command that installs versions, safe to be copied: the words come from files of whoever wrote them."""
    hint("pyv install " + " ".join(word if _PLAIN.fullmatch(word) else quoted(word) for word in words), environment)


def say_ignored(words: Iterable[str], path: object, environment: Environment) -> None:
    """Name the words of a version file that lead out of the versions tree."""
    for word in words:
        say(f"invalid version `{word}' ignored in `{path}'", environment)


def say_missing(selection: Selection, environment: Environment) -> None:
    """Name the versions that are selected and not installed, and what installs them."""
    named = [choice.word for choice in selection.missing]
    for word in named:
        say(f"version `{word}' is not installed (set by {selection.pin.origin})", environment)
    if named:
        hint_install((word.removeprefix("python-") for word in named), environment)
