"""What CI runners read in a log: GitHub's workflow commands (`::error …`), GitLab's sections.

A message is data: what would end it, or a property of it, is written as GitHub's runner reads it back.
"""

from __future__ import annotations

from collections.abc import Callable

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def annotation(level: str, title: str, *lines: str) -> str:
    """A command that shows a message beside the job: `level` is `error`, `warning` or `notice`."""
    return f"::{level} title={_escaped(title, _PROPERTY)}::{_escaped(chr(10).join(lines), _DATA)}\n"


def fold(title: str, now: float, *, is_gitlab: bool) -> tuple[str, Callable[[float], str]]:
    """What begins a part that is shown folded, and what ends it; GitLab tells its length by the times of both."""
    if is_gitlab:
        name = "".join(each if each.isascii() and (each.isalnum() or each in "_.-") else "_" for each in title)
        begin = f"\033[0Ksection_start:{int(now)}:{name}[collapsed=true]\r\033[0K{title}\n"
        return begin, lambda then: f"\033[0Ksection_end:{int(then)}:{name}\r\033[0K\n"
    return f"::group::{_escaped(title, _DATA)}\n", lambda _: "::endgroup::\n"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
