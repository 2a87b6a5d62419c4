"""Typed readers of JSON objects: a failure says where it is (`records[12].h`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from pyv.errors import DocumentError

_REASONABLE_TEXT = 4096
_DEEPEST = 64
"""Levels of nesting; what is read is also written, and both recurse."""


def malformed(document: str, path: str, problem: str) -> DocumentError:
    """The error for one place of one document."""
    where = f"{document}: {path}" if path else document
    return DocumentError(f"{where}: {problem}", document=document, path=path)


@contextmanager
def hinted(hint: str) -> Iterator[None]:
    """Documents of the block that cannot be read, with what to do about it."""
    try:
        yield
    except DocumentError as fault:
        fault.hint = fault.hint or hint
        raise


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _refuse(text: str) -> object:
    raise ValueError(f"the number {text} is not allowed")


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_float=_refuse, parse_constant=_refuse)


def parse_object(text: str, document: str, path: str = "") -> dict[str, object]:
    """One JSON object: no duplicate keys, no floats, no NaN, no half characters, nothing nested beyond reason.

    Raises:
        DocumentError: it is not one.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as fault:
        raise malformed(document, path, f"not the JSON expected here ({fault})") from None
    if not isinstance(value, dict):
        raise malformed(document, path, "not a JSON object")
    if text.count("{") + text.count("[") > _DEEPEST and _is_deep(value):
        raise malformed(document, path, f"nested more than {_DEEPEST} levels deep")
    if "\\u" in text or not text.isascii():
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise malformed(document, path, "not text: half of a character pair stands alone") from None
    return value


def _is_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return False
    return True


def _within(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


class Fields:
    """Typed access to one JSON object of a document."""

    __slots__ = ("document", "path", "values")

    def __init__(self, values: Mapping[str, object], document: str, path: str = "") -> None:
        self.values = values
        self.document = document
        self.path = path

    def fault(self, key: str, problem: str) -> DocumentError:
        """The error for one key of this object."""
        return malformed(self.document, f"{self.path}.{key}" if self.path else key, problem)

    def text(self, key: str, default: str | None = None) -> str:
        """A string of at most 4,096 characters."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "missing" if value is None else "not a string")
        if len(value) > _REASONABLE_TEXT:
            raise self.fault(key, "longer than 4,096 characters")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, or None where the key is absent or null."""
        return None if self.values.get(key) is None else self.text(key)

    def count(self, key: str) -> int | None:
        """A whole number from 0 to 2**53, or None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**53:
            raise self.fault(key, "not a whole number from 0 to 2^53")
        return value

    def objects(self, key: str) -> list[Fields]:
        """A list of objects, each knowing its place."""
        value = self.values.get(key)
        if not isinstance(value, list):
            raise self.fault(key, "not a list")
        found = []
        for number, item in enumerate(value):
            place = f"{self.path}.{key}[{number}]" if self.path else f"{key}[{number}]"
            if not isinstance(item, dict):
                raise malformed(self.document, place, "not a JSON object")
            found.append(Fields(item, self.document, place))
        return found

    def words(self, key: str) -> list[str]:
        """A list of strings."""
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.fault(key, "not a list of words")
        return value

    def optional_object(self, key: str) -> Fields | None:
        """An object that knows its place, or None where the key is absent or null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.fault(key, "not a JSON object")
        return Fields(value, self.document, f"{self.path}.{key}" if self.path else key)

    def format_is(self, expected: int) -> None:
        """Refuse a document of another format version, with words for the person whose pyv is too old."""
        value = self.values.get("format")
        if value != expected or isinstance(value, bool):
            said = "has none" if value is None else f"says {value!r}"
            raise self.fault("format", f"this pyv reads format {expected}, the document {said}")
