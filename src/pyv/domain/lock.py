"""The lock: the interpreters of a project, request by request and platform by platform, each with its signed record.

`pyv.lock` is TOML that only `pyv lock` writes: one value has one spelling, one key stands on a line, tables stand in
the order of their requests and platforms, and nothing in it counts or tells the time; so git merges it as text, and the
same lock is the same bytes. It holds whole records and no address: where the bytes come from is for whoever installs,
and a signature says whether they are the ones. Nothing here says that a record is good; `pyv.trust.record` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields, hinted, malformed, parse_object
from pyv.domain.lines import canonical_json
from pyv.domain.request import parse_request
from pyv.domain.toml import parse_toml, toml_string
from pyv.errors import DocumentError, RequestError

FILE_NAME = "pyv.lock"
FORMAT = 1
MAX_BYTES = 1024 * 1024
"""The largest lock that is read: some fifteen hundred records."""

_HEAD = """\
# Made by `pyv lock`: the interpreters of this project, each with the record its publisher signed.
# `pyv install --locked` installs exactly these. Commit this file, and let `pyv lock` change it.
"""
_HINT = "if a merge left it like this, take either side whole and run `pyv lock`; else remove it first"
_LINE = re.compile(r"""\s*(#.*|\[\[\s*python\s*\]\]\s*(#.*)?|\w+\s*=\s*[^\s\[{].*)?""")
"""A lock needs no other: what a repository brings may be anybody's, and keys within keys cost a parser dearly."""
_NEWER = re.compile(r"^format = ([2-9]|[1-9][0-9]{1,8})$", re.MULTILINE)
_NAMES = {
    "v": "version",
    "b": "build",
    "t": "triple",
    "f": "flavor",
    "x": "options",
    "h": "sha256",
    "n": "size",
    "u": "unpacked",
    "e": "entries",
    "p": "upstream",
    "k": "keyid",
    "s": "signature",
}
"""How a lock calls the keys of a record, in the order in which they stand there."""
_LETTERS = {name: letter for letter, name in _NAMES.items()}
_LAST = ("k", "s")
_KNOWN = ("request", *_LETTERS, "extra")
_NEEDED = ("version", "build", "triple", "flavor", "sha256", "keyid", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The record a request has on one platform."""

    request: str
    """As it was pinned."""
    artifact: Artifact

    @property
    def triple(self) -> str:
        """The platform."""
        return self.artifact.triple

    def to_dict(self) -> dict[str, object]:
        """The keys of its table in the order of the file; keys of the record this pyv does not know are in `extra`."""
        record, extra = self.artifact.to_dict(), dict(self.artifact.extra)
        told: dict[str, object] = {"request": self.request}
        for letter, name in _NAMES.items():
            if letter == _LAST[0] and extra:
                told["extra"] = extra
            value = record.get(letter)
            if value is not None and (value != "" or letter in _LAST):
                told[name] = value
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Every record of a project, one for each request and platform, in the order of the file."""

    entries: tuple[Locked, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(sorted(self.entries, key=_order)))

    @property
    def requests(self) -> tuple[str, ...]:
        """What is locked, each request once."""
        return tuple(dict.fromkeys(entry.request for entry in self.entries))

    @property
    def triples(self) -> tuple[str, ...]:
        """Every platform anything is locked for, each once."""
        return tuple(sorted({entry.triple for entry in self.entries}))

    def of(self, request: str) -> dict[str, Artifact]:
        """The records of a request by platform."""
        return {entry.triple: entry.artifact for entry in self.entries if entry.request == request}


def dump_lock(lock: Lock) -> str:
    """The text of a lock: the same for the same records, in whatever order they come."""
    tables = ["\n[[python]]\n" + "".join(f"{line}\n" for line in _lines(entry)) for entry in lock.entries]
    return f"{_HEAD}format = {FORMAT}\n" + "".join(tables)


def parse_lock(text: str, document: str) -> Lock:
    """Read a lock; `document` is what errors call it.

    Raises:
        DocumentError: it is not one, it is too large, or a newer pyv wrote it.
    """
    with hinted(_HINT):
        _check_form(text, document)
        fields = Fields(parse_toml(text, document), document)
        fields.format_is(FORMAT)
        _only(fields, ("format", "python"))
        entries = [_entry(each) for each in fields.objects("python")] if "python" in fields.values else []
        _refuse_twice(entries, fields)
        return Lock(entries=tuple(entries))


def _check_form(text: str, document: str) -> None:
    newer = _NEWER.search(text)
    if newer is not None:
        fault = malformed(document, "format", f"this pyv reads format {FORMAT}, the document says {newer[1]}")
        fault.hint = "a newer pyv wrote it: upgrade pyv"
        raise fault
    if len(text) > MAX_BYTES:
        raise malformed(document, "", f"longer than {MAX_BYTES} bytes")
    for number, line in enumerate(text.split("\n"), 1):
        if _LINE.fullmatch(line) is None:
            raise malformed(document, f"line {number}", "neither `[[python]]`, nor a key with a text or a number")


def _only(fields: Fields, known: Iterable[str]) -> None:
    for key in sorted(fields.values.keys() - set(known)):
        raise fields.fault(key, f"not a key this pyv knows here (those are {', '.join(known)})")


class _Record(Fields):
    """The keys of a record, called in errors as the lock calls them."""

    __slots__ = ()

    def fault(self, key: str, problem: str) -> DocumentError:
        return super().fault(_NAMES.get(key, key), problem)


def _entry(fields: Fields) -> Locked:
    _only(fields, _KNOWN)
    for key in _NEEDED:
        fields.text(key)
    values: dict[str, object] = {"i": "cpython", "x": ""}
    values.update({_LETTERS[key]: value for key, value in fields.values.items() if key in _LETTERS})
    values.update(_extra(fields, values.keys() | _NAMES.keys()))
    artifact = Artifact.from_fields(_Record(values, fields.document, fields.path))
    return Locked(request=_request(fields), artifact=artifact)


def _request(fields: Fields) -> str:
    text = fields.text("request")
    try:
        parse_request(text)
    except RequestError as fault:
        raise fields.fault("request", fault.message) from None
    if text != text.strip() or not text.isprintable():
        raise fields.fault("request", "not one word or specifier on one line")
    return text


def _extra(fields: Fields, taken: Iterable[str]) -> dict[str, object]:
    """Signed keys this pyv does not know; they may not stand in for those it does."""
    text = fields.values.get("extra", "{}")
    if not isinstance(text, str):
        raise fields.fault("extra", "not a string")
    extra = parse_object(text, fields.document, f"{fields.path}.extra")
    for key in sorted(extra.keys() & set(taken)):
        raise fields.fault("extra", f"`{key}` is a key of its own")
    return extra


def _refuse_twice(entries: Sequence[Locked], fields: Fields) -> None:
    seen: set[tuple[str, str]] = set()
    for number, entry in enumerate(entries):
        place = (entry.request, entry.triple)
        if place in seen:
            raise fields.fault(f"python[{number}]", f"`{entry.request}` for {entry.triple} stands there twice")
        seen.add(place)


def _lines(entry: Locked) -> Iterator[str]:
    for key, value in entry.to_dict().items():
        if isinstance(value, int):
            yield f"{key} = {value}"
        else:
            yield f"{key} = {toml_string(value if isinstance(value, str) else canonical_json(value))}"


def _order(entry: Locked) -> tuple[object, ...]:
    return (natural(entry.request), entry.triple)


def natural(text: str) -> tuple[object, ...]:
    """A request as versions are ordered: 3.9 before 3.12; texts and numbers take turns, so any two can be compared."""
    parts = re.split(r"([0-9]+)", text)
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), text
