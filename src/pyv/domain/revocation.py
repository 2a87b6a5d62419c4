"""Revocations: what was published once and is taken back, and why.

A list is `{"format":1,"entries":[{"action","match","reason","date","ref"?,"replaced_by"?}]}`. `block` forbids; `yank`
only keeps resolution from choosing, so it never stands in the way of a request that names the version exactly. What
is matched is one archive (`sha256`), one build tag (`build`), a version (`version`, on one `triple` or on all), or
everything one key signed (`key`). An action or a match this pyv does not know is refused, never passed over; other
members of an entry only describe it and may be unknown. A list can only subtract, so lists are joined by `union`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields, parse_object
from pyv.domain.lines import canonical_json
from pyv.domain.version import parse_version

FORMAT = 1
MAX_BYTES = 4 * 1024 * 1024
"""The largest list that is read: tens of thousands of entries."""

BLOCK, YANK = "block", "yank"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_BUILD = re.compile(r"[0-9]{8}")
_TRIPLE = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+){2,3}")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_VARIANT = re.compile(r"t?(-debug)?\Z")
_NEWER = "needs a newer pyv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """One entry; exactly one of `sha256`, `build`, `version` and `keyid` says what it is about."""

    action: str
    """`block` or `yank`."""
    sha256: str = ""
    build: str = ""
    version: str = ""
    """`3.13.1` means every variant of it, `3.13.1t` or `3.13.1-debug` the one."""
    triple: str = ""
    """With `version`: only there; empty for everywhere."""
    keyid: str = ""
    reason: str
    date: str
    """`YYYY-MM-DD`; in a list always, else empty where nobody says."""
    ref: str = ""
    """Where more is told: an advisory's name or address."""
    replaced_by: str = ""
    """What to install in its place, as a version request."""

    @property
    def blocks(self) -> bool:
        """Whether it forbids; a yank gives way to a request that names the version exactly."""
        return self.action == BLOCK

    @property
    def told(self) -> str:
        """Why, and when or where more is told."""
        more = ", ".join(filter(None, (self.date, self.ref)))
        return f"{self.reason} ({more})" if more else self.reason

    @property
    def match(self) -> dict[str, str]:
        """What it is about, as the list spells it."""
        words = {
            "sha256": self.sha256,
            "build": self.build,
            "version": self.version,
            "triple": self.triple,
            "key": self.keyid,
        }
        return {kind: word for kind, word in words.items() if word}

    def hits(self, artifact: Artifact) -> bool:
        """Whether it is about this artifact."""
        if self.version:
            return self.version in {artifact.version, artifact.version_name} and self.triple in {"", artifact.triple}
        if self.sha256:
            return self.sha256 == artifact.sha256
        return (self.build or None) == artifact.build or (self.keyid or None) == artifact.keyid

    def to_dict(self) -> dict[str, object]:
        """The entry as it stands in a list."""
        told: dict[str, object] = {
            "action": self.action,
            "match": self.match,
            "reason": self.reason,
            "date": self.date,
        }
        more = {"ref": self.ref, "replaced_by": self.replaced_by}
        told.update({key: word for key, word in more.items() if word})
        return told


@dataclass(frozen=True, slots=True)
class Revocations:
    """Every entry of a list, or of several joined."""

    entries: tuple[Revocation, ...] = ()
    _places: dict[str, list[int]] = field(init=False, repr=False, compare=False)
    """Where the entries about a digest, a build, a version or a key stand: most records are in none of them."""

    def __post_init__(self) -> None:
        places: dict[str, list[int]] = {}
        for place, entry in enumerate(self.entries):
            for word in filter(None, (entry.sha256, entry.build, entry.version, entry.keyid)):
                places.setdefault(word, []).append(place)
        object.__setattr__(self, "_places", places)

    def of(self, artifact: Artifact) -> Revocation | None:
        """The entry that counts for an artifact, a block before a yank; None where there is none."""
        if not self.entries:
            return None
        words = (artifact.sha256, artifact.build, artifact.version, artifact.version_name, artifact.keyid)
        hits = [entry for entry in self._about(words) if entry.hits(artifact)]
        return next((entry for entry in hits if entry.blocks), hits[0] if hits else None)

    def of_bytes(self, sha256: str, keyid: str) -> Revocation | None:
        """The entry that names bytes, or the key that vouches for them; a block before a yank."""
        about = self._about((sha256, keyid))
        hits = [entry for entry in about if sha256 == entry.sha256 or keyid == (entry.keyid or None)]
        return next((entry for entry in hits if entry.blocks), hits[0] if hits else None)

    def _about(self, words: Iterable[str]) -> list[Revocation]:
        """The entries that name one of these words, in their order."""
        places = {place for word in words for place in self._places.get(word, ())}
        return [self.entries[place] for place in sorted(places)]


