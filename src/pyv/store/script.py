"""The `sh` scripts beside this file, with values written into them."""

from __future__ import annotations

import os
import re
from pathlib import Path

_PLACEHOLDER = re.compile(r"@([A-Z_]+)@")
_PIECES = {"BOM": "\ufeff", "CR": "\r", "TAB": "\t", "LF": "\n"}


def script(name: str, **values: str) -> str:
    """The text of a script: values stand for `@THEIR_NAME@`, and `resolve.sh`, which several share, for `@RESOLVE@`."""
    here = Path(__file__)
    text = here.with_name(name).read_text(encoding="utf-8")
    text = text.replace("@RESOLVE@", here.with_name("resolve.sh").read_text(encoding="utf-8"))
    words = {**_PIECES, **values}
    return _PLACEHOLDER.sub(lambda found: words[found[1]], text)  # at once: a value is text, whatever is in it


def value_of(variable: str, script: bytes) -> str | None:
    """What a script sets a variable to, in a line of its own and one quoted word; None where it does not."""
    line = re.search(rb"^%b=(?P<word>'.*')$" % variable.encode(), script, re.MULTILINE)
    return None if line is None else os.fsdecode(line["word"][1:-1]).replace("'\\''", "'")


def quoted(text: str) -> str:
    """A text as one word of any POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
