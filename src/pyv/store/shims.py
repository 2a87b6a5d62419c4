"""Shims: one `sh` script under the name of every program of every installed version.

The script (`shim.sh` beside this file, the root written into it) works out the program from its own name, so all
shims have one content, and are hard links of one file, `shims/.shim`: it reaches the disk once, and a rehash tells
a shim that is up to date by its inode alone. Where links are not possible they are copies.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import StoreError
from pyv.store.atomic import make_directory, store_error, translated, write_text
from pyv.store.paths import Root

_NAME = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9_+.-]*", re.ASCII)
_MARK = b"#!/bin/sh\n# pyv shim"
_PYENV_MARK = b'#!/usr/bin/env bash\nset -e\n[ -n "$PYENV_DEBUG" ]'
_PROTOTYPE = ".shim"
_TEMPORARY = ".link.tmp"
_LAUNCHER = """\
#!/bin/sh
# pyv as shims call it, written by `pyv rehash`.
python={python}
if [ -z "${{PYV_ROOT-}}" ]; then PYV_ROOT={root}; fi
export PYV_ROOT
if [ -x "$python" ]; then exec "$python" {options} "$@"; fi
echo "pyv: $python, which pyv runs on, is gone" >&2
echo "hint: install pyv again, then run 'pyv rehash'" >&2
exit 127
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehash:
    """What a rehash changed: names of shims."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def rehash(root: Root, python: str) -> Rehash:
    """Make the shims those of what is installed, and the launcher one that starts this pyv on `python`.

    The caller holds the tree lock. Stale files that neither pyv nor pyenv made are left alone.

    Raises:
        StoreError: the shims cannot be written.
    """
    if os.path.isdir(root.shims) and not os.access(root.shims, os.W_OK):
        raise StoreError(f"cannot rehash: {root.shims} isn't writable", hint="change its permissions or its owner")
    for name in (str(root.path), python):
        if not _is_utf8(name):
            raise StoreError(
                f"cannot rehash: the name of {os.fsencode(name)!r} is not UTF-8",
                hint="set PYV_ROOT to a directory with another name",
            )
    make_directory(root.shims)
    make_directory(root.launcher.parent)
    _write(root.launcher, launcher_text(root, python))
    prototype = root.shims / _PROTOTYPE
    _write(prototype, shim_text(root))
    with translated("rehash", root.shims):
        return _synchronise(root.shims, program_names(root))


def shim_text(root: Root) -> str:
    """The script, with the root written into it."""
    return _script("shim.sh", ROOT=quoted(str(root.path)))


def _script(name: str, **values: str) -> str:
    """One of the scripts beside this file, with what they share and these values written into it."""
    here = Path(__file__)
    text = here.with_name(name).read_text(encoding="utf-8")
    shared = here.with_name("resolve.sh").read_text(encoding="utf-8")
    for placeholder, value in {"RESOLVE": shared, "BOM": "\ufeff", "CR": "\r", "TAB": "\t", **values}.items():
        text = text.replace(f"@{placeholder}@", value)
    return text


def launcher_text(root: Root, python: str) -> str:
    """The script `bin/pyv`: pyv, without the caller's Python settings (`-I`), wherever it was imported from."""
    package = Path(__file__).resolve().parents[1]
    if package.is_relative_to(sys.prefix):
        start = "from pyv.__main__ import main"
    else:
        # a checkout, or somebody's user site: -I would not find it
        start = f"import sys; sys.path.insert(0, {str(package.parent)!r}); from pyv.__main__ import main"
    options = f"-I -c {quoted(f'{start}; raise SystemExit(main())')}"
    return _LAUNCHER.format(python=quoted(python), root=quoted(str(root.path)), options=options)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(text: str) -> str:
    """A text as one word of any POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def program_names(root: Root) -> set[str]:
    """The name of every program in `versions/*/bin` and `versions/*/envs/*/bin`.

    A program is an executable regular file, or a link to one, whose name is made of letters, digits and `_+.-`.
    """
    names: set[str] = set()
    for version in _scan(str(root.versions)):
        if _leads_to_sibling(version) or not version.is_dir():
            continue
        directories = [version.path, *(entry.path for entry in _scan(f"{version.path}/envs"))]
        for directory in directories:
            for entry in _scan(f"{directory}/bin"):
                if entry.name not in names and _NAME.fullmatch(entry.name) and _is_executable(entry):
                    names.add(entry.name)
    return names


def _scan(directory: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as fault:
        raise store_error("read", directory, fault) from fault


def _leads_to_sibling(version: os.DirEntry[str]) -> bool:
    """Whether this is a link to another name in the tree (an alias), which is scanned anyway."""
    return version.is_symlink() and "/" not in os.readlink(version.path)


def _is_executable(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() and bool(entry.stat().st_mode & 0o111)
    except OSError:
        return False  # a link that leads nowhere, or in a circle


def _write(path: Path, text: str) -> None:
    """Write an executable file unless it has this text already."""
    content = text.encode()
    try:
        if path.read_bytes() == content and os.access(path, os.X_OK):
            return
    except OSError:
        pass  # it is not there, or not to be read: then it is replaced
    write_text(path, text, mode=0o755)


def _synchronise(shims: Path, names: set[str]) -> Rehash:
    prototype = str(shims / _PROTOTYPE)
    inode = os.stat(prototype).st_ino
    content = Path(prototype).read_bytes()
    missing = set(names)
    removed = []
    for entry in list(_scan(str(shims))):
        if entry.name in names:
            if entry.inode() == inode or _holds(entry, content) or entry.is_dir():
                missing.discard(entry.name)
        elif entry.name.endswith(".tmp") and entry.name.startswith("."):
            os.unlink(entry.path)  # left by a rehash that was killed
        elif not entry.name.startswith(".") and (entry.inode() == inode or _is_shim(entry)):
            os.unlink(entry.path)
            removed.append(entry.name)
    for name in missing:
        _place(prototype, content, shims, name)
    return Rehash(written=tuple(sorted(missing)), removed=tuple(sorted(removed)))


def _holds(entry: os.DirEntry[str], content: bytes) -> bool:
    try:
        status = os.lstat(entry.path)
        if status.st_size != len(content) or not status.st_mode & 0o111 or entry.is_symlink():
            return False
        with open(entry.path, "rb") as stream:
            return stream.read() == content
    except OSError:
        return False


def _is_shim(entry: os.DirEntry[str]) -> bool:
    """Whether pyv or pyenv made this file."""
    if not entry.is_file(follow_symlinks=False):
        return False
    with open(entry.path, "rb") as stream:
        return stream.read(256).startswith((_MARK, _PYENV_MARK))


def _place(prototype: str, content: bytes, shims: Path, name: str) -> None:
    """Put one shim in its place, whole: linked beside it, then renamed over whatever was there."""
    temporary = str(shims / _TEMPORARY)
    try:
        os.link(prototype, temporary)
    except OSError:
        # a file system without hard links
        write_text(shims / name, content.decode("utf-8"), mode=0o755, durable=False)
        return
    os.replace(temporary, shims / name)
