"""The list of managed aliases, `NAME TARGET` a line: what shims and selection read."""

from __future__ import annotations

from pyv.domain.naming import Alias, is_alias_name
from pyv.store.atomic import store_error
from pyv.store.paths import Root


def read_aliases(root: Root) -> list[Alias]:
    """The managed aliases as they were last written; lines of another form are none.

    Raises:
        StoreError: the list cannot be read.
    """
    try:
        text = root.aliases.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return []
    except OSError as fault:
        raise store_error("read", root.aliases, fault) from fault
    pairs = (line.split() for line in text.splitlines())
    return [Alias(*pair) for pair in pairs if len(pair) == 2 and is_alias_name(pair[0])]
