"""The launchers: `bin/pyv`, which shims call and people may put on PATH, and `bin/pyenv` where somebody asked for it.

A launcher (`launcher.sh` beside this file) answers what `sh` can be sure of and starts pyv for the rest. It prints
again what `init - SHELL` printed the last time, from `bin/.NAME-init-SHELL`: a line of `sh` that sets `_pyv_text`. A
launcher that changes forgets that.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from pyv import __version__
from pyv.environment import PYENV, PYV
from pyv.errors import StoreError
from pyv.store.atomic import make_directory, write_text
from pyv.store.paths import Root
from pyv.store.script import quoted, script, value_of

_MARK = "# pyv, written by `pyv rehash`."
_PYENV_MARK = "# pyv under the name pyenv, written by `pyv init --as-pyenv`."
_KEPT = "-init-"


def write_launchers(root: Root, python: str) -> None:
    """Write `bin/pyv`, and renew a `bin/pyenv` that is pyv.

    Raises:
        StoreError: they cannot be written.
    """
    make_directory(root.launcher.parent)
    if write_program(root.launcher, launcher_text(root, python)):
        _forget_set_ups(root)
    if is_pyenv_ours(root):
        write_program(root.pyenv, launcher_text(root, python, PYENV))


def launcher_text(root: Root, python: str, name: str = PYV) -> str:
    """The script `bin/NAME`: pyv under that name, without the caller's Python settings, wherever it lies."""
    package = Path(__file__).resolve().parents[1]
    search = ", ".join(_from_root(root, place) for place in _search(package, python))
    start = (
        f"import sys; root = sys.argv.pop(1); sys.argv[0] = {name!r}; sys.path[:0] = [{search}]; "
        "from pyv.__main__ import start; start()"
    )
    return script(
        "launcher.sh",
        MARK=_PYENV_MARK if name == PYENV else _MARK,
        NAME=name,
        VARIABLE=f"{name.upper()}_ROOT",
        SET_ROOT=_root_line(root),
        PYTHON=quoted(python),
        PACKAGE=quoted(str(package)),
        RELEASE=quoted(_release(package, python)),
        START=quoted(start),
    )


def _root_line(root: Root) -> str:
    return f"_pyv_root={quoted(str(root.place))}\n"


def launcher_stands(root: Root) -> bool:
    """Whether `bin/pyv` names this root, and a Python that is there; or is not wanted at all."""
    if not root.has_launcher:
        return True
    try:
        text = root.launcher.read_bytes()
    except OSError:
        return False
    python = value_of("_pyv_python", text)
    if _MARK.encode() not in text[:4096] or python is None:
        return True  # not pyv's to judge
    return names_root("_pyv_root", text, root) and os.access(python, os.X_OK)


def names_root(variable: str, text: bytes, root: Root) -> bool:
    """Whether a script was written for this root: for its path, or for another name of the same directory."""
    named = value_of(variable, text)
    if named is None or named == str(root.place) or root.used_at is not None:
        return named == str(root.place)
    try:
        return os.path.samefile(named, root.path)
    except OSError:
        return False


def _from_root(root: Root, path: str) -> str:
    """A path as Python reads it; what lies in the root moves with it."""
    beginning = f"{root.place}/"
    return f"root + {path[len(beginning) - 1 :]!r}" if path.startswith(beginning) else repr(path)


def _search(package: Path, python: str) -> list[str]:
    """Where pyv and what it needs were found: its own place, and that of the interpreter's packages."""
    places = (f"{os.path.dirname(os.path.dirname(python))}/", f"{sys.base_prefix}/")
    packages = [path for path in sys.path if path.endswith("-packages") and path.startswith(places)]
    return list(dict.fromkeys([str(package.parent), *packages]))


def _release(package: Path, python: str) -> str:
    """A directory that goes when another release of pyv comes, whatever times it has: its metadata, if there is any."""
    places = (Path(place, f"pyv-{__version__}.dist-info") for place in _search(package, python))
    return str(next((place for place in places if place.is_dir()), package))


def is_pyenv_ours(root: Root) -> bool:
    """Whether `bin/pyenv` is there, and is pyv."""
    try:
        return _PYENV_MARK.encode() in root.pyenv.read_bytes()[:4096]
    except OSError:
        return False


def write_program(path: Path, text: str) -> bool:
    """Write an executable file unless it has this text already; whether it was written."""
    content = text.encode()
    try:
        if path.read_bytes() == content and os.access(path, os.X_OK):
            return False
    except OSError:
        pass  # it is not there, or not to be read: then it is replaced
    write_text(path, text, mode=0o755)
    return True


def keep_set_up(root: Root, name: str, shell: str, text: str) -> None:
    """Keep what `init - SHELL` printed for the launcher of this name, if there is one that calls the root the same."""
    launcher = root.launcher.with_name(name)
    with suppress(OSError, StoreError):
        if _root_line(root).encode() in launcher.read_bytes():
            line = "_pyv_text=" + quoted(text.removesuffix("\n"))
            write_text(launcher.with_name(f".{name}{_KEPT}{shell}"), f"{line}\n", durable=False)


def _forget_set_ups(root: Root) -> None:
    for path in root.launcher.parent.glob(f".*{_KEPT}*"):
        path.unlink(missing_ok=True)
