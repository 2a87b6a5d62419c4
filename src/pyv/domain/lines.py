"""A file of records, one a line, all of one triple: what manifests and derived records have in common.

The first line is `{"format":1,"triple":…}`, every other one a record as canonical JSON, and the last one ends in a line
feed, so that a file that was cut short shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from pyv.domain.fields import Fields, malformed, parse_object

FORMAT = 1


def canonical_json(value: object) -> str:
    """Sorted keys, no spaces, ASCII: one spelling for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def dump_lines(triple: str, records: Iterable[Mapping[str, object]]) -> str:
    """The text of a file with these records, in their order, ending in a line feed."""
    lines = [canonical_json({"format": FORMAT, "triple": triple})]
    lines += [canonical_json(record) for record in records]
    return "\n".join(lines) + "\n"


def parse_lines(text: str, document: str, triple: str) -> Iterator[Fields]:
    """The records of a file, each knowing its place.

    Raises:
        DocumentError: another format, another triple, a line that is no object, or a last line without its end.
    """
    head, *lines = text.split("\n")
    fields = Fields(parse_object(head, document, "line 1"), document)
    fields.format_is(FORMAT)
    if fields.text("triple") != triple:
        raise fields.fault("triple", f"`{fields.text('triple')}` where `{triple}` was asked for")
    if not lines or lines[-1] != "":
        raise malformed(document, "", "cut short: the last line has no end")
    for number, line in enumerate(lines[:-1]):
        place = f"records[{number}]"
        yield Fields(parse_object(line, document, place), document, place)
