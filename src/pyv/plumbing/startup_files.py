"""The start-up files of each shell, and adding pyv's lines to them."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import PyvError, StoreError
from pyv.plumbing.shell_syntax import FISH
from pyv.store.atomic import make_directory, translated, write_bytes
from pyv.store.paths import Root

_FILES = {
    "bash": (".profile", ".bashrc"),
    "zsh": (".zprofile", ".zshrc"),
    "ksh": (".profile", ".profile"),
    "ksh93": (".profile", ".profile"),
    "mksh": (".profile", ".profile"),
    FISH: (".config/fish/config.fish", ".config/fish/config.fish"),
}
"""Of a login shell, and of an interactive one; below the home directory."""
_SPECIAL = {FISH: re.compile(r'[\\$"]'), "": re.compile(r'[\\$"`]')}
"""What means something between the double quotes of a shell."""


def startup_files(shell: str, home: Path) -> tuple[str, str] | None:
    """The two files, as people write them; None for a shell nobody here knows."""
    found = _FILES.get(shell)
    if found is None:
        return None
    login, interactive = found
    if shell == "bash" and (home / ".bash_profile").exists():
        login = ".bash_profile"
    return f"~/{login}", f"~/{interactive}"


def lines_for(shell: str, environment: Environment) -> str:
    """What goes into them: for pyv, by way of the launcher where there is one, which starts at once."""
    root = Root(environment.root)
    if environment.is_pyenv:
        place = _in_quotes(root.path, shell, environment)
        if shell == FISH:
            return (
                f'set -gx PYENV_ROOT "{place}"\n'
                "test -d $PYENV_ROOT/bin; and fish_add_path $PYENV_ROOT/bin\n"
                "pyenv init - fish | source\n"
            )
        return (
            f'export PYENV_ROOT="{place}"\n'
            '[ -d "$PYENV_ROOT/bin" ] && export PATH="$PYENV_ROOT/bin:$PATH"\n'
            f'eval "$(pyenv init - {shell})"\n'
        )
    if not root.launcher.is_file():
        return "pyv init - fish | source\n" if shell == FISH else f'eval "$(pyv init - {shell})"\n'
    program = f'"{_in_quotes(root.launcher, shell, environment)}"'
    if shell == FISH:
        return f"test -x {program}; and {program} init - fish | source\n"
    return f'if [ -x {program} ]; then eval "$({program} init - {shell})"; fi\n'


def _in_quotes(path: Path, shell: str, environment: Environment) -> str:
    """A path between the double quotes of a shell, by way of HOME where it lies there."""
    inside = path.is_relative_to(environment.home)
    text = str(path.relative_to(environment.home) if inside else path)
    text = _SPECIAL.get(shell, _SPECIAL[""]).sub(r"\\\g<0>", text)
    return f"$HOME/{text}" if inside else text


def add_lines(shell: str, environment: Environment) -> list[Path]:
    """Append the lines to the shell's files; the files that were changed.

    Raises:
        PyvError: one of them already has such lines, or the shell is unknown.
        StoreError: a file cannot be written. Whatever it is, none is changed.
    """
    found = startup_files(shell, environment.home)
    if found is None:
        raise PyvError(
            f"cannot automatically configure startup files for {shell}",
            hint=f"put this where {shell} reads it at its start: {lines_for(shell, environment).splitlines()[-1]}",
        )
    if not environment.home.is_absolute():
        raise PyvError("HOME must be set to configure shell startup files", hint="set HOME")
    paths = [environment.home / place.removeprefix("~/") for place in dict.fromkeys(found)]
    before = {path: _content(path) for path in paths}
    for path, content in before.items():
        if re.search(rf"{environment.name}(?!env)".encode(), (content or b"").lower()):
            raise PyvError(
                f"cannot automatically apply changes to {path}: it appears to already contain "
                f"{environment.name.capitalize()}-related code.",
                hint=f"look at it, and at `{environment.name} init {shell}`",
            )
    changed: list[Path] = []
    try:
        for path, content in before.items():
            gap = b"" if not content or content.endswith(b"\n") else b"\n"
            _replace(path, (content or b"") + gap + lines_for(shell, environment).encode())
            changed.append(path)
    except StoreError:
        for path in changed:
            _take_back(path, before[path])
        raise
    return paths


def _content(path: Path) -> bytes | None:
    with translated("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def _take_back(path: Path, content: bytes | None) -> None:
    with suppress(OSError, StoreError):
        if content is None:
            Path(os.path.realpath(path)).unlink()
        else:
            _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    """Write it whole; a link (many keep such files elsewhere) stays one, and the mode stays."""
    target = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except OSError:
        mode = 0o644
    make_directory(target.parent)
    write_bytes(target, content, mode=mode)
