"""One time for everything that is written: what `SOURCE_DATE_EPOCH` asks for, so that two builds of an image are equal.

Times of a root tell a launcher whether a rehash is due; where they are all one, it has to look.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pyv.store.atomic import translated
from pyv.store.paths import Root
from pyv.store.shims import forget_times


def stamp_tree(top: Path, moment: int) -> None:
    """Give a directory and all that is in it this time, in seconds since the epoch; links are not followed.

    Raises:
        StoreError: the file system refuses.
    """
    with translated("set the times of", top):
        _stamp(_below(str(top)), moment)
        _stamp([str(top)], moment)


def stamp_root(root: Root, store_id: str, moment: int) -> None:
    """Give this time to what an installation wrote beside the prefix. The caller holds the tree lock.

    Raises:
        StoreError: the file system refuses.
    """
    forget_times(root)
    with translated("set the times of", root.path):
        links = [entry.path for entry in os.scandir(root.versions) if entry.is_symlink()]
        files = [root.prefix(store_id), root.receipt(store_id), root.file_list(store_id), root.aliases]
        directories = [root.shims, root.launcher.parent]
        within = [entry.path for directory in directories if directory.is_dir() for entry in os.scandir(directory)]
        places = [*files, root.versions, root.store, *directories, root.path]
        _stamp([*links, *within, *(str(place) for place in places if os.path.lexists(place))], moment)


def _below(directory: str) -> Iterator[str]:
    """Every path below a directory, what is in a directory before it."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            yield entry.path


def _stamp(paths: Iterator[str] | list[str], moment: int) -> None:
    for path in paths:
        os.utime(path, (moment, moment), follow_symlinks=False)
