"""Artifact keys: who may sign records, named by key id, and when.

A key list is `{"format":1,"keys":[{"keyid","keytype","scheme","public","not_before"?,"not_after"?,"revoked"?}]}`. The
key id is securesystemslib's: the sha256 of the canonical JSON of `{"keytype","keyval":{"public"},"scheme"}`, so that
TUF metadata can name the same key by the same word. An id that does not fit its key is refused.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyv.domain.fields import Fields, parse_object
from pyv.domain.lines import canonical_json
from pyv.errors import UnknownKeyError

FORMAT = 1
MAX_BYTES = 1024 * 1024
"""The largest key list that is read: thousands of keys."""

_TYPE = "ed25519"
_PUBLIC = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_SHOWN = 16


def key_id(public: bytes) -> str:
    """The id of an Ed25519 key: 64 hex digits."""
    described = {"keytype": _TYPE, "keyval": {"public": public.hex()}, "scheme": _TYPE}
    return hashlib.sha256(canonical_json(described).encode("ascii")).hexdigest()


def short(keyid: str) -> str:
    """A key id as messages show it."""
    return keyid[:_SHOWN] or "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactKey:
    """One public key and the time in which it counts."""

    keyid: str
    public: bytes
    """32 bytes."""
    not_before: str | None = None
    """First day it counts, `YYYY-MM-DD` in UTC."""
    not_after: str | None = None
    """Last day it counts, `YYYY-MM-DD` in UTC."""
    revoked: bool = False

    @classmethod
    def of_public(cls, public: bytes) -> ArtifactKey:
        """A key without limits."""
        return cls(keyid=key_id(public), public=public)

    def to_dict(self) -> dict[str, object]:
        """The key as it stands in a key list."""
        entry: dict[str, object] = {
            "keyid": self.keyid,
            "keytype": _TYPE,
            "scheme": _TYPE,
            "public": self.public.hex(),
        }
        limits = {"not_before": self.not_before, "not_after": self.not_after}
        entry.update({name: day for name, day in limits.items() if day is not None})
        if self.revoked:
            entry["revoked"] = True
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """The artifact keys of one index, each id once."""

    keys: tuple[ArtifactKey, ...] = ()

    def find(self, keyid: str) -> ArtifactKey | None:
        """The key of an id, whatever its state."""
        return next((key for key in self.keys if key.keyid == keyid), None)

    def without_limits(self) -> KeyList:
        """The same keys, as if none were revoked or limited in time: whether a signature fits is another question."""
        return KeyList(keys=tuple(replace(key, revoked=False, not_before=None, not_after=None) for key in self.keys))

    def live(self, keyid: str, now: float) -> ArtifactKey:
        """The key of an id, if it counts at `now` (seconds since the epoch).

        Raises:
            UnknownKeyError: it is not listed, is revoked, does not count yet, or no longer.
        """
        key = self.find(keyid)
        if key is None:
            raise UnknownKeyError(
                f"signed by key {short(keyid)}, which this index does not name",
                hint="take the record from a current index; accept an organisation's own with `pyv trust add`",
                keyid=keyid,
            )
        if key.revoked:
            raise UnknownKeyError(
                f"signed by key {short(keyid)}, which has been revoked",
                hint="its signatures prove nothing any more: take a record signed anew",
                keyid=keyid,
            )
        _check_time(key, time.strftime("%Y-%m-%d", time.gmtime(now)))
        return key


def _check_time(key: ArtifactKey, today: str) -> None:
    if key.not_before is not None and today < key.not_before:
        raise UnknownKeyError(
            f"signed by key {short(key.keyid)}, which is not valid before {key.not_before}",
            hint=f"check the clock of this machine: it says {today}",
            keyid=key.keyid,
        )
    if key.not_after is not None and today > key.not_after:
        raise UnknownKeyError(
            f"signed by key {short(key.keyid)}, which expired after {key.not_after}",
            hint=f"take the records from a current index; the clock of this machine says {today}",
            keyid=key.keyid,
        )


def parse_key_list(text: str, document: str) -> KeyList:
    """Read a key list; `document` is what errors call it.

    Raises:
        DocumentError: it is not one, or an id does not fit its key.
    """
    fields = Fields(parse_object(text, document), document)
    fields.format_is(FORMAT)
    keys: dict[str, ArtifactKey] = {}
    for entry in fields.objects("keys"):
        key = _parse_key(entry)
        if key.keyid in keys:
            raise entry.fault("keyid", f"{short(key.keyid)} stands there twice")
        keys[key.keyid] = key
    return KeyList(keys=tuple(keys.values()))


def dump_key_list(keys: KeyList | Iterable[ArtifactKey]) -> str:
    """The text of a key list, ordered by id: one line, ending in a line feed."""
    members = keys.keys if isinstance(keys, KeyList) else keys
    entries = [key.to_dict() for key in sorted(members, key=lambda key: key.keyid)]
    return canonical_json({"format": FORMAT, "keys": entries}) + "\n"


def _parse_key(fields: Fields) -> ArtifactKey:
    for name in ("keytype", "scheme"):
        if fields.text(name) != _TYPE:
            raise fields.fault(name, f"`{fields.text(name)}` is not a kind of key this pyv knows")
    public = fields.text("public")
    if _PUBLIC.fullmatch(public) is None:
        raise fields.fault("public", "not 64 hex digits")
    keyid = fields.text("keyid")
    if keyid != key_id(bytes.fromhex(public)):
        raise fields.fault("keyid", f"{short(keyid)} is not the id of this key")
    revoked = fields.values.get("revoked", False)
    if not isinstance(revoked, bool):
        raise fields.fault("revoked", "not true or false")
    return ArtifactKey(
        keyid=keyid,
        public=bytes.fromhex(public),
        not_before=_parse_day(fields, "not_before"),
        not_after=_parse_day(fields, "not_after"),
        revoked=revoked,
    )


def _parse_day(fields: Fields, name: str) -> str | None:
    day = fields.optional_text(name)
    if day is not None and _DATE.fullmatch(day) is None:
        raise fields.fault(name, f"`{day}` is not a day such as 2026-11-23")
    return day
