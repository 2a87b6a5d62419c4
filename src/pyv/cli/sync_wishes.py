"""What an operator wishes of `sync` and `diff`, and what a mirror remembers where nothing is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.choice import Choice
from pyv.domain.lock import Lock
from pyv.errors import RequestError, StoreError
from pyv.index.lock_file import read_lock
from pyv.index.sources import upstream_locations
from pyv.mirror.settings import Settings
from pyv.mirror.source import Upstream
from pyv.transfer.locations import Location

_UPSTREAM = "upstream"
"""The word for the places where python-build-standalone publishes."""


def read_locks(paths: Sequence[Path]) -> tuple[Lock, ...]:
    """The locks in these files.

    Raises:
        DocumentError: one of them is no lock. StoreError: it cannot be read, or is not there.
    """
    found = []
    for path in paths:
        lock = read_lock(path)
        if lock is None:
            raise StoreError(f"there is no {path}", hint="`pyv lock` writes a lock; name its file", path=str(path))
        if not lock.entries:
            raise RequestError(f"{path} locks nothing", hint="`pyv lock VERSION` adds to it", path=str(path))
        found.append(lock)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command line of `sync` and `diff`."""

    directory: Path
    source: str | None = None
    archives: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    triples: tuple[str, ...] = ()
    flavors: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    builds: str | None = None
    locks: tuple[Lock, ...] = ()
    """Locks whose archives are chosen, these and no others."""
    anew: bool = False
    """Whether what was chosen before and is not named is forgotten."""
    repack: str | None = None
    max_staleness: str | None = None

    def over(self, known: Settings, cwd: Path) -> Settings:
        """The settings meant: what is remembered, where nothing else is said.

        Raises:
            RequestError: a word means nothing.
        """
        upstream = known.upstream if self.source is None else self.upstream(known, cwd).label
        if not upstream:
            raise RequestError(
                "this mirror does not know where to take records from",
                hint="name an index with --from: an address, a directory, or `embedded` for pyv's own",
            )
        if Upstream.parse(upstream, cwd).location == Location.parse(str(self.directory), cwd):
            raise RequestError(f"{self.directory} is this mirror itself", hint="name another index with --from")
        archives = known.archives
        if self.archives or self.source is not None:
            archives = tuple(word if word == _UPSTREAM else Location.parse(word, cwd).label for word in self.archives)
        return dataclasses.replace(
            known, upstream=upstream, archives=archives, choice=self._choice(known.choice), repack=self._repack(known)
        )

    def upstream(self, known: Settings, cwd: Path) -> Upstream:
        """The index to read, with the credentials of the command line."""
        return Upstream.parse(known.upstream if self.source is None else self.source, cwd)

    def places(self, known: Settings, cwd: Path) -> list[Location]:
        """Where archives are fetched from, in order, with the credentials of the command line."""
        found: list[Location] = []
        for word in self.archives or (() if self.source is not None else known.archives):
            found += upstream_locations() if word == _UPSTREAM else [Location.parse(word, cwd)]
        return found

    def _choice(self, known: Choice) -> Choice:
        """Each part as it is named here, else as it is remembered: naming versions does not widen the platforms.

        What locks chose stays as a whole until versions or other locks are named.
        """
        other = bool(self.triples or self.flavors or self.variants or self.builds)
        if self.locks:
            if self.versions or other:
                raise RequestError(
                    "--from-lock says by itself which archives, of which platforms",
                    hint="leave out --version, --triple, --flavor, --variant and --builds",
                )
            return Choice.exactly(entry.artifact for lock in self.locks for entry in lock.entries)
        if known.exact and not self.versions and not self.anew:
            if other:
                raise RequestError(
                    "this mirror carries what locks name, of the platforms they name",
                    hint="choose by --version too, or forget the locks with --anew",
                )
            return known
        before = Choice() if self.anew else known
        return Choice.of(
            versions=self.versions or before.versions,
            triples=self.triples or before.triples,
            flavors=self.flavors or before.flavors,
            variants=self.variants or before.variants,
            builds=self.builds or before.builds,
        )

    @property
    def is_exact(self) -> bool:
        """Whether archives are named one by one here."""
        return bool(self.locks)

    def _repack(self, known: Settings) -> bool:
        if self.repack not in {None, "zstd", "no"}:
            raise RequestError(f"pyv cannot repack as `{self.repack}`", hint="say --repack zstd, or --repack no")
        return known.repack if self.repack is None else self.repack == "zstd"
