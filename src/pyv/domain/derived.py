"""Another packing of an archive: the same tar stream, compressed anew by an operator and signed as derived from it.

`derived/<triple>.json` of a mirror is a list of such records (`pyv.domain.lines`). The file is transport for lines that
sign themselves and no part of the index: what an archive is, whether it was taken back and what policy says of it is
decided on its origin's record. Record keys: `o` origin's sha256, `h n` sha256 and bytes of this packing, `c` its
compression, `u e` unpacked bytes and entries where known; `k s` are the signature. `crit` and keys this pyv does not
know are kept and judged as in a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyv.domain.artifact import check_critical
from pyv.domain.fields import Fields
from pyv.domain.lines import dump_lines, parse_lines

MAX_BYTES = 64 * 1024 * 1024
"""The largest file of derived records that is read: a record for every line of a manifest a hundred times today's."""
ZSTD = "zst"

_UNSIGNED = frozenset({"k", "s"})
_FIELDS = frozenset("ohncue") | _UNSIGNED
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A derived record: these bytes are another packing of that origin."""

    origin: str
    """sha256 of the archive as it was published."""
    sha256: str
    size: int
    """Bytes."""
    compression: str = ZSTD
    unpacked: int | None = None
    """Bytes of all regular files in it."""
    entries: int | None = None
    keyid: str = ""
    signature: str = ""
    """Base64 of 64 bytes."""
    extra: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    """Signed keys this pyv does not know."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Derived:
        """Read a record.

        Raises:
            DocumentError: a key is missing, has another type, or holds what no derived record may hold.
        """
        size = fields.count("n")
        if size is None:
            raise fields.fault("n", "missing")
        unknown = {key: value for key, value in fields.values.items() if key not in _FIELDS}
        derived = cls(
            origin=fields.text("o"),
            sha256=fields.text("h"),
            size=size,
            compression=fields.text("c"),
            unpacked=fields.count("u"),
            entries=fields.count("e"),
            keyid=fields.text("k", ""),
            signature=fields.text("s", ""),
            extra=MappingProxyType(unknown) if unknown else _NOTHING,
        )
        for key, digest in (("o", derived.origin), ("h", derived.sha256)):
            if _SHA256.fullmatch(digest) is None:
                raise fields.fault(key, f"`{digest}` is not of the form it must have")
        if derived.sha256 == derived.origin:
            raise fields.fault("h", "the origin itself, not another packing of it")
        if derived.compression != ZSTD:
            raise fields.fault("c", f"`{derived.compression}` is not a compression this pyv knows here")
        check_critical(unknown, _FIELDS, fields)
        return derived

    def to_dict(self) -> dict[str, object]:
        """The record as it stands in its file."""
        return {**self.payload(), "k": self.keyid, "s": self.signature}

    def payload(self) -> dict[str, object]:
        """What is signed: the record without `k` and `s`."""
        record: dict[str, object] = {"o": self.origin, "h": self.sha256, "n": self.size, "c": self.compression}
        numbers = {"u": self.unpacked, "e": self.entries}
        record.update({key: number for key, number in numbers.items() if number is not None})
        record.update(self.extra)
        return record


def derived_name(triple: str) -> str:
    """Where a mirror has the derived records of a triple."""
    return f"derived/{triple}.json"


def dump_derived(triple: str, records: Iterable[Derived]) -> str:
    """The text of a file of derived records, ending in a line feed; the same records always give the same bytes."""
    ordered = sorted(records, key=lambda record: (record.origin, record.keyid, record.sha256))
    return dump_lines(triple, (record.to_dict() for record in ordered))


def parse_derived(text: str, document: str, triple: str) -> list[Derived]:
    """Read a file of derived records.

    Raises:
        DocumentError: another format, another triple, or a record that is not one.
    """
    return [Derived.from_fields(fields) for fields in parse_lines(text, document, triple)]
