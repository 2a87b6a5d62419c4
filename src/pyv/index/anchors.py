"""Anchors: the roots this machine starts from. The embedded index's, and those a person accepted, a file each.

An index of an organisation is accepted by its root, not by its address, so the same index may move from a server to
a carried directory (docs/adr/0003). What is accepted here never counts for the embedded index, and the embedded
root never for another one. There is no trust on first use: an anchor comes with pyv or from a person.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.fields import Fields, hinted, parse_object
from pyv.errors import RequestError, RollbackError
from pyv.index.embedded import embedded_directory
from pyv.index.opened import EMBEDDED
from pyv.store.atomic import make_directory, translated, write_text
from pyv.store.paths import Root

_SHOWN = 16
_SCHEMA = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One root, and how it came here."""

    root: str = field(repr=False)
    """The text of the root metadata."""
    version: int
    keyids: tuple[str, ...]
    """The keys of its root role."""
    source: str
    """What the person named when accepting it, or `embedded`."""
    added: str
    """UTC, ISO 8601; empty for the embedded one."""
    first: str = ""
    """The text of the first root of its line, where that is known: what names the line for good."""

    @property
    def is_embedded(self) -> bool:
        """Whether it came with pyv."""
        return self.source == EMBEDDED

    @property
    def ident(self) -> str:
        """The name of what is kept for it."""
        return ident_of(self.first or self.root)

    @property
    def sha256(self) -> str:
        """The digest of the root file."""
        return hashlib.sha256(self.root.encode()).hexdigest()

    def to_dict(self) -> dict[str, object]:
        """The anchor for `--json`."""
        return {
            "id": self.ident,
            "version": self.version,
            "keyids": list(self.keyids),
            "sha256": self.sha256,
            "source": self.source,
            "added": self.added,
        }


def ident_of(first: str) -> str:
    """The id of the index whose first root this is."""
    return hashlib.sha256(first.encode()).hexdigest()[:_SHOWN]


def embedded_anchor() -> Anchor | None:
    """The newest root this pyv was published with."""
    metadata = embedded_directory() / "metadata"
    with translated("read", metadata):
        versions = sorted(int(path.name.partition(".")[0]) for path in metadata.glob("[0-9]*.root.json"))
        if not versions:
            return None
        first, newest = ((metadata / f"{n}.root.json").read_text(encoding="utf-8") for n in (versions[0], versions[-1]))
    return Anchor(root=newest, version=versions[-1], keyids=_root_keys(newest), source=EMBEDDED, added="", first=first)


def _root_keys(text: str) -> tuple[str, ...]:
    """The root role's keys, of a root that was verified before."""
    role = json.loads(text)["signed"]["roles"]["root"]
    return tuple(role["keyids"])


def accept(root: Root, anchor: Anchor) -> Anchor:
    """Trust a root that was verified.

    Raises:
        RollbackError: a newer root of the same line was accepted before.
    """
    known = next((each for each in accepted(root) if each.ident == anchor.ident), None)
    if known is not None and known.version > anchor.version:
        raise RollbackError(
            f"root version {anchor.version} of {anchor.source} is older than version {known.version}, which is trusted",
            hint="the mirror is behind: take the root from a current one",
            version=anchor.version,
            trusted=known.version,
        )
    make_directory(root.trust)
    told = {
        "schema": _SCHEMA,
        "source": anchor.source,
        "added": anchor.added,
        "version": anchor.version,
        "keyids": list(anchor.keyids),
        "root": anchor.root,
        "first": anchor.first,
    }
    write_text(root.trust / f"{anchor.ident}.json", json.dumps(told, indent=2) + "\n")
    return anchor


def accepted(root: Root) -> list[Anchor]:
    """Every accepted root.

    Raises:
        DocumentError: a file below `trust/` cannot be read as one; nothing is trusted on a guess.
    """
    return [anchor for _, anchor in _files(root)]


def _files(root: Root) -> list[tuple[Path, Anchor]]:
    with translated("read", root.trust):
        names = sorted(os.listdir(root.trust)) if os.path.lexists(root.trust) else []
        paths = [root.trust / name for name in names if name.endswith(".json") and not name.startswith(".")]
        texts = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    found = []
    for path, text in texts:
        with hinted(f"remove {path}, and accept the index again: pyv trust add"):
            found.append((path, _parse(text, str(path))))
    return found


def _parse(text: str, document: str) -> Anchor:
    fields = Fields(parse_object(text, document), document)
    if fields.values.get("schema") != _SCHEMA:
        raise fields.fault("schema", f"this pyv reads schema {_SCHEMA}: accept the index again with `pyv trust add`")
    keyids, content, first = (fields.values.get(name) for name in ("keyids", "root", "first"))
    if not isinstance(content, str) or not isinstance(first, str) or not isinstance(keyids, list):
        raise fields.fault("root", "the file is incomplete")
    return Anchor(
        root=content,
        version=fields.count("version") or 0,
        keyids=tuple(str(keyid) for keyid in keyids),
        source=fields.text("source"),
        added=fields.text("added"),
        first=first,
    )


def distrust(root: Root, word: str) -> list[Anchor]:
    """Forget the roots a person names by id or key id (or its beginning, 8 digits at least) or by source.

    Raises:
        RequestError: nothing accepted has that name.
    """
    chosen = [each for each in _files(root) if word == each[1].source or _is_called(each[1], word)]
    if not chosen:
        raise RequestError(f"no trusted root is called `{word}`", hint="see `pyv trust list`", name=word)
    for path, _ in chosen:  # whatever the file is called: an administrator may have put it there
        with translated("remove", path):
            path.unlink(missing_ok=True)
    return [anchor for _, anchor in chosen]


def _is_called(anchor: Anchor, word: str) -> bool:
    return len(word) >= 8 and any(name.startswith(word) for name in (anchor.ident, *anchor.keyids))
