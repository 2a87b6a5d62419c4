"""What CI runners read in a log: GitHub's workflow commands (`::error …`), GitLab's sections.

A message is data: what would end it, or a property of it, is written as GitHub's runner reads it back.
"""

from __future__ import annotations

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}
_SECTION = "pyv"
"""The name of a section; sections of one job may share it as long as one ends before the next begins."""


def annotation(level: str, title: str, *lines: str) -> str:
    """A command that shows a message beside the job: `level` is `error`, `warning` or `notice`."""
    return f"::{level} title={_escaped(title, _PROPERTY)}::{_escaped(chr(10).join(lines), _DATA)}\n"


def github_group(title: str) -> tuple[str, str]:
    """What folds the lines between the two."""
    return f"::group::{_escaped(title, _DATA)}\n", "::endgroup::\n"


def gitlab_section(title: str, now: float) -> str:
    """What begins a section that is shown folded, with its title."""
    return f"\033[0Ksection_start:{int(now)}:{_SECTION}[collapsed=true]\r\033[0K{title}\n"


def gitlab_section_end(now: float) -> str:
    """What ends it; the times give its length."""
    return f"\033[0Ksection_end:{int(now)}:{_SECTION}\r\033[0K\n"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
