"""TOML: read by the standard library's parser where there is one, strings written by a few lines of our own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from pyv.domain.fields import malformed

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def parse_toml(text: str, document: str) -> dict[str, object]:
    """The tables of a document; `document` is what errors call it.

    Raises:
        DocumentError: it is not TOML.
    """
    # most starts read no such file, and then need no parser; Python 3.10 has none of its own
    parser = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    loads: Callable[[str], dict[str, object]] = parser.loads
    try:
        return loads(text)
    except (ValueError, RecursionError) as fault:
        raise malformed(document, "", f"not TOML ({fault})") from None


def toml_string(text: str) -> str:
    """A text as a basic string of one line; what cannot be shown is escaped."""
    return '"' + "".join(_SHORT.get(each) or (each if each.isprintable() else _escaped(each)) for each in text) + '"'


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
