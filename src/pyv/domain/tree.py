"""The files of an extracted prefix, as a list with a digest.

One line an entry, sorted by path: git's mode (`100755`, `100644`, `120000`), sha256 and path below the prefix. A
link's digest is that of its target's text. The tree digest is the sha256 of that text, so it depends on nothing
but names, kinds and contents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from pyv.domain.fields import malformed

EXECUTABLE, PLAIN, LINK = "100755", "100644", "120000"


class TreeEntry(NamedTuple):
    """One regular file or symlink below a prefix."""

    path: str
    mode: str
    sha256: str


def link_entry(path: str, target: str) -> TreeEntry:
    """The entry of a symlink."""
    return TreeEntry(path, LINK, hashlib.sha256(target.encode()).hexdigest())


def listing(entries: Iterable[TreeEntry]) -> str:
    """The text of a `.files` list."""
    return "".join(f"{mode} {sha256} {path}\n" for path, mode, sha256 in sorted(entries))


def tree_digest(text: str) -> str:
    """The digest of a listing."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse_listing(text: str, document: str) -> list[TreeEntry]:
    """Read a `.files` list.

    Raises:
        DocumentError: a line is not `mode sha256 path`.
    """
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        mode, _, rest = line.partition(" ")
        digest, _, path = rest.partition(" ")
        if mode not in {EXECUTABLE, PLAIN, LINK} or len(digest) != 64 or not path:
            raise malformed(document, f"line {number}", "not `mode sha256 path`")
        entries.append(TreeEntry(path, mode, digest))
    return entries
