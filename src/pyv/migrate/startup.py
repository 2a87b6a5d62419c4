"""The start-up files of shells, and the lines in them that speak of another tool. Comments do not count."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyv.environment import Environment

_SHELLS = (
    ".profile",
    ".bash_profile",
    ".bash_login",
    ".bashrc",
    ".bash_logout",
    ".kshrc",
    ".mkshrc",
    ".xprofile",
    ".xsessionrc",
)
_ZSH = (".zshenv", ".zprofile", ".zshrc", ".zlogin")
_PROFILE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a start-up file."""

    path: Path
    number: int
    text: str


def startup_files(environment: Environment) -> list[Path]:
    """Every file a login or interactive bash, zsh, ksh, fish or pwsh of this person may read, there or not."""
    home = environment.home
    named = environment.variable("XDG_CONFIG_HOME")
    configuration = Path(named) if named and os.path.isabs(named) else home / ".config"
    zsh = environment.variable("ZDOTDIR")
    fish = configuration / "fish"
    files = [
        *(home / name for name in _SHELLS),
        *(Path(zsh or home) / name for name in _ZSH),
        fish / "config.fish",
        *sorted(fish.glob("conf.d/*.fish")),
        fish / "fish_variables",
        configuration / "powershell" / "profile.ps1",
        *sorted((configuration / "environment.d").glob("*.conf")),
    ]
    for variable in ("ENV", "BASH_ENV"):
        value = environment.variable(variable)
        if value and os.path.isabs(value):
            files.append(Path(value))
    return list(dict.fromkeys(files))


def lines_about(files: Iterable[Path], pattern: re.Pattern[str]) -> Iterator[Line]:
    """The lines a pattern is found in."""
    for path in files:
        try:
            with open(path, "rb") as stream:
                text = stream.read(_PROFILE_BYTES).decode("utf-8", "surrogateescape")
        except OSError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if not stripped.startswith("#") and pattern.search(stripped):
                yield Line(path=path, number=number, text=stripped)
