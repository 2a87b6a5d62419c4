"""Where an installed tree was fitted to, and whether it lies there still.

A tree names its own prefix in few files; a root that is copied, mounted or restored elsewhere takes them along.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

from pyv.store.paths import Root
from pyv.store.receipt import Receipt, is_path

_PREFIX = re.compile(r"^ 'prefix': (?P<value>'[^'\n]*'|\"[^\"\n]*\"),$", re.MULTILINE)
_SYSCONFIG = re.compile(r"lib/python3[^/]*/_sysconfigdata_[^/]*\.py")


def fitted_for(root: Root, store_id: str, receipt: Receipt) -> str:
    """The path a tree was patched for; empty where nobody says, as some older receipts do not."""
    if receipt.prefix:
        return receipt.prefix
    for path in filter(_SYSCONFIG.fullmatch, receipt.patched):
        try:
            text = (root.prefix(store_id) / path).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            continue
        found = _PREFIX.search(text)
        if found is not None:
            prefix = _literal(found["value"])
            return prefix if Path(prefix).parent.name == "versions" else ""  # what was never patched names another's
    return ""


def _literal(text: str) -> str:
    """The path a string of Python spells; empty where it spells none."""
    try:
        path = str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return ""
    return path if is_path(path) else ""


def has_moved(root: Root, name: str, store_id: str, receipt: Receipt) -> bool:
    """Whether a tree was patched for another place; another spelling of the same place is none."""
    before, now = fitted_for(root, store_id, receipt), root.used_prefix(name)
    if not before or before == str(now):
        return False
    if root.used_at is not None:
        return True
    try:
        return not os.path.samefile(before, now)
    except OSError:
        return True


def root_of(prefix: str) -> str:
    """The root a prefix was in."""
    return str(Path(prefix).parents[1]) if prefix.count("/") > 1 else prefix
