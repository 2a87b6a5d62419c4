"""A manifest: all artifact records of one triple, one a line.

The first line is `{"format":1,"triple":…}`; every other line is one record as canonical JSON. The order is fixed
(version, build date, variant, flavor, file), so the same records always give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.fields import Fields, malformed, parse_object

FORMAT = 1
MAX_BYTES = 64 * 1024 * 1024
"""The largest manifest that is read: a hundred times today's largest."""


def canonical_json(value: object) -> str:
    """Sorted keys, no spaces, ASCII: one spelling for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def manifest_order(artifact: Artifact) -> tuple[object, ...]:
    """The place of a record in its manifest."""
    return (
        artifact.parsed_version,
        artifact.date,
        artifact.options,
        -FLAVORS.index(artifact.flavor),
        artifact.upstream_location,
    )


def dump_manifest(triple: str, artifacts: Iterable[Artifact]) -> str:
    """The text of a manifest, ending in a line feed."""
    lines = [canonical_json({"format": FORMAT, "triple": triple})]
    lines += [canonical_json(artifact.to_dict()) for artifact in sorted(artifacts, key=manifest_order)]
    return "\n".join(lines) + "\n"


def parse_manifest(text: str, document: str, triple: str) -> list[Artifact]:
    """Read a manifest.

    Raises:
        DocumentError: another format, another triple, or a record that is not one.
    """
    head, *lines = text.split("\n")
    fields = Fields(parse_object(head, document, "line 1"), document)
    fields.format_is(FORMAT)
    if fields.text("triple") != triple:
        raise fields.fault("triple", f"`{fields.text('triple')}` where `{triple}` was asked for")
    if not lines or lines[-1] != "":
        raise malformed(document, "", "cut short: the last line has no end")
    artifacts = []
    for number, line in enumerate(lines[:-1]):
        place = f"records[{number}]"
        artifact = Artifact.from_fields(Fields(parse_object(line, document, place), document, place))
        if artifact.triple != triple:
            raise malformed(document, f"{place}.t", f"`{artifact.triple}` in the manifest of `{triple}`")
        artifacts.append(artifact)
    return artifacts
