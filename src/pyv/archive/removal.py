"""Removing a tree by directory descriptor, never through a link."""

from __future__ import annotations

import os

DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(parent: int, name: str) -> None:
    """Remove `name` below the open directory `parent`, and everything in it; nothing there is fine.

    Raises:
        OSError: something could not be removed.
    """
    try:
        descriptor = os.open(name, DIRECTORY_FLAGS, dir_fd=parent)
    except FileNotFoundError:
        return
    except NotADirectoryError:  # also what O_DIRECTORY makes of a symlink
        os.unlink(name, dir_fd=parent)
        return
    try:
        with os.scandir(descriptor) as entries:
            children = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for child, is_directory in children:
            if is_directory:
                remove_tree(descriptor, child)
            else:
                os.unlink(child, dir_fd=descriptor)
    finally:
        os.close(descriptor)
    os.rmdir(name, dir_fd=parent)
