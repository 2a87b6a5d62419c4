"""The state of an index as it was accepted last: what its file holds, read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from pyv.domain.fields import Fields, parse_object
from pyv.domain.timestamp import LAST

KEYS = "trust/artifact-keys.json"
REVOKED = "revocations/revocations.json"
"""The targets every index has."""
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role of the metadata accepted last; times in whole seconds since the epoch."""

    name: str
    version: int
    expires: int
    keyids: tuple[str, ...]
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The index as it was accepted last."""

    place: str
    """The address it was refreshed from, without credentials."""
    refreshed: int
    """When that was."""
    reference: int
    """The time it was verified at: the clock's, unless a policy allowed an earlier one."""
    expires: int
    """The earliest expiry in the chain."""
    stale: int
    """Seconds past that expiry, where policy allowed it."""
    timestamp: str
    """sha256 of the timestamp it was verified with."""
    published: str
    roles: tuple[Role, ...]
    targets: Mapping[str, str]
    """sha256 by target name; empty where the index has no such target."""

    def is_valid(self, now: float) -> bool:
        """Whether it may be believed at `now`: not expired, and the clock did not run backwards."""
        return not self.stale and max(self.refreshed, self.reference) <= now < self.expires

    def covers(self, names: Iterable[str]) -> bool:
        """Whether it knows of each of these targets what it is, or that there is none."""
        return all(name in self.targets for name in names)


def dump_state(state: State) -> str:
    """The text of a state."""
    values = {**asdict(state), "targets": dict(state.targets)}
    return json.dumps({"schema": SCHEMA, **values}, indent=1) + "\n"


def parse_state(text: str, document: str) -> State:
    """Read a state; `document` is what errors call it.

    Raises:
        DocumentError: it is none.
    """
    fields = Fields(parse_object(text, document), document)
    if fields.values.get("schema") != SCHEMA:
        raise fields.fault(
            "schema", f"this pyv reads schema {SCHEMA}: remove the file; `pyv index refresh` makes it anew"
        )
    targets = fields.values.get("targets")
    if not isinstance(targets, dict) or not all(map(_is_digest, targets.values())):
        raise fields.fault("targets", "not digests by name")
    if not targets.get(KEYS) or not targets.get(REVOKED):
        raise fields.fault("targets", "without the keys or the revocations")
    moments = {name: _moment(fields, name) for name in ("refreshed", "reference", "expires")}
    return State(
        place=fields.text("place"),
        timestamp=fields.text("timestamp"),
        published=fields.text("published"),
        roles=tuple(_parse_role(entry) for entry in fields.objects("roles")),
        targets=targets,
        stale=fields.count("stale") or 0,
        **moments,
    )


def _is_digest(value: object) -> bool:
    """A sha256, which is a file's name too, or nothing."""
    return isinstance(value, str) and re.fullmatch(r"([0-9a-f]{64})?", value) is not None


def _moment(fields: Fields, name: str) -> int:
    """Seconds since the epoch, within the calendar."""
    moment = fields.count(name) or 0
    if moment > LAST:
        raise fields.fault(name, "after the year 9999")
    return moment


def _parse_role(fields: Fields) -> Role:
    keyids = fields.values.get("keyids")
    if not isinstance(keyids, list):
        raise fields.fault("keyids", "not a list")
    return Role(
        name=fields.text("name"),
        version=fields.count("version") or 0,
        expires=_moment(fields, "expires"),
        keyids=tuple(str(keyid) for keyid in keyids),
        threshold=fields.count("threshold") or 0,
    )
