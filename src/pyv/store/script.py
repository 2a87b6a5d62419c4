"""The `sh` scripts beside this file, with values written into them."""

from __future__ import annotations

from pathlib import Path

_PIECES = {"@BOM@": "\ufeff", "@CR@": "\r", "@TAB@": "\t", "@LF@": "\n"}


def script(name: str, **values: str) -> str:
    """The text of a script: values stand for `@THEIR_NAME@`, and `resolve.sh`, which several share, for `@RESOLVE@`."""
    here = Path(__file__)
    text = here.with_name(name).read_text(encoding="utf-8")
    text = text.replace("@RESOLVE@", here.with_name("resolve.sh").read_text(encoding="utf-8"))
    for placeholder, value in {**_PIECES, **{f"@{key}@": value for key, value in values.items()}}.items():
        text = text.replace(placeholder, value)
    return text


def quoted(text: str) -> str:
    """A text as one word of any POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
