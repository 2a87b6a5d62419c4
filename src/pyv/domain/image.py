"""A mirror as an OCI image: the JSON documents that name its files by digest, written and read.

A mirror is one image index under the tag `index`. Its first manifest lists the files of the index (metadata, targets,
the refresh pack) as layers, each titled with its path below the mirror; the others list archives, grouped by triple and
minor version, each titled with its upstream file name. The same files always give the same bytes, so an unchanged group
keeps its digest, and registries and tools that know nothing of pyv carry all of it (image-spec 1.1, §manifest, §index).

Tools that copy an image index may write it anew. The index here is spelled as Go's own OCI types spell it (order of
keys, no `artifactType`: skopeo 1.9.3), so it keeps its digest on the way. What a manifest lists is said by the
manifest, which nobody rewrites, and the first of an index lists the files.

No digest here is trusted for more than the name of a file: what a mirror offers is verified by its TUF metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pyv.domain.fields import Fields, parse_object
from pyv.domain.lines import canonical_json

TAG = "index"
"""The tag that moves last, and says what a mirror in a registry holds."""
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
MIRROR = "application/vnd.pyv.mirror.v1"
FILES = "application/vnd.pyv.index.v1"
ARCHIVES = "application/vnd.pyv.archives.v1"
"""What the documents are, as their `artifactType` says."""
JSON_LAYER = "application/vnd.pyv.document.v1+json"
ARCHIVE_LAYER = "application/vnd.pyv.archive.v1"
TITLE = "org.opencontainers.image.title"
REF_NAME = "org.opencontainers.image.ref.name"
LAYOUT_FILE = "oci-layout"
LAYOUT = canonical_json({"imageLayoutVersion": "1.0.0"})
MAX_BYTES = 4 * 1024 * 1024
"""The largest document a registry must take (distribution-spec 1.1, §pushing manifests), and that is read."""

_DIGEST = re.compile(r"sha256:(?P<hex>[0-9a-f]{64})")
EMPTY = b"{}"
EMPTY_DIGEST = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One blob, as a document names it."""

    media_type: str
    sha256: str
    size: int
    title: str = ""
    """A path below the mirror, a group of archives, or a file name."""
    artifact_type: str = ""
    """Of a manifest: what it lists."""
    annotations: tuple[tuple[str, str], ...] = field(default=())
    """Others than the title."""

    def to_dict(self) -> dict[str, object]:
        """The descriptor as it stands in a document."""
        value: dict[str, object] = {
            "mediaType": self.media_type,
            "digest": f"sha256:{self.sha256}",
            "size": self.size,
        }
        if self.artifact_type:
            value["artifactType"] = self.artifact_type
        annotations = {**({TITLE: self.title} if self.title else {}), **dict(self.annotations)}
        if annotations:
            value["annotations"] = annotations
        return value


EMPTY_CONFIG = Descriptor(media_type=EMPTY_TYPE, sha256=EMPTY_DIGEST, size=len(EMPTY))


def dump_manifest(artifact_type: str, layers: Iterable[Descriptor]) -> str:
    """A manifest that lists these layers, in the order of their titles."""
    return canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": artifact_type,
            "config": EMPTY_CONFIG.to_dict(),
            "layers": [layer.to_dict() for layer in sorted(layers, key=lambda layer: layer.title)],
        }
    )


def dump_index(manifests: Iterable[Descriptor]) -> str:
    """The image index of a mirror; the manifest of its files is to come first."""
    listed = [
        {
            "mediaType": each.media_type,
            "digest": f"sha256:{each.sha256}",
            "size": each.size,
            "annotations": dict(sorted({**dict(each.annotations), TITLE: each.title}.items())),
        }
        for each in manifests
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": listed}, separators=(",", ":"))


def dump_layout_index(index: Descriptor) -> str:
    """The `index.json` of an image layout that holds one mirror."""
    named = Descriptor(
        media_type=index.media_type,
        sha256=index.sha256,
        size=index.size,
        artifact_type=MIRROR,
        annotations=((REF_NAME, TAG),),
    )
    return canonical_json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [named.to_dict()]})


def parse_manifests(text: str, document: str) -> list[Descriptor]:
    """The manifests an image index lists.

    Raises:
        DocumentError: it is no image index.
    """
    return _parse(text, document, "manifests")


def parse_layers(text: str, document: str) -> list[Descriptor]:
    """The layers a manifest lists.

    Raises:
        DocumentError: it is no manifest.
    """
    return _parse(text, document, "layers")


def parse_kind(text: str, document: str) -> str:
    """What a manifest lists, as its `artifactType` says; empty where it does not.

    Raises:
        DocumentError: it is no JSON object.
    """
    return Fields(parse_object(text, document), document).text("artifactType", "")


def _parse(text: str, document: str, key: str) -> list[Descriptor]:
    fields = Fields(parse_object(text, document), document)
    if fields.values.get("schemaVersion") != 2:
        raise fields.fault("schemaVersion", "not 2: not an OCI document")
    return [_descriptor(entry) for entry in fields.objects(key)]


def _descriptor(fields: Fields) -> Descriptor:
    match = _DIGEST.fullmatch(fields.text("digest"))
    if match is None:
        raise fields.fault("digest", f"`{fields.text('digest')}` is not a sha256 digest")
    size = fields.count("size")
    if size is None:
        raise fields.fault("size", "missing")
    annotations = _annotations(fields)
    return Descriptor(
        media_type=fields.text("mediaType"),
        sha256=match["hex"],
        size=size,
        title=annotations.pop(TITLE, ""),
        artifact_type=fields.text("artifactType", ""),
        annotations=tuple(sorted(annotations.items())),
    )


def _annotations(fields: Fields) -> dict[str, str]:
    value = fields.values.get("annotations") or {}
    if not isinstance(value, dict):
        raise fields.fault("annotations", "not a JSON object")
    return {key: text for key, text in value.items() if isinstance(text, str)}
