"""What pyenv has: `versions/NAME`, links among them, and the virtual environments inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pyv.domain.naming import natural_key
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.migrate.inventory import Entry, Inventory, family_of, has_python, is_environment, twin_request
from pyv.store.atomic import store_error
from pyv.store.paths import Root

TOOL = "pyenv"


def pyenv_root(environment: Environment, named: str | None, root: Root) -> Path:
    """The root `--from` names, else `PYENV_ROOT`, else `~/.pyenv`.

    `PYENV_ROOT` may be pyv's own root, for the tools that read it: a `~/.pyenv` that is another tree comes before that.
    """
    usual = environment.home / ".pyenv"
    word = named or environment.variable("PYENV_ROOT")
    place = usual if word is None else Path(os.path.normpath(environment.cwd / word))
    return usual if named is None and usual.is_dir() and _is_same(place, root.path) else place


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def read_pyenv(environment: Environment, named: str | None, root: Root) -> Inventory:
    """Look at a pyenv root. Where it is pyv's own, what pyv itself put there is left out.

    Raises:
        RequestError: it is no pyenv root. StoreError: it cannot be read.
    """
    place = pyenv_root(environment, named, root)
    versions = place / "versions"
    if not versions.is_dir():
        raise RequestError(f"no pyenv at {place}: {versions} is no directory", hint="name pyenv's root: --from DIR")
    is_own = _is_same(place, root.path)
    try:
        names = sorted((entry.name for entry in os.scandir(versions)), key=natural_key)
    except OSError as fault:
        raise store_error("read", versions, fault) from fault
    found = [entry for name in names for entry in _entries(versions, name)]
    if is_own:
        found = [entry for entry in found if not _is_pyvs(entry.path, root)]
    return Inventory(
        tool=TOOL, place=place, versions=versions, is_own=is_own, global_pin=place / "version", entries=tuple(found)
    )


def _is_pyvs(path: Path, root: Root) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(root.store) + "/")


def _entries(versions: Path, name: str) -> Iterator[Entry]:
    """A name of the tree, and the environments inside it."""
    path = versions / name
    if name.startswith(".") or (not path.is_symlink() and not path.is_dir()):
        return
    entry = _entry(versions, path)
    yield entry
    if entry.kind == "interpreter":
        try:
            inside = sorted((each.name for each in os.scandir(path / "envs")), key=natural_key)
        except OSError:
            return
        for each in inside:
            if has_python(path / "envs" / each):
                yield Entry(name=f"{name}/envs/{each}", path=path / "envs" / each, kind="environment")


def _entry(versions: Path, path: Path) -> Entry:
    name = path.name
    if not path.exists():
        return Entry(name=name, path=path, kind="broken", cause=f"a link that leads nowhere: {os.readlink(path)}")
    if path.is_symlink():
        inside = _inside(versions, path)
        if len(inside) == 1:
            return Entry(name=name, path=path, kind="alias", here=name, target=inside[0])
        if len(inside) == 3 and inside[1] == "envs":
            return Entry(name=name, path=path, kind="environment", here=name)
    if is_environment(path):
        return Entry(name=name, path=path, kind="environment", here=name)
    if not has_python(path):
        return Entry(name=name, path=path, kind="broken", cause="there is no Python in it")
    family, request = family_of(name), twin_request(name)
    cause = ""
    if not request:
        cause = f"{family} is not CPython" if family else "its name is not a version of CPython"
    return Entry(name=name, path=path, kind="interpreter", family=family, here=name, request=request, cause=cause)


def _inside(versions: Path, path: Path) -> tuple[str, ...]:
    """Where in the tree a link leads; nothing where it leads elsewhere, which makes it an interpreter of its own."""
    tree, real = os.path.realpath(versions), os.path.realpath(path)
    return tuple(real.removeprefix(f"{tree}/").split("/")) if real.startswith(f"{tree}/") else ()
