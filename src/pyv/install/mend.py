"""Making good, for a version that is installed already, what an earlier run could not do or a move has undone.

Where nothing is amiss nothing is written, so a root that is read-only serves.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyv.errors import PyvError, StoreError
from pyv.install.moved import fit_again
from pyv.install.place import has_moved
from pyv.install.remove import clear_unfinished
from pyv.install.site import Outcome, Site
from pyv.store.launcher import launcher_stands
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.store.programs import find_programs
from pyv.store.receipt import read_receipt
from pyv.store.shims import rehash, shims_name
from pyv.store.versions import aliases_are_current, installed, refresh_aliases, store_id_of

if TYPE_CHECKING:
    from pyv.install.plan import Plan


def present(plan: Plan, site: Site) -> Outcome:
    """What becomes of a plan whose version is there.

    Raises:
        StoreError: something is amiss with it, and the file system refuses.
    """
    mend(plan.name, site)
    return Outcome(plan=plan, prefix=site.root.used_prefix(plan.name), receipt=None)


def mend(name: str, site: Site) -> None:
    """Fit the root to its place if the version was moved, and write the aliases, shims and launchers that are wanting.

    Raises:
        StoreError: something is amiss, and the file system refuses.
    """
    root = site.root
    if is_in_order(root, name):
        return
    moved = _has_moved(root, name)
    try:
        _make_good(root, site, moved)
    except StoreError as fault:
        if moved:
            fault.message = f"{name} was moved, and cannot be fitted to its new place: {fault.message}"
        raise


def is_in_order(root: Root, name: str) -> bool:
    """Whether nothing is to be done for a version that is installed."""
    return not _has_moved(root, name) and _serves(root)


def _make_good(root: Root, site: Site, moved: bool) -> None:
    with locked(root.tree_lock, check=site.check):
        clear_unfinished(root)
        for version in installed(root) if moved else ():
            if _has_moved(root, version.name):
                before = fit_again(root, version.name)
                site.reporter.step(version.name, f"its root was moved here from {before}: fitted again")
        refresh_aliases(root)
        rehash(root, site.environment.python)


def _has_moved(root: Root, name: str) -> bool:
    store_id = store_id_of(root, name)
    try:
        return store_id is not None and has_moved(root, name, store_id, read_receipt(root, store_id))
    except PyvError:
        return False  # not whole: nothing is known of it


def _serves(root: Root) -> bool:
    """Whether aliases, shims and launchers are complete, and those of this root as far as that can be changed."""
    shims = set(os.listdir(root.shims)) if root.shims.is_dir() else set()
    if not (aliases_are_current(root) and find_programs(root).names <= shims):
        return False
    return (shims_name(root) and launcher_stands(root)) or not os.access(root.shims, os.W_OK)
