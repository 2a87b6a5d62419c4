"""The record beside a prefix: which artifact, from where, verified how, and how long each phase took."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields, parse_object
from pyv.errors import StoreError
from pyv.store.paths import Root

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What pyv knows of one installed prefix."""

    name: str
    """The version name: `3.12.2`."""
    request: str
    artifact: Artifact
    index: str
    """Which index named the artifact: `embedded`, a URL, a directory, or a proof file."""
    source: str
    """Where the bytes came from."""
    derived: Mapping[str, str] | None = None
    """Which other packing those bytes are: `sha256`, `keyid`, `compression`; None for the archive itself."""
    level: str
    """`sha256`, `artifact-signature` or `index-fresh`."""
    index_published: str = ""
    """When that index was published, UTC; empty where nobody said."""
    index_stale: int = 0
    """Seconds since that index had expired, where policy allowed it."""
    keyid: str
    """The key that signed the record; empty at level `sha256`."""
    installed_at: str
    """UTC, ISO 8601."""
    pyv: str
    tree: str
    """sha256 of the `.files` list."""
    files: int
    unpacked: int
    patched: tuple[str, ...]
    """Files changed after extraction."""
    phases: Mapping[str, float]
    """Seconds."""
    prefix: str = ""
    """The path it was patched for; empty in receipts of earlier releases."""
    size: int | None = None
    """Bytes of the listed files that neither packages nor a move change; None in receipts of earlier releases."""

    def to_json(self) -> str:
        """The text of the receipt."""
        told = {field: getattr(self, field) for field in self.__slots__}
        told["artifact"] = self.artifact.to_dict()
        told["patched"] = list(self.patched)
        told["phases"] = {phase: round(seconds, 4) for phase, seconds in self.phases.items()}
        return json.dumps({"schema": SCHEMA, **told}, indent=2) + "\n"


def parse_receipt(text: str, document: str) -> Receipt:
    """Read a receipt.

    Raises:
        DocumentError: it is not one this pyv reads.
    """
    values = parse_lenient(text, document)
    fields = Fields(values, document)
    if values.get("schema") != SCHEMA:
        raise fields.fault("schema", f"this pyv reads schema {SCHEMA}, the receipt says {values.get('schema')!r}")
    record, patched, phases = values.get("artifact"), values.get("patched"), values.get("phases")
    if not isinstance(record, dict) or not isinstance(patched, list) or not isinstance(phases, dict):
        raise fields.fault("artifact", "the receipt is incomplete")
    try:
        record = parse_object(json.dumps(record), document, "artifact")  # as strictly as it was read from its index
    except RecursionError:
        raise fields.fault("artifact", "nested too deeply") from None
    words = ("name", "request", "index", "source", "level", "keyid", "installed_at", "pyv", "tree")
    return Receipt(
        **{word: fields.text(word) for word in words},
        artifact=Artifact.from_fields(Fields(record, document, "artifact")),
        derived=_derived(fields),
        index_published=fields.text("index_published", ""),
        index_stale=fields.count("index_stale") or 0,
        files=fields.count("files") or 0,
        unpacked=fields.count("unpacked") or 0,
        patched=tuple(_inside(path, fields) for path in patched),
        phases={str(phase): _seconds(seconds, fields) for phase, seconds in phases.items()},
        prefix=_prefix(fields),
        size=fields.count("size"),
    )


def _inside(path: object, fields: Fields) -> str:
    """A path of the prefix: what is listed here is written to, and a restored cache may hold anybody's receipt."""
    if not isinstance(path, str) or not is_path(f"/{path}") or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise fields.fault("patched", "not paths below the prefix")
    return path


def _prefix(fields: Fields) -> str:
    prefix = fields.text("prefix", "")
    if prefix and not is_path(prefix):
        raise fields.fault("prefix", "not an absolute path")
    return prefix


def is_path(text: str) -> bool:
    """Whether this is an absolute path the system could have told."""
    try:
        return text.startswith("/") and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _derived(fields: Fields) -> dict[str, str] | None:
    value = fields.values.get("derived")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise fields.fault("derived", "not a JSON object")
    told = Fields(value, fields.document, "derived")
    return {word: told.text(word) for word in ("sha256", "keyid", "compression")}


def _seconds(value: object, fields: Fields) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fields.fault("phases", "not seconds")
    try:
        return float(value)
    except OverflowError:
        raise fields.fault("phases", "not seconds") from None


def parse_lenient(text: str, document: str) -> dict[str, object]:
    """A receipt's JSON: seconds are fractions, which signed documents never hold."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    return values if isinstance(values, dict) else parse_object(text, document)


def read_receipt(root: Root, store_id: str) -> Receipt:
    """The receipt of an installed prefix.

    Raises:
        StoreError: there is none. DocumentError: it cannot be read.
    """
    path: Path = root.receipt(store_id)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise StoreError(f"no receipt for {store_id}: {fault.strerror}", path=str(path)) from fault
    return parse_receipt(text, str(path))
