"""What the versions tree holds, as selection sees it: names, managed aliases, virtual environments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.naming import natural_key
from pyv.store.aliases import read_aliases
from pyv.store.atomic import store_error
from pyv.store.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The tree at one moment; names are looked up on disk only when asked for."""

    root: Root
    aliases: Mapping[str, str]
    """Managed aliases: `3.12` → `3.12.2`."""

    def has(self, name: str) -> bool:
        """Whether a name is a directory, or a link to one, strictly below `versions/`."""
        versions = str(self.root.versions)
        if not name or name == ".":
            return False
        path = os.path.normpath(f"{versions}/{name}")
        return path.startswith(f"{versions}/") and os.path.isdir(path)

    def target(self, name: str) -> str | None:
        """What a managed alias stands for; None for other names, and where the target is not installed."""
        target = self.aliases.get(name)
        return target if target is not None and self.has(target) else None

    def entries(self) -> list[str]:
        """Every directory or link to one in `versions/`, managed aliases included, in natural order."""
        try:
            with os.scandir(self.root.versions) as found:
                names = [entry.name for entry in found if _is_version(entry)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as fault:
            raise store_error("read", self.root.versions, fault) from fault
        return sorted(names, key=natural_key)

    def names(self) -> list[str]:
        """The entries without the managed aliases: what a prefix may mean."""
        return [name for name in self.entries() if not self.is_managed_alias(name)]

    def is_managed_alias(self, name: str) -> bool:
        """Whether pyv made this link and follows patch releases with it."""
        return name in self.aliases and os.path.islink(self.root.version_link(name))

    def environments(self, name: str) -> list[str]:
        """The virtual environments inside a version, as `NAME/envs/ENV`."""
        try:
            with os.scandir(self.root.version_link(name) / "envs") as found:
                names = [entry.name for entry in found if entry.is_dir()]
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return []
        return [f"{name}/envs/{env}" for env in sorted(names, key=natural_key)]

    def binaries(self, name: str) -> Path:
        """The directory of a version's programs."""
        return self.root.version_link(name) / "bin"


def _is_version(entry: os.DirEntry[str]) -> bool:
    """A directory or a link to one; not what a writer has not yet given its name, nor a link in a circle."""
    if entry.name.startswith(".") and entry.name.endswith(".tmp"):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return False


def read_installed(root: Root) -> Installed:
    """Look at the tree.

    Raises:
        StoreError: the list of aliases cannot be read.
    """
    return Installed(root=root, aliases=dict(read_aliases(root)))
