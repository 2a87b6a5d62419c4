"""The keys a person accepted for indexes other than the embedded one: one file a key below `trust/`.

An index of an organisation is accepted by its keys, not by its address, so the same index may move from a server to
a carried directory. A key accepted here never counts for the embedded index, and the embedded index's keys never
count for another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from pyv.domain.fields import Fields, parse_object
from pyv.errors import DocumentError, RequestError
from pyv.store.atomic import make_directory, translated, write_text
from pyv.store.paths import Root
from pyv.trust.keys import ArtifactKey, KeyList, dump_key_list, parse_key_list

_SHOWN = 16
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """One accepted key."""

    key: ArtifactKey
    source: str
    """What the person named when accepting it."""
    added: str
    """UTC, ISO 8601."""

    def to_dict(self) -> dict[str, object]:
        """The key for `--json`."""
        return {"keyid": self.key.keyid, "source": self.source, "added": self.added}


def utc(now: float) -> str:
    """A time as receipts and trust files write it."""
    return datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def accept(root: Root, keys: Iterable[ArtifactKey], source: str, now: float) -> list[Trusted]:
    """Trust keys, for every index that lists them."""
    make_directory(root.trust)
    accepted = []
    for key in keys:
        trusted = Trusted(key=key, source=source, added=utc(now))
        told = {
            "schema": _SCHEMA,
            "source": source,
            "added": trusted.added,
            "keys": json.loads(dump_key_list(KeyList(keys=(key,)))),
        }
        write_text(root.trust / f"{key.keyid[:_SHOWN]}.json", json.dumps(told, indent=2) + "\n")
        accepted.append(trusted)
    return accepted


def trusted_keys(root: Root) -> list[Trusted]:
    """Every accepted key.

    Raises:
        DocumentError: a file below `trust/` cannot be read as one; nothing is trusted on a guess.
    """
    found = []
    with translated("read", root.trust):
        names = sorted(os.listdir(root.trust)) if os.path.lexists(root.trust) else []
        paths = [root.trust / name for name in names if name.endswith(".json") and not name.startswith(".")]
        texts = [(str(path), path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    for document, text in texts:
        fields = Fields(parse_object(text, document), document)
        if fields.values.get("schema") != _SCHEMA:
            raise fields.fault("schema", f"this pyv reads schema {_SCHEMA}")
        keys = parse_key_list(json.dumps(fields.values.get("keys")), document).keys
        if len(keys) != 1:
            raise DocumentError(f"{document}: holds {len(keys)} keys where one belongs", document=document)
        found.append(Trusted(key=keys[0], source=fields.text("source"), added=fields.text("added")))
    return found


def distrust(root: Root, word: str) -> list[Trusted]:
    """Forget the keys a person names by key id (or its beginning, 8 digits at least) or by source.

    Raises:
        RequestError: nothing accepted has that name.
    """
    chosen = [
        trusted
        for trusted in trusted_keys(root)
        if word == trusted.source or (len(word) >= 8 and trusted.key.keyid.startswith(word))
    ]
    if not chosen:
        raise RequestError(f"no trusted key is called `{word}`", hint="see `pyv trust list`", name=word)
    for trusted in chosen:
        path = root.trust / f"{trusted.key.keyid[:_SHOWN]}.json"
        with translated("remove", path):
            path.unlink(missing_ok=True)
    return chosen
