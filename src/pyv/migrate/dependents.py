"""What still depends on another tool. It is told, and nothing of it is undone.

Looked at: start-up files, PATH, variables, pins, links made by `--link`, virtual environments (below the directories
searched, below the places where tools keep them, and inside the tree itself), programs in `~/.local/bin` and `~/bin`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.environment import Environment
from pyv.migrate.compare import is_program, is_pyvs
from pyv.migrate.inventory import Inventory, refuse_own
from pyv.migrate.startup import lines_about, startup_files
from pyv.migrate.survey import PinFile, Survey, read_environment, read_pin
from pyv.selection.installed import read_installed
from pyv.selection.select import SYSTEM, resolve
from pyv.store.adopted import adopted_versions, read_adopted
from pyv.store.paths import Root

_KEPT_BY_TOOLS = (
    ".virtualenvs",
    ".local/share/virtualenvs",
    ".local/share/pipx/venvs",
    ".local/pipx/venvs",
    ".local/share/uv/tools",
    ".cache/pypoetry/virtualenvs",
    ".local/share/hatch/env/virtual/*",
)
"""Below the home: virtualenvwrapper, pipenv, pipx (new and old), uv, poetry, hatch."""
_PROGRAMS = (".local/bin", "bin")
_PLUGINS = re.compile(r"PYENV_(HOOK_PATH|VIRTUALENV_\w+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """One thing that needs the other tool."""

    kind: str
    """`start-up`, `PATH`, `variable`, `pin`, `link`, `environment` or `program`."""
    where: str
    detail: str = ""

    def to_dict(self) -> dict[str, object]:
        """The thing for `--json`."""
        return {"kind": self.kind, "where": self.where, "detail": self.detail}


def dependents(inventory: Inventory, found: Survey, environment: Environment, root: Root) -> list[Dependent]:
    """Everything that was found to depend on it, by kind.

    Raises:
        RequestError: its root is pyv's own, which stays.
    """
    refuse_own(inventory, root)
    places = _Places(inventory.place)
    return [
        *_lines(inventory, places, environment),
        *_path(inventory, places, environment),
        *_variables(inventory, places, environment),
        *_pins(inventory, found.pins, root),
        *_global(inventory, root),
        *_links(inventory, root),
        *_environments(inventory, places, found, environment),
        *_programs(places, environment),
    ]


class _Places:
    """The other tool's root, in the spelling it was named by and in its real one."""

    def __init__(self, place: Path) -> None:
        self.spellings = tuple(dict.fromkeys((str(place), os.path.realpath(place))))

    def holds(self, path: str) -> bool:
        """Whether a path is that root, or lies below it, as it is written or in truth."""
        spelled = (os.path.normpath(path), os.path.realpath(path)) if path else ()
        return any(one == place or one.startswith(f"{place}/") for one in spelled for place in self.spellings)


def _lines(inventory: Inventory, places: _Places, environment: Environment) -> Iterator[Dependent]:
    words = [re.escape(place) for place in places.spellings]
    home = str(environment.home)
    words += [rf"(?:~|\$HOME|\${{HOME}}){re.escape(place.removeprefix(home))}(?![\w.-])"
              for place in places.spellings if place.startswith(f"{home}/")]  # fmt: skip
    words.append(r"pyenv" if inventory.tool == "pyenv" else r"UV_PYTHON_INSTALL_DIR")
    for line in lines_about(startup_files(environment), re.compile("|".join(words), re.IGNORECASE)):
        yield Dependent(kind="start-up", where=f"{line.path}:{line.number}", detail=line.text)


def _path(inventory: Inventory, places: _Places, environment: Environment) -> Iterator[Dependent]:
    for entry in environment.vars.get("PATH", "").split(":"):
        if not entry:
            continue
        program = Path(entry, "pyenv")
        if places.holds(entry):
            yield Dependent(kind="PATH", where=entry)
        elif inventory.tool == "pyenv" and is_program(program) and not is_pyvs(program):
            yield Dependent(kind="PATH", where=entry, detail="has a pyenv")


