"""A manifest: all artifact records of one triple, one a line.

The form is `pyv.domain.lines`'. The order is fixed (version, build date, variant, flavor, file), so the same records
always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.fields import malformed
from pyv.domain.lines import dump_lines, parse_lines

MAX_BYTES = 64 * 1024 * 1024
"""The largest manifest that is read: a hundred times today's largest."""


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
    return dump_lines(triple, (artifact.to_dict() for artifact in sorted(artifacts, key=manifest_order)))


def parse_manifest(text: str, document: str, triple: str) -> list[Artifact]:
    """Read a manifest.

    Raises:
        DocumentError: another format, another triple, or a record that is not one.
    """
    artifacts = []
    for fields in parse_lines(text, document, triple):
        artifact = Artifact.from_fields(fields)
        if artifact.triple != triple:
            raise malformed(document, f"{fields.path}.t", f"`{artifact.triple}` in the manifest of `{triple}`")
        artifacts.append(artifact)
    return artifacts
