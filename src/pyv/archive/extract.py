"""From a compressed archive to a directory nobody has seen yet: read, judge, write, in one pass.

1. The destination is created here and is gone again after any failure. 2. Every member is judged and counted, also
those outside the subtree, which are not written. 3. Symlinks are made last, when every target is known. 4. The
digest of every file is taken as it passes, so the list of the tree costs no second reading. 5. Memory is that of
the window and a few chunks.

What the operating system refuses (no space, read-only) stays an `OSError`: the caller knows what it was about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pyv.archive.budget import Budget, Metered
from pyv.archive.destination import Destination, fresh
from pyv.archive.inflate import inflated
from pyv.archive.members import TOP, Names, Place
from pyv.archive.reader import DIRECTORY, FILE, HARD_LINK, Member, TarReader
from pyv.archive.refusal import RuleError, refused
from pyv.domain.tree import EXECUTABLE, PLAIN, TreeEntry, link_entry

INSTALL_ONLY, FULL = "python", "python/install"
"""Where the prefix lies in an archive of flavor `install_only*`, and in one of flavor `full`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the record states, to be met exactly; None where it states nothing."""

    unpacked: int | None = None
    """Bytes of all regular files."""
    entries: int | None = None
    """Files, links and directories."""
    size: int | None = None
    """Bytes of the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What came out of an archive."""

    entries: tuple[TreeEntry, ...]
    """Files and symlinks of the subtree, paths relative to it, sorted."""
    sizes: Mapping[str, int]
    """Bytes of each regular file of the subtree, by the same paths."""
    unpacked: int
    """Bytes of all regular files of the archive: a record's `u`."""
    members: int
    """Files, links and directories of the archive: a record's `e`."""


def extract(
    read: Callable[[int], bytes],
    destination: Path,
    *,
    compression: str,
    name: str,
    limits: Limits,
    subtree: str = INSTALL_ONLY,
) -> Extracted:
    """Write what an archive holds below `subtree` into `destination`, which must not exist; its parent is private.

    Args:
        read: up to so many compressed bytes, none at the end; called from another thread.
        destination: created with mode 0755.
        compression: `gz` or `zst`.
        name: the archive, for errors.
        limits: what the record states.
        subtree: `INSTALL_ONLY` or `FULL`.

    Raises:
        ArchiveError: the archive breaks a rule; nothing is left of it.
        OSError: the destination cannot be created or written; nothing is left of it.
    """
    with fresh(destination) as directory:
        names = Names(case_sensitive=directory.case_sensitive)
        return _Unpacking(name, limits, subtree, names, directory).run(read, compression)


def scan(
    read: Callable[[int], bytes],
    *,
    compression: str,
    name: str,
    limits: Limits,
    subtree: str = INSTALL_ONLY,
    case_sensitive: bool = True,
) -> Extracted:
    """Judge an archive by the same rules and tell what it holds, without writing anything.

    `case_sensitive=False` judges it as a destination that ignores case would.

    Raises:
        ArchiveError: the archive breaks a rule.
    """
    names = Names(case_sensitive=case_sensitive)
    return _Unpacking(name, limits, subtree, names, None).run(read, compression)


class _Unpacking:
    """One pass over one archive."""

    def __init__(
        self, archive: str, limits: Limits, subtree: str, names: Names, destination: Destination | None
    ) -> None:
        self._archive = archive
        self._limits = limits
        self._budget = Budget(stated_unpacked=limits.unpacked, stated_entries=limits.entries)
        self._subtree = subtree
        self._below = f"{subtree}/"
        self._names = names
        self._destination = destination
        self._entries: dict[str, TreeEntry] = {}
        self._sizes: dict[str, int] = {}
        """Every file's bytes, by its path in the archive."""
        self._links: dict[str, str] = {}
        """Every symlink's target, by its path in the archive."""

    def run(self, read: Callable[[int], bytes], compression: str) -> Extracted:
        metered = Metered(read, self._archive, self._limits.size)
        with closing(inflated(metered, compression, self._archive)) as chunks:
            reader = TarReader(self._budget.watched(chunks, metered, self._archive), self._archive)
            for member in reader.members():
                try:
                    self._budget.take(member)
                    self._member(member, self._names.add(member), reader)
                except RuleError as broken:
                    raise refused(self._archive, broken.rule, member=member.path) from broken
        try:
            self._budget.finish()
        except RuleError as broken:
            raise refused(self._archive, broken.rule) from broken
        for path, target in self._links.items():
            self._make_link(path, target)
        entries = [entry for path, entry in self._entries.items() if self._inside(path)]
        sizes = {inside: size for path, size in self._sizes.items() if (inside := self._inside(path))}
        if not entries:
            raise refused(self._archive, f"it holds nothing below `{self._subtree}`")
        return Extracted(
            entries=tuple(sorted(entries)), sizes=sizes, unpacked=self._budget.unpacked, members=self._budget.entries
        )

    def _inside(self, path: str) -> str | None:
        """The path below the subtree; None outside."""
        return path[len(self._below) :] if path.startswith(self._below) else None

    def _member(self, member: Member, place: Place, reader: TarReader) -> None:
        inside = self._inside(place.path)
        if member.kind == DIRECTORY:
            if self._destination is not None and inside is not None:
                self._destination.directory(inside)
            return
        path = place.path if inside is None else inside
        writing = None if inside is None or place.twin else self._destination
        if member.kind == FILE:
            entry = self._file(path, member, reader, writing)
            self._sizes[place.path] = member.size
        elif member.kind == HARD_LINK:
            entry = self._hard_link(path, member, inside is not None, writing)
            self._sizes[place.path] = self._sizes[self._names.spelled(member.target)]
        else:
            entry = link_entry(path, member.target)
            self._links[place.path] = member.target
        if self._entries.setdefault(place.path, entry) != entry:
            raise RuleError(f"a name that differs from `{place.path}` only in case, for something else")

    def _file(self, path: str, member: Member, reader: TarReader, writing: Destination | None) -> TreeEntry:
        mode = EXECUTABLE if member.executable else PLAIN
        whole = reader.whole()
        if whole is not None:  # nearly every file: one chunk holds it, so one write and one hash do
            if writing is not None:
                writing.write(path, (whole,), executable=member.executable)
            return TreeEntry(path, mode, hashlib.sha256(whole).hexdigest())
        digest = hashlib.sha256()
        parts = _passing(reader.contents(), digest.update)
        if writing is not None:
            writing.write(path, parts, executable=member.executable)
        else:
            for _ in parts:
                pass
        return TreeEntry(path, mode, digest.hexdigest())

    def _hard_link(self, path: str, member: Member, inside: bool, writing: Destination | None) -> TreeEntry:
        source = self._names.spelled(member.target)
        below = self._inside(source)
        if inside and below is None:
            raise RuleError(f"a hard link to `{member.target}`, which is outside `{self._subtree}`")
        if writing is not None and below is not None:
            writing.hard_link(path, below)
        return self._entries[source]._replace(path=path)

    def _make_link(self, path: str, target: str) -> None:
        inside = self._inside(path)
        try:
            self._names.resolve(path, target, within=TOP if inside is None else self._subtree)
        except RuleError as broken:
            raise refused(self._archive, broken.rule, member=path) from broken
        if self._destination is not None and inside is not None:
            self._destination.symlink(inside, target)


def _passing(parts: Iterator[memoryview], see: Callable[[memoryview], None]) -> Iterator[memoryview]:
    """The parts unchanged, each seen on its way."""
    for part in parts:
        see(part)
        yield part
