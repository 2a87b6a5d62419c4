"""Artifact facts: what upstream published, before anybody vouched for it.

Read from newline-separated JSON with the keys `version build triple kind flavor file url sha256 size`; upstream's
`kind` is pyv's flavor, its `flavor` pyv's build options. `url`, `sha256` and `size` may be null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields, parse_object

_URL = re.compile(r"https?://[^?#]+/releases/download/(?P<tag>[^/]+)/(?P<file>[^/]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One archive upstream published."""

    version: str
    build: str
    triple: str
    flavor: str
    options: str
    file: str
    tag: str | None
    """The release it lies in; None where nobody knows."""
    sha256: str | None
    size: int | None
    origin: str
    """Where the fact stands, for messages: `facts.ndjson: line 12`."""

    def to_artifact(self) -> Artifact:
        """The unsigned record; the location is stated only where it cannot be derived.

        Raises:
            DocumentError: no record may hold these values (an absent sha256 among them).
        """
        values: dict[str, object] = {
            "i": "cpython",
            "v": self.version,
            "t": self.triple,
            "f": self.flavor,
            "x": self.options,
            "b": self.build,
            "h": self.sha256,
            "n": self.size,
        }
        artifact = Artifact.from_fields(Fields(values, self.origin))
        if self.tag is None or artifact.upstream_location == f"{self.tag}/{self.file}":
            return artifact
        return Artifact.from_fields(Fields({**values, "p": f"{self.tag}/{self.file}"}, self.origin))


def parse_facts(text: str, document: str) -> list[Fact]:
    """Read facts, one JSON object a line; empty lines are passed over.

    Raises:
        DocumentError: a line is not a fact.
    """
    facts = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{document}: line {number}"
            facts.append(_parse_fact(Fields(parse_object(line, place), place)))
    return facts


def _parse_fact(fields: Fields) -> Fact:
    if fields.text("implementation") != "cpython":
        raise fields.fault("implementation", f"`{fields.text('implementation')}` is not `cpython`")
    file = fields.text("file")
    return Fact(
        version=fields.text("version"),
        build=fields.text("build"),
        triple=fields.text("triple"),
        flavor=fields.text("kind"),
        options=fields.text("flavor"),
        file=file,
        tag=_release_tag(fields, file),
        sha256=fields.optional_text("sha256"),
        size=fields.count("size"),
        origin=fields.document,
    )


def _release_tag(fields: Fields, file: str) -> str | None:
    url = fields.optional_text("url")
    if url is None:
        return None
    match = _URL.fullmatch(url)
    if match is None or unquote(match["file"]) != file:
        raise fields.fault("url", f"`{url}` is not the release address of {file}")
    return match["tag"]
