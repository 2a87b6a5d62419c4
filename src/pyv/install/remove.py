"""Uninstalling, and clearing away what dead processes left: standard library only."""

from __future__ import annotations

import os

from pyv.environment import Environment
from pyv.errors import StoreError
from pyv.store.atomic import clear_temporaries
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.store.shims import rehash
from pyv.store.staging import abandoned, has_entries, staged
from pyv.store.versions import remove, settle


def uninstall_version(root: Root, name: str, environment: Environment) -> None:
    """Remove a version: its link first, so that no shim can reach half of it.

    Raises:
        NotInstalledError: there is none. StoreError: it is not pyv's, or the file system refuses.
    """
    with staged(root) as stage, locked(root.tree_lock):
        remove(root, stage, name)
        rehash(root, environment.python)
    if os.path.lexists(stage.path):
        raise StoreError(
            f"{name} is uninstalled, but not all of it could be removed",
            hint=f"remove {stage.path} by hand, as somebody who may",
            path=str(stage.path),
        )


def clear_unfinished(root: Root) -> None:
    """Remove what writers that died left beside the files of the tree. The caller holds the tree lock."""
    clear_temporaries(root.path, root.aliases.name)
    for directory in (root.versions, root.store, root.shims, root.launcher.parent):
        clear_temporaries(directory)


def sweep(root: Root, environment: Environment) -> int:
    """Finish or take back what processes that died had begun; how many entries were cleared."""
    if not has_entries(root):
        return 0
    with abandoned(root) as stages, locked(root.tree_lock):
        for stage in stages:
            settle(root, stage)
        if any(stage.intent() for stage in stages):
            clear_unfinished(root)
            rehash(root, environment.python)
        return sum(os.path.lexists(stage.path) for stage in stages)
