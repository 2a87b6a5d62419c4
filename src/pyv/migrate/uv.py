"""What uv has: directories called by uv's keys (`cpython-3.12.2-linux-x86_64-gnu`), and links of minors to them.

In pyv's tree such an interpreter is called as pyenv would: `3.12.2`, `3.13.1t`. Of two with one name, the one for
this host's own triple has it.
"""

from __future__ import annotations

import os
from pathlib import Path

from pyv.domain.naming import natural_key
from pyv.domain.request import VersionRequest, parse_request
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.migrate.inventory import Entry, Inventory, family_of, has_python, twin_request
from pyv.store.atomic import store_error
from pyv.store.paths import Root

TOOL = "uv"


def uv_directory(environment: Environment, named: str | None) -> Path:
    """The directory `--from` names, else `UV_PYTHON_INSTALL_DIR`, else uv's below the data directory (XDG)."""
    word = named or environment.variable("UV_PYTHON_INSTALL_DIR")
    if word is not None:
        return Path(os.path.normpath(environment.cwd / word))
    data = environment.variable("XDG_DATA_HOME")
    shared = Path(data) if data and os.path.isabs(data) else environment.home / ".local" / "share"
    return shared / "uv" / "python"


def uv_configuration(environment: Environment) -> Path:
    """Where uv keeps a person's settings, the global pin among them."""
    named = environment.variable("XDG_CONFIG_HOME")
    above = Path(named) if named and os.path.isabs(named) else environment.home / ".config"
    return above / "uv"


def read_uv(environment: Environment, named: str | None, root: Root, triple: str) -> Inventory:
    """Look at uv's directory of interpreters, on a host of this triple.

    Raises:
        RequestError: there is none, or it is pyv's own tree. StoreError: it cannot be read.
    """
    place = uv_directory(environment, named)
    if not place.is_dir():
        raise RequestError(
            f"no interpreters of uv at {place}", hint="name the directory `uv python dir` prints: --from DIR"
        )
    if os.path.realpath(place) in {os.path.realpath(root.path), os.path.realpath(root.versions)}:
        raise RequestError(f"{place} is pyv's own tree, not uv's", hint="name another directory: --from DIR")
    try:
        names = sorted(
            (entry.name for entry in os.scandir(place) if entry.is_dir() or entry.is_symlink()), key=natural_key
        )
    except OSError as fault:
        raise store_error("read", place, fault) from fault
    entries = [_entry(place / name) for name in names if not name.startswith(".")]
    return Inventory(
        tool=TOOL,
        place=place,
        versions=place,
        global_pin=uv_configuration(environment) / ".python-version",
        entries=tuple(_one_of_a_name(entries, triple)),
    )


def _entry(path: Path) -> Entry:
    name = path.name
    if not path.exists():
        return Entry(name=name, path=path, kind="broken", cause=f"a link that leads nowhere: {os.readlink(path)}")
    real = os.path.realpath(path)
    if path.is_symlink() and os.path.dirname(real) == os.path.realpath(path.parent):
        return Entry(name=name, path=path, kind="alias", target=os.path.basename(real))
    if not has_python(path):
        return Entry(name=name, path=path, kind="broken", cause="there is no Python in it")
    family = family_of(name)
    try:
        request = parse_request(name)
    except RequestError:
        cause = f"{family} is not CPython" if family != "cpython" else "its name is not one of uv's keys"
        return Entry(name=name, path=path, kind="interpreter", family=family, cause=cause)
    here = _name_here(request)
    return Entry(name=name, path=path, kind="interpreter", family=family, here=here, request=twin_request(here))


def _name_here(request: VersionRequest) -> str:
    stage = f"{request.stage}{request.serial}" if request.stage else ""
    return ".".join(map(str, request.release)) + stage + request.variant.suffix


def _one_of_a_name(entries: list[Entry], triple: str) -> list[Entry]:
    """Let only the best of several interpreters have their common name: this host's, else the first."""
    holders: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: bool(entry.here) and parse_request(entry.name).triple != triple):
        holders.setdefault(entry.here, entry)
    return [
        entry if not entry.here or holders[entry.here] is entry else _nameless(entry, holders[entry.here])
        for entry in entries
    ]


def _nameless(entry: Entry, holder: Entry) -> Entry:
    cause = f"{holder.name} has the name {holder.here}"
    return Entry(name=entry.name, path=entry.path, kind="interpreter", family=entry.family, cause=cause)