def union(one: Revocations, other: Revocations) -> Revocations:
    """Everything either list takes back."""
    return Revocations(tuple(dict.fromkeys((*one.entries, *other.entries))))


def dump_revocations(revocations: Revocations) -> str:
    """The text of a list, ordered by date, each entry once: one line, ending in a line feed."""
    told = {canonical_json(entry.to_dict()): entry for entry in revocations.entries}
    ordered = sorted(told, key=lambda text: (told[text].date, text))
    return canonical_json({"format": FORMAT, "entries": [told[text].to_dict() for text in ordered]}) + "\n"


def parse_revocations(text: str, document: str) -> Revocations:
    """Read a list; `document` is what errors call it.

    Raises:
        DocumentError: it is not one, or needs a newer pyv.
    """
    fields = Fields(parse_object(text, document), document)
    fields.format_is(FORMAT)
    return Revocations(tuple(dict.fromkeys(_parse_entry(entry) for entry in fields.objects("entries"))))


def _parse_entry(fields: Fields) -> Revocation:
    action = fields.text("action")
    if action not in {BLOCK, YANK}:
        raise fields.fault("action", f"{_NEWER}: `{action}` is neither `{BLOCK}` nor `{YANK}`")
    date = fields.text("date")
    if _DATE.fullmatch(date) is None:
        raise fields.fault("date", f"`{date}` is not a day such as 2026-11-23")
    match = _parse_match(fields)
    return Revocation(
        action=action,
        sha256=match.get("sha256", ""),
        build=match.get("build", ""),
        version=match.get("version", ""),
        triple=match.get("triple", ""),
        keyid=match.get("key", ""),
        reason=_words(fields, "reason"),
        date=date,
        ref=_words(fields, "ref", ""),
        replaced_by=_words(fields, "replaced_by", ""),
    )


def _words(fields: Fields, key: str, default: str | None = None) -> str:
    """One line that is safe to show on a terminal."""
    text = fields.text(key, default)
    if not text.isprintable():
        raise fields.fault(key, "has characters that cannot be shown")
    return text


def _parse_match(fields: Fields) -> dict[str, str]:
    value = fields.values.get("match")
    if not isinstance(value, dict):
        raise fields.fault("match", "not a JSON object")
    match = Fields(value, fields.document, f"{fields.path}.match")
    kinds = sorted(value.keys() - {"triple"})
    if len(kinds) != 1 or kinds[0] not in {"sha256", "build", "version", "key"}:
        raise fields.fault("match", f"{_NEWER}: not exactly one of `sha256`, `build`, `version`, `key`")
    if "triple" in value and kinds != ["version"]:
        raise fields.fault("match", f"{_NEWER}: `triple` goes with `version` only")
    words = {key: match.text(key) for key in value}
    for key, form in (("sha256", _DIGEST), ("key", _DIGEST), ("build", _BUILD), ("triple", _TRIPLE)):
        if key in words and form.fullmatch(words[key]) is None:
            raise match.fault(key, f"`{words[key]}` is not of the form it must have")
    if "version" in words:
        _check_version(match, words["version"])
    return words


def _check_version(match: Fields, version: str) -> None:
    try:
        parse_version(_VARIANT.sub("", version))
    except ValueError:
        raise match.fault("version", f"`{version}` is not a version such as 3.13.1 or 3.13.1t") from None
