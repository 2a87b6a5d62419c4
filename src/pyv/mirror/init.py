"""Making an empty mirror with its operator's key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyv.errors import StoreError
from pyv.mirror.keys import KEY_FILE, check_place, create_keys, load_keys
from pyv.mirror.layout import Mirror, publish
from pyv.store.atomic import translated
from pyv.trust.keys import ArtifactKey, KeyList


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """What `init` made."""

    directory: Path
    key: ArtifactKey
    """What clients are to trust."""
    key_made: bool
    """Whether the key is new; else it was in the key directory already."""


def init(directory: Path, keys_directory: Path) -> InitResult:
    """Make a mirror in `directory`, signed by the key in `keys_directory`, which is made where there is none.

    Raises:
        StoreError: `directory` holds something already.
        TrustError: the key directory is inside the mirror or a git work tree, or open to others.
    """
    with translated("read", directory):
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise StoreError(
                f"{directory} is not empty",
                hint="name a directory that is empty or does not exist",
                path=str(directory),
            )
    check_place(keys_directory, mirror=directory)
    made = not (keys_directory / KEY_FILE).exists()
    key = create_keys(keys_directory, mirror=directory) if made else load_keys(keys_directory).public_key
    mirror = Mirror(directory)
    mirror.create()
    publish(mirror, {}, KeyList(keys=(key,)))
    return InitResult(directory=directory, key=key, key_made=made)
