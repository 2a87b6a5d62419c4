"""Versions of another tool that answer in this tree: a link `versions/NAME`, and a receipt that says whose they are.

store/foreign-NAME.json     the receipt of an adopted name: which tool, and the text of the link

The link is the commit point here too. A name counts as adopted only while its link is the one the receipt tells of:
what somebody put in its place since is theirs. Nothing here reads or writes what a link leads to.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from pyv.domain.naming import natural_key
from pyv.errors import DocumentError
from pyv.store.paths import Root
from pyv.store.receipt import SCHEMA, parse_lenient

_BEGINNING = "foreign-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A receipt that is marked as foreign."""

    name: str
    tool: str
    """Whose it is: `pyenv` or `uv`."""
    target: str
    """The text of the link: an absolute path, or another name in the tree."""
    was: str = ""
    """The text it had before this one: while it is changed either may be there."""
    adopted_at: str
    """UTC, ISO 8601."""
    pyv: str

    def to_json(self) -> str:
        """The text of the receipt."""
        told = {"schema": SCHEMA, "foreign": self.tool, "name": self.name, "target": self.target, "was": self.was}
        return json.dumps({**told, "adopted_at": self.adopted_at, "pyv": self.pyv}, indent=2) + "\n"


def adopted_id(name: str) -> str:
    """What stands for a store id in the name of the receipt and in an intent; no prefix is ever called so."""
    return _BEGINNING + name


def read_adopted(root: Root, name: str) -> Adopted | None:
    """The receipt of a name that leads to another tool's version; None for every other name."""
    if "/" in name:
        return None
    try:
        target = os.readlink(root.version_link(name))
        text = root.receipt(adopted_id(name)).read_text(encoding="utf-8", errors="surrogateescape")
        values = parse_lenient(text, adopted_id(name))
    except (OSError, DocumentError):
        return None
    told = {word: str(values.get(word, "")) for word in ("name", "adopted_at", "pyv")}
    targets = {str(values.get(word, "")) for word in ("target", "was")}
    receipt = Adopted(**told, tool=str(values.get("foreign", "")), target=target)
    return receipt if receipt.name == name and target in targets and receipt.tool else None


def adopted_versions(root: Root) -> list[Adopted]:
    """Every name that is adopted now, in natural order, whether or not what it leads to is still there."""
    names = [
        path.name.removeprefix(_BEGINNING).removesuffix(".json") for path in root.store.glob(f"{_BEGINNING}*.json")
    ]
    found = (read_adopted(root, name) for name in sorted(names, key=natural_key))
    return [receipt for receipt in found if receipt is not None]


def is_adopted(root: Root, store_id: str) -> bool:
    """Whether this is the id of a name that is adopted now."""
    return store_id.startswith(_BEGINNING) and read_adopted(root, store_id.removeprefix(_BEGINNING)) is not None
