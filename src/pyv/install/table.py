"""Typed readers of TOML tables: a failure names the file and the key (`policy.level`), and no key is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyv.domain.duration import parse_duration
from pyv.domain.fields import malformed
from pyv.errors import DocumentError


class Table:
    """Typed access to one table of a file; a failure names the file and the key."""

    __slots__ = ("document", "path", "values")

    def __init__(self, values: Mapping[str, object], document: str, path: str = "") -> None:
        self.values, self.document, self.path = values, document, path

    def fault(self, key: str, problem: str) -> DocumentError:
        """The error for one key of this table."""
        return malformed(self.document, f"{self.path}.{key}" if self.path else key, problem)

    def only(self, known: Sequence[str]) -> None:
        """Refuse keys that are not known: a misspelt one would demand nothing."""
        for key in sorted(self.values.keys() - set(known)):
            raise self.fault(key, f"not a key pyv knows here (those are {', '.join(known)})")

    def table(self, key: str) -> Table:
        """A table within; an empty one where the key is absent."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, "not a table")
        return Table(value, self.document, f"{self.path}.{key}" if self.path else key)

    def text(self, key: str) -> str | None:
        """A string of one line, or None where the key is absent."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, str) or not value or not value.isprintable()):
            raise self.fault(key, "not a string of one line")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of such strings, or None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(
            isinstance(word, str) and word and word.isprintable() for word in value
        ):
            raise self.fault(key, "not a list of strings of one line")
        return tuple(value)

    def duration(self, key: str) -> int | None:
        """Seconds, or None where the key is absent."""
        value = self.values.get(key)
        try:
            if value is None:
                return None
            if isinstance(value, bool) or not isinstance(value, (str, int)):
                raise self.fault(key, "not a duration such as 7d")
            return parse_duration(str(value))
        except ValueError as fault:
            raise self.fault(key, str(fault)) from None

    def flag(self, key: str) -> bool:
        """True or false; false where the key is absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "not true or false")
        return value
