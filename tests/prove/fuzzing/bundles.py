"""Bundles of mirrors: what is read is what tarfile lists, each blob is what its name says, and documents say it twice."""

from __future__ import annotations

import hashlib
import io
import random
import tarfile
from pathlib import Path

from pyv.domain import image
from pyv.errors import PyvError
from pyv.index.opened import decoded
from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import read_bundled
from tests.prove.fuzzing.mutator import json_damaged
from tests.prove.fuzzing.target import Target
from tests.prove.mutation import bytes_changed, tar_changed

_LARGEST = 1 << 20
_WORDS = ('"sha256:00"', f'"sha256:{"0" * 64}"', f'"{image.INDEX_TYPE}"', f'"{image.ARCHIVES}"', '"../x"', "-1", "{}")


def bundle(data: bytes, place: Path) -> bool:
    """A file is read as a bundle."""
    path = place / "bundle"
    path.write_bytes(data)
    opened = open_bundle(path)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as other:
        listed = {each.name: (each.offset_data, each.size) for each in other if each.isfile()}
    assert listed == {name: (found.offset, found.size) for name, found in opened.places.items()}, "tarfile differs"
    bundled = read_bundled(opened)
    for sha256 in opened.blobs():
        try:
            content = opened.read(sha256, _LARGEST)
        except PyvError:
            continue
        assert hashlib.sha256(content).hexdigest() == sha256, "a blob is another than its name says"
    assert all(".." not in name and not name.startswith(("/", ".")) for name in bundled.files), "a name leads outside"
    return True


def document(data: bytes, place: Path) -> bool:
    """Layers and manifests come out as they are written again, in the order of their titles."""
    text = decoded(data, "document")
    kind = image.parse_kind(text, "document")
    if '"layers"' in text:
        layers = image.parse_layers(text, "document")
        again = image.parse_layers(image.dump_manifest(kind, layers), "document")
        assert again == sorted(layers, key=lambda layer: layer.title), "other layers are read than were written"
        return True
    manifests = image.parse_manifests(text, "document")
    again = image.parse_manifests(image.dump_index(manifests), "document")
    assert [(each.sha256, each.size, each.title) for each in again] == [
        (each.sha256, each.size, each.title) for each in manifests
    ], "other manifests are read than were written"
    return True


def _damaged(chance: random.Random, data: bytes) -> bytes:
    return tar_changed(chance, data) if len(data) >= 512 and chance.random() < 0.8 else bytes_changed(chance, data)


TARGETS = (
    Target(name="bundle", run=bundle, damage=_damaged),
    Target(name="image", run=document, damage=json_damaged(_WORDS)),
)