def _variables(inventory: Inventory, places: _Places, environment: Environment) -> Iterator[Dependent]:
    beginning = "PYENV_" if inventory.tool == "pyenv" else "UV_PYTHON"
    for name, value in sorted(environment.vars.items()):
        if name.startswith(beginning) and (any(map(places.holds, value.split(":"))) or _PLUGINS.fullmatch(name)):
            yield Dependent(kind="variable", where=name, detail=value)


def _pins(inventory: Inventory, pins: Sequence[PinFile], root: Root) -> Iterator[Dependent]:
    """Words that no version of pyv's own answers to; those the other tool has nothing for do not depend on it."""
    installed = read_installed(root)
    known = {name for entry in inventory.entries for name in (entry.name, entry.here) if name}
    for pin in pins:
        for word in pin.names:
            name = resolve(word, installed).name
            adopted = read_adopted(root, name) if name else None
            if adopted is not None and adopted.tool == inventory.tool and os.path.isabs(adopted.target):
                yield Dependent(kind="pin", where=str(pin.path), detail=f"{word}: {name} is a link to {adopted.target}")
            elif name is None and any(each == word or each.startswith(f"{word}.") for each in known):
                yield Dependent(kind="pin", where=str(pin.path), detail=f"{word}: only {inventory.tool} has it")


def _global(inventory: Inventory, root: Root) -> Iterator[Dependent]:
    """The global version: pyv's own file is judged as any pin; while there is none, pyenv's is what people have."""
    if root.global_pin.is_file():
        yield from _pins(inventory, [read_pin(root.global_pin, root.versions)], root)
    elif inventory.tool == "pyenv" and inventory.global_pin.is_file():
        names = " ".join(read_pin(inventory.global_pin, inventory.versions).names)
        if names not in {"", SYSTEM}:
            yield Dependent(
                kind="pin", where=str(inventory.global_pin), detail=f"pyv has no global version: pyv global {names}"
            )


def _links(inventory: Inventory, root: Root) -> Iterator[Dependent]:
    for adopted in adopted_versions(root):
        if adopted.tool == inventory.tool and os.path.isabs(adopted.target):
            yield Dependent(
                kind="link", where=str(root.version_link(adopted.name)), detail=f"leads to {adopted.target}"
            )


def _environments(
    inventory: Inventory, places: _Places, found: Survey, environment: Environment
) -> Iterator[Dependent]:
    kept = [
        read_environment(path)
        for pattern in _KEPT_BY_TOOLS
        for path in sorted(environment.home.glob(f"{pattern}/*"))
        if path.is_dir()
    ]
    seen: set[str] = set()
    for each in (*found.environments, *filter(None, kept)):
        real = os.path.realpath(each.path)
        if real not in seen and places.holds(each.home):
            seen.add(real)
            yield Dependent(kind="environment", where=str(each.path), detail=f"made with {each.home}")
    for entry in inventory.of("environment"):
        real = os.path.realpath(entry.path)
        if real not in seen:
            seen.add(real)
            yield Dependent(kind="environment", where=str(entry.path), detail="lies in it")


def _programs(places: _Places, environment: Environment) -> Iterator[Dependent]:
    """Links into the tree, and scripts whose first line names an interpreter of it."""
    for directory in _PROGRAMS:
        try:
            paths = sorted(Path(entry.path) for entry in os.scandir(environment.home / directory))
        except OSError:
            continue
        for path in paths:
            if path.is_symlink() and places.holds(os.path.join(path.parent, os.readlink(path))):
                yield Dependent(kind="program", where=str(path), detail=f"a link to {os.readlink(path)}")
            elif path.is_file() and places.holds(_interpreter(path)):
                yield Dependent(kind="program", where=str(path), detail=f"runs on {_interpreter(path)}")


def _interpreter(path: Path) -> str:
    """What the first line of a script names; empty where it is none."""
    try:
        with open(path, "rb") as stream:
            line = stream.readline(512)
    except OSError:
        return ""
    return os.fsdecode(line[2:].strip()).partition(" ")[0] if line.startswith(b"#!") else ""
