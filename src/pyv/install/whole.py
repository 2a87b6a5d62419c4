"""Whether what stands at a version's name is whole: every listed file there, of its kind, and none cut short.

This is for what a restored cache, a full disk or a careless `rm` leaves, so it looks at names, kinds and sizes and
reads no content (`pyv verify` does). What packages may replace is left out: people upgrade pip. So is more than there
was: people edit, and a damaged file is a shorter one.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pyv.domain.tree import EXECUTABLE, LINK
from pyv.errors import PyvError
from pyv.install.place import has_moved
from pyv.store.atomic import store_error
from pyv.store.paths import Root
from pyv.store.receipt import Receipt, read_receipt
from pyv.store.versions import linked_id
from pyv.transfer.files import read_file

_LIST_BYTES = 256 * 1024 * 1024
_REPLACED_BY_PACKAGES = re.compile(r"lib/python3[^/]*/site-packages/|bin/(?:pip|easy_install|wheel)[^/]*$")
_PATH = 72
"""Where a line of a list begins to name its file: after the mode, a sha256 and two spaces."""


class Measured(NamedTuple):
    """A tree against its list."""

    missing: tuple[str, ...]
    """Not there, or something else than is listed."""
    size: int
    """Bytes of those files that neither packages nor a move change."""


def measure(prefix: str, listing: str, patched: Collection[str]) -> Measured:
    """Look at every listed file; `patched` are those whose size depends on where the tree lies.

    Raises:
        StoreError: one of them may not be looked at.
    """
    missing, size = [], 0
    for line in _lines(listing):
        mode, path = line[:6], line[_PATH:]
        if _REPLACED_BY_PACKAGES.match(path):
            continue
        try:
            status = os.lstat(f"{prefix}/{path}")
        except (FileNotFoundError, NotADirectoryError, ValueError):  # the last for what no file is called
            missing.append(path)
            continue
        except OSError as fault:
            raise store_error("read", f"{prefix}/{path}", fault) from fault
        if not _is_of_kind(mode, status.st_mode):
            missing.append(path)
        elif mode != LINK and path not in patched:
            size += status.st_size
    return Measured(tuple(missing), size)


def size_of(sizes: Mapping[str, int], patched: Collection[str]) -> int:
    """What `measure` finds where every file has the size it was written with; nothing is looked at."""
    kept = (path for path in sizes if path not in patched and not _REPLACED_BY_PACKAGES.match(path))
    return sum(sizes[path] for path in kept)


def _lines(listing: str) -> Iterable[str]:
    return listing.split("\n")[:-1]  # a name may hold what `splitlines` takes for the end of a line


def _is_of_kind(mode: str, found: int) -> bool:
    if mode == LINK:
        return stat.S_ISLNK(found)
    return stat.S_ISREG(found) and (mode != EXECUTABLE or bool(found & stat.S_IXUSR))


def damage(root: Root, name: str) -> str:
    """What is wrong with a version pyv installed, in words; nothing where it is whole, or not pyv's.

    Raises:
        StoreError: it may not be looked at.
    """
    store_id = linked_id(root, name)
    if store_id is None:
        return ""
    prefix = root.prefix(store_id)
    try:
        if not prefix.is_dir():
            return "its directory is gone"
        receipt = read_receipt(root, store_id)
    except OSError as fault:
        raise store_error("read", prefix, fault) from fault
    except PyvError:
        return "its receipt cannot be read" if root.receipt(store_id).exists() else "its receipt is gone"
    listing = _listing(root, store_id)
    if listing is None:
        return "the list of its files is gone"
    if not _belongs(listing, receipt, has_moved(root, name, store_id, receipt)):
        return "the list of its files is damaged"
    return _told(measure(str(prefix), listing, receipt.patched), receipt)


def mending(broken: str) -> list[str]:
    """The note of a plan that installs again what is not whole."""
    return [f"it is not whole ({broken}): installing it again"] if broken else []


def _listing(root: Root, store_id: str) -> str | None:
    try:
        content = read_file(root.file_list(store_id), _LIST_BYTES)
    except PyvError:
        return ""  # it is no file, or not to be read
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _belongs(listing: str, receipt: Receipt, moved: bool) -> bool:
    """Whether this is the list the receipt means; while a move is made good, only its length can be told."""
    if moved:
        return listing.endswith("\n") and listing.count("\n") == receipt.files
    return hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest() == receipt.tree


def _told(found: Measured, receipt: Receipt) -> str:
    if found.missing:
        count = len(found.missing)
        return f"{count} file{'s are' if count > 1 else ' is'} missing: {found.missing[0]}{', …' * (count > 1)}"
    if receipt.size is not None and found.size < receipt.size:
        return f"its files are {receipt.size - found.size} bytes short"
    return ""
