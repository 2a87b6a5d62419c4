"""The root on disk.

versions/3.12.2 -> ../store/<id>    what is installed; making this link is the commit point
versions/3.12   -> 3.12.2           managed alias of a minor
aliases                             the managed aliases, `NAME TARGET` a line: what the shim reads
store/<id>/                         an extracted prefix
store/<id>.json                     its receipt
store/foreign-NAME.json             the receipt of a name that is a link to another tool's version
store/<id>.files                    mode, sha256 and path of every file, after patching
shims/  bin/pyv                     what PATH finds; what a shim calls when `sh` cannot decide
self/VERSION-DIGEST/                pyv with a Python of its own, where scripts/install.sh put it: `pyv.store.own`
version                             the global pin
cache/blobs/sha256/<hex>            verified archives
cache/partial/<hex>                 archives on their way, with what is needed to resume
trust/<anchor>.json                 roots accepted for indexes other than the embedded one
index/<anchor>/                     what is kept of an index: metadata, verified targets, the last accepted state
staging/<entry>/                    work in progress; the next writing command sweeps it
locks/                              lock files
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Root:
    """`PYV_ROOT`, and the name of everything in it."""

    path: Path
    used_at: Path | None = None
    """Where it will lie when it is used, if that is elsewhere: an image is laid out in a directory of its own."""

    @property
    def place(self) -> Path:
        """The path that is written into what lies in it."""
        return self.path if self.used_at is None else self.used_at

    @property
    def has_launcher(self) -> bool:
        """Whether pyv can be started from it: what it runs on is not where a root that is used elsewhere will lie."""
        return self.used_at is None

    @property
    def versions(self) -> Path:
        """The versions tree, pyenv's layout."""
        return self.path / "versions"

    @property
    def aliases(self) -> Path:
        """The list of managed aliases."""
        return self.path / "aliases"

    @property
    def store(self) -> Path:
        """Extracted prefixes and their receipts."""
        return self.path / "store"

    @property
    def shims(self) -> Path:
        """The directory people put on PATH."""
        return self.path / "shims"

    @property
    def launcher(self) -> Path:
        """The pyv that shims call."""
        return self.path / "bin" / "pyv"

    @property
    def own(self) -> Path:
        """Releases of pyv that have a Python of their own."""
        return self.path / "self"

    @property
    def pyenv(self) -> Path:
        """pyv under the name pyenv, where that was asked for."""
        return self.path / "bin" / "pyenv"

    @property
    def libexec(self) -> Path:
        """The same, command by command, as plugins call them: `pyenv-root`, `pyenv-prefix`, …"""
        return self.path / "libexec"

    @property
    def global_pin(self) -> Path:
        """The global version file."""
        return self.path / "version"

    @property
    def blobs(self) -> Path:
        """Verified archives by sha256."""
        return self.path / "cache" / "blobs" / "sha256"

    @property
    def partial(self) -> Path:
        """Archives on their way."""
        return self.path / "cache" / "partial"

    @property
    def staging(self) -> Path:
        """Work in progress."""
        return self.path / "staging"

    @property
    def locks(self) -> Path:
        """Lock files."""
        return self.path / "locks"

    @property
    def tree_lock(self) -> Path:
        """The lock of links, aliases and shims: short."""
        return self.locks / "tree.lock"

    def artifact_lock(self, sha256: str) -> Path:
        """The lock of one artifact: held through its install."""
        return self.locks / f"artifact-{sha256[:16]}.lock"

    @property
    def trust(self) -> Path:
        """Accepted roots."""
        return self.path / "trust"

    @property
    def index(self) -> Path:
        """What is kept of indexes."""
        return self.path / "index"

    def version_link(self, name: str) -> Path:
        """Where a version of this name is linked."""
        return self.versions / name

    def used_prefix(self, name: str) -> Path:
        """What a version of this name calls its prefix."""
        return self.place / "versions" / name

    def prefix(self, store_id: str) -> Path:
        """Where an extracted prefix lies."""
        return self.store / store_id

    def receipt(self, store_id: str) -> Path:
        """The receipt of a prefix."""
        return self.store / f"{store_id}.json"

    def file_list(self, store_id: str) -> Path:
        """The list of a prefix's files."""
        return self.store / f"{store_id}.files"
