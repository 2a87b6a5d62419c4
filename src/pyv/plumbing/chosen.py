"""The selection of this directory, as every command here begins; with pyenv's words for what is wrong with it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from pyv.environment import Environment
from pyv.reporting import printable
from pyv.selection.installed import Installed, read_installed
from pyv.selection.pins import find_pin
from pyv.selection.select import Selection, select
from pyv.store.paths import Root
from pyv.store.shims import quoted

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+", re.ASCII)


def chosen(environment: Environment, *, quiet: bool = False) -> tuple[Selection, Installed]:
    """What is selected here; unless `quiet`, words ignored in the version file are told on stderr."""
    root = Root(environment.root)
    installed = read_installed(root)
    pin = find_pin(environment, root)
    if not quiet:
        say_ignored(pin.ignored, pin.origin)
    return select(pin, installed), installed


def say_ignored(words: Iterable[str], path: object) -> None:
    """Name the words of a version file that lead out of the versions tree."""
    for word in words:
        say(f"invalid version `{word}' ignored in `{path}'")


def say(message: str) -> None:
    """One line for a person."""
    sys.stderr.write(f"pyv: {printable(message)}\n")


def hint(text: str) -> None:
    """What to do about it."""
    sys.stderr.write(f"hint: {printable(text)}\n")


def hint_install(words: Iterable[str]) -> None:
    """The command that installs versions, safe to be copied: the words come from files of whoever wrote them."""
    hint("pyv install " + " ".join(word if _PLAIN.fullmatch(word) else quoted(word) for word in words))


def say_missing(selection: Selection, words: Iterable[str]) -> None:
    """Name versions that are selected and not installed, and what installs them."""
    named = list(words)
    for word in named:
        say(f"version `{word}' is not installed (set by {selection.pin.origin})")
    if named:
        hint_install(word.removeprefix("python-") for word in named)
