"""A rehash of its own: under the lock of the tree, and not for ever.

Whoever holds the lock holds it for moments, and it falls with its process. A process that was stopped (Ctrl-Z, a
debugger) keeps it, though: then this gives up after `PYENV_REHASH_TIMEOUT` seconds, 60 unless set, in pyenv's words.
"""

from __future__ import annotations

from pyv.environment import Environment, clock
from pyv.errors import StoreError
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.store.shims import rehash

_PATIENCE = 60


def rehash_alone(root: Root, environment: Environment) -> None:
    """Renew the shims.

    Raises:
        StoreError: another process keeps the lock, or the shims cannot be written.
    """
    patience = _patience(environment)
    until = clock() + patience

    def check() -> None:
        if clock() > until:
            raise StoreError(
                f"cannot rehash: couldn't acquire lock {root.tree_lock} for {patience} seconds. "
                "Last error message: held by another process",
                hint=f"see who holds it: fuser {root.tree_lock}",
                path=str(root.tree_lock),
            )

    with locked(root.tree_lock, check=check):
        rehash(root, environment.python)


def _patience(environment: Environment) -> int:
    word = environment.variable("PYENV_REHASH_TIMEOUT") or ""
    return int(word) if word.isdecimal() else _PATIENCE
