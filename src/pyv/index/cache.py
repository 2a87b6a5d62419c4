"""What is kept of one index on this machine, below `index/<anchor>/`.

metadata/           TUF metadata, as `tuf.ngclient` keeps it: the memory against rollback
targets/<sha256>    verified manifests, keys and revocations
revocations.json    every revocation ever seen: the union of all lists
state.json          what was accepted last: written last, so that a reader without a lock sees one whole state
places              addresses and directories where this index was found, a line each, the newest first

`state.json` was written after full verification; reading it again needs no TUF, and each target is hashed when read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pyv.domain.fields import Fields, hinted, parse_object
from pyv.domain.revocation import Revocations, dump_revocations, parse_revocations
from pyv.domain.timestamp import LAST
from pyv.errors import DigestError
from pyv.store.atomic import make_directory, translated, write_text
from pyv.store.paths import Root

SCHEMA = 1
_PLACES = 8


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


class Cache:
    """One index's directory."""

    def __init__(self, root: Root, ident: str) -> None:
        self.path = root.index / ident
        self.lock = root.locks / f"index-{ident}.lock"

    @property
    def metadata(self) -> Path:
        """Where TUF metadata is kept."""
        return self.path / "metadata"

    def state(self) -> State | None:
        """What was accepted last; None before the first time.

        Raises:
            DocumentError: the file was damaged.
        """
        path = self.path / "state.json"
        with translated("read", path):
            if not path.is_file():
                return None
            text = path.read_text(encoding="utf-8", errors="replace")
        with hinted(f"remove {self.path}; the index is fetched and verified anew"):
            return _parse_state(text, str(path))

    def places(self) -> list[str]:
        """Where this index was found before, the newest first."""
        path = self.path / "places"
        with translated("read", path):
            return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []

    def remember(self, place: str) -> None:
        """Note that this index was found at a place; whoever writes at the same time may be forgotten."""
        make_directory(self.path)
        known = [place, *(other for other in self.places() if other != place)][:_PLACES]
        write_text(self.path / "places", "".join(f"{line}\n" for line in known), durable=False)

    def content(self, sha256: str) -> bytes | None:
        """A target that is kept, hashed again; None where it is not.

        Raises:
            DigestError: it was changed.
        """
        path = self.path / "targets" / sha256
        with translated("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DigestError(
                f"{path} was changed after it was verified",
                hint=f"remove {self.path}; it is fetched and verified anew",
                path=str(path),
            )
        return content

    def kept(self, sha256: str) -> bytes | None:
        """The same, where a changed file is none."""
        try:
            return self.content(sha256)
        except DigestError:
            return None

    def revocations(self) -> Revocations:
        """Every revocation this index ever showed.

        Raises:
            DocumentError: the file was damaged.
        """
        path = self.path / "revocations.json"
        with translated("read", path):
            if not path.is_file():
                return Revocations()
            text = path.read_text(encoding="utf-8", errors="replace")
        with hinted(f"remove {path}; what the index takes back is read from it again"):
            return parse_revocations(text, str(path))

    def keep(self, state: State, contents: Sequence[bytes], revocations: Revocations) -> None:
        """Accept a state: contents and revocations first, the state last. The caller holds the lock."""
        make_directory(self.path / "targets")
        for content in contents:
            digest = hashlib.sha256(content).hexdigest()
            if self.kept(digest) is None:
                write_text(self.path / "targets" / digest, content.decode("utf-8"), durable=False)
        text = dump_revocations(revocations)
        if text != dump_revocations(self.revocations()):
            write_text(self.path / "revocations.json", text)
        values = {**asdict(state), "targets": dict(state.targets)}
        write_text(self.path / "state.json", json.dumps({"schema": SCHEMA, **values}, indent=1) + "\n")
        self._clear(set(state.targets.values()))

    def _clear(self, wanted: set[str]) -> None:
        directory = self.path / "targets"
        with translated("clear", directory):
            for name in os.listdir(directory):
                if name not in wanted:
                    (directory / name).unlink(missing_ok=True)


def _parse_state(text: str, document: str) -> State:
    fields = Fields(parse_object(text, document), document)
    if fields.values.get("schema") != SCHEMA:
        raise fields.fault(
            "schema", f"this pyv reads schema {SCHEMA}: remove the file; `pyv index refresh` makes it anew"
        )
    targets = fields.values.get("targets")
    if not isinstance(targets, dict) or not all(map(_is_digest, targets.values())):
        raise fields.fault("targets", "not digests by name")
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
