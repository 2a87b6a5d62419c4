"""The machine a case runs on: a tree of fake versions, system programs, files; the same for every program compared.

Every fake program prints its path, `PYENV_VERSION` and its arguments, a line each.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

ECHO = '#!/bin/sh\necho "$0"\necho "version=$PYENV_VERSION"\nfor each do echo "<$each>"; done\n'
PYTHONS = ("python", "python3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The directories of one run."""

    base: Path
    tools: Path
    """What shell scripts need, and no Python."""

    @property
    def tokens(self) -> dict[str, str]:
        """What stands for what in the texts of a case."""
        named = {f"{{{name}}}": str(self.base / name) for name in ("root", "home", "work")}
        return {
            **named,
            "{system}": str(self.base / "usr/bin"),
            "{usr}": str(self.base / "usr"),
            "{tools}": str(self.tools),
        }

    def real(self, text: str) -> str:
        """A text with the places of this run."""
        for token, path in self.tokens.items():
            text = text.replace(token, path)
        return text

    def told(self, text: str) -> str:
        """A text of this run with tokens in it."""
        for token, path in self.tokens.items():
            text = text.replace(path, token)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is on the machine."""

    versions: tuple[str, ...] = ()
    """Directories in `versions/`, each with `bin/python` and `bin/python3`; `3.12.1/envs/web` is an environment."""
    own: bool = False
    """Whether the program that runs made the versions itself: pyv removes no others."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Links in `versions/` and what they say."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Executables, by path, and their text."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Other files, by path."""
    directories: tuple[str, ...] = ()

    def having(self, *programs: str, text: str = ECHO) -> Scene:
        """The same with more executables."""
        return replace(self, programs={**self.programs, **dict.fromkeys(programs, text)})

    def linked(self, **links: str) -> Scene:
        """The same with links in `versions/`."""
        return replace(self, links={**self.links, **links})

    def with_file(self, path: str, content: str | bytes) -> Scene:
        """The same with a file."""
        return replace(self, files={**self.files, path: content.encode() if isinstance(content, str) else content})

    def with_versions(self, *names: str) -> Scene:
        """The same with more versions."""
        return replace(self, versions=(*self.versions, *names))

    def with_directories(self, *paths: str) -> Scene:
        """The same with more directories."""
        return replace(self, directories=(*self.directories, *paths))

    def pinned(self, content: str | bytes, where: str = "{work}") -> Scene:
        """The same with a `.python-version`."""
        return self.with_file(f"{where}/.python-version", content)

    def everywhere(self, content: str | bytes) -> Scene:
        """The same with a global file."""
        return self.with_file("{root}/version", content)

    def build(self, base: Path, tools: Path, *, store: bool = False) -> Place:
        """Put it on disk; with `store`, versions of its own are links into pyv's store."""
        place = Place(base=base, tools=tools)
        made = ["{root}/versions", "{root}/shims", "{home}", "{work}/deep/deeper", "{system}", *self.directories]
        for directory in made:
            os.makedirs(place.real(directory), exist_ok=True)
        for name in self.versions:
            if store and self.own:
                os.makedirs(f"{base}/root/store/{name}-of-pyv")
                os.symlink(f"../store/{name}-of-pyv", f"{base}/root/versions/{name}")
            for program in PYTHONS:
                _write(f"{base}/root/versions/{name}/bin/{program}", ECHO.encode(), 0o755)
        for name, text in self.links.items():
            os.symlink(place.real(text), f"{base}/root/versions/{name}")
        for path, text in self.programs.items():
            _write(place.real(path), place.real(text).encode(), 0o755)
        for path, content in self.files.items():
            _write(place.real(path), content, 0o644)
        return place


def _write(path: str, content: bytes, mode: int) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(content)
    os.chmod(path, mode)


def tool_links(directory: Path, names: Iterable[str], search: Iterable[str]) -> Path:
    """A directory with links to programs of this machine, for a PATH without any Python."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        for place in search:
            if os.access(f"{place}/{name}", os.X_OK):
                (directory / name).symlink_to(f"{place}/{name}")
                break
    return directory


NOTHING = Scene()
SYSTEM = Scene().having("{system}/python", "{system}/python3", "{system}/tool")
"""Only the system's Python."""
BASIC = SYSTEM.with_versions("3.11.7", "3.12.1", "3.12.10", "3.13.0").having(
    "{root}/versions/3.12.1/bin/pip", "{root}/versions/3.13.0/bin/pip", "{root}/versions/3.13.0/bin/only313"
)
"""Four releases; `pip` in two of them, `only313` in one."""
OWN = replace(BASIC, own=True)
"""The same, made by the program that runs."""
ODD = (
    SYSTEM.with_versions("3.12.1", "3.12.10", "3.12.10/envs/web", "3.12.1/envs/old")
    .with_versions(
        "3.13.0t", "3.13.1", "3.14.0rc1", "3.15-dev", "pypy3.10-7.3.12", "pypy3.10-7.3.9", "miniconda3-4.7.12"
    )
    .linked(workshop="3.12.10", web="{root}/versions/3.12.10/envs/web", outside="{system}", gone="3.9.9")
    .with_file("{root}/versions/notes.txt", "not a version\n")
    .having("{root}/versions/miniconda3-4.7.12/bin/conda", "{root}/versions/3.12.10/envs/web/bin/flask")
)
"""Environments, links of every kind, free-threaded builds, pre-releases, other implementations, a plain file."""
