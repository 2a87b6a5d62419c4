"""Seeds of bundles and of the documents in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pyv.domain import image
from pyv.domain.image import Descriptor
from tests.support.archives import BLOCK, DIRECTORY, SYMLINK, TarBuilder

_FILE, _ARCHIVE = b'{"signed":{}}', b"an archive"


def _described(content: bytes, media_type: str, title: str) -> Descriptor:
    return Descriptor(media_type=media_type, sha256=hashlib.sha256(content).hexdigest(), size=len(content), title=title)


def _manifest(kind: str, title: str, content: bytes) -> bytes:
    return image.dump_manifest(kind, [_described(content, image.JSON_LAYER, title)]).encode()


_FILES = _manifest(image.FILES, "metadata/timestamp.json", _FILE)
_ARCHIVES = _manifest(image.ARCHIVES, "cpython-3.12.2+20240224-x-install_only.tar.gz", _ARCHIVE)
_INDEX = image.dump_index(
    [
        _described(_FILES, image.MANIFEST_TYPE, "index"),
        _described(_ARCHIVES, image.MANIFEST_TYPE, "archives.x86_64-unknown-linux-gnu.3.12"),
    ]
).encode()
_LAYOUT_INDEX = image.dump_layout_index(_described(_INDEX, image.INDEX_TYPE, "")).encode()


def _bundles() -> Mapping[str, bytes]:
    """As small as they can be: the corpus is."""
    whole = TarBuilder().member("blobs/", kind=DIRECTORY).member("blobs/sha256", kind=DIRECTORY)
    whole.file("oci-layout", image.LAYOUT.encode()).file("index.json", _LAYOUT_INDEX)
    for content in (_INDEX, _FILES, _ARCHIVES, _FILE, _ARCHIVE):
        whole.file(f"blobs/sha256/{hashlib.sha256(content).hexdigest()}", content)
    good = whole.tar(record=BLOCK)
    return {
        "good-whole": good,
        "bad-cut": good[: 4 * BLOCK],
        "bad-twice": TarBuilder().file("oci-layout", b"").file("oci-layout", b"").tar(record=BLOCK),
        "bad-link": TarBuilder().member("oci-layout", kind=SYMLINK, link="/").tar(record=BLOCK),
    }


def _documents() -> Mapping[str, bytes]:
    return {
        "good-layout": _LAYOUT_INDEX,
        "good-index": _INDEX,
        "good-files": _FILES,
        "good-archives": _ARCHIVES,
        "bad-version": _INDEX.replace(b'"schemaVersion":2', b'"schemaVersion":1'),
        "bad-digest": _FILES.replace(b"sha256:", b"sha512:"),
        "bad-no-size": _FILES.replace(b'"size"', b'"sizes"'),
        "bad-text": b"\xff" + _FILES,
        "bad-deep": b'{"schemaVersion":2,"layers":' + b"[" * 200 + b"]" * 200 + b"}",
    }


def seeds() -> dict[str, Mapping[str, bytes]]:
    """By target and name."""
    return {"bundle": _bundles(), "image": _documents()}
