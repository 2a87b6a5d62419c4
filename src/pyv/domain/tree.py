"""The files of an extracted prefix, as a list with a digest.

One line an entry, sorted by path: git's mode (`100755`, `100644`, `120000`), sha256 and path below the prefix. A
link's digest is that of its target's text. The tree digest is the sha256 of that text, so it depends on nothing
but names, kinds and contents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
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
    return TreeEntry(path, LINK, hashlib.sha256(target.encode("utf-8", "surrogateescape")).hexdigest())


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
    *lines, last = text.split("\n")  # a name may hold what `splitlines` takes for the end of a line
    if last:
        raise malformed(document, f"line {len(lines) + 1}", "cut short: it has no end")
    for number, line in enumerate(lines, 1):
        mode, _, rest = line.partition(" ")
        digest, _, path = rest.partition(" ")
        if mode not in {EXECUTABLE, PLAIN, LINK} or len(digest) != 64 or not path:
            raise malformed(document, f"line {number}", "not `mode sha256 path`")
        entries.append(TreeEntry(path, mode, digest))
    return entries


class Comparison(NamedTuple):
    """Where a tree differs from its listing; each part sorted by path."""

    changed: tuple[str, ...]
    """Another content, kind, executable bit or link target."""
    missing: tuple[str, ...]
    added: tuple[str, ...]
    """In the tree, but not in the listing: packages, bytecode."""


def compare(listed: Iterable[TreeEntry], found: Mapping[str, TreeEntry | None]) -> Comparison:
    """Hold a tree to its listing.

    Args:
        listed: what there should be.
        found: what there is, by path; None for what no listing holds (a directory, a socket) or nobody has hashed.
    """
    expected = {entry.path: entry for entry in listed}
    return Comparison(
        changed=tuple(sorted(path for path in expected.keys() & found.keys() if found[path] != expected[path])),
        missing=tuple(sorted(expected.keys() - found.keys())),
        added=tuple(sorted(found.keys() - expected.keys())),
    )
