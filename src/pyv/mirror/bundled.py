"""What a bundle says it holds: its documents, read and hashed, and the files and archives they list.

Nothing of it is believed for more than where bytes are to be found: what is published of it is what its TUF metadata
names (`pyv.mirror.receive`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyv.domain import image
from pyv.domain.image import Descriptor
from pyv.errors import ArchiveError
from pyv.mirror.bundle import INDEX_FILE, Bundle, refused

ID_DIGITS = 16
_MOST_INDEX_BYTES = 64 * 1024
_TITLE = re.compile(
    r"metadata/(?:[1-9][0-9]{0,9}\.[a-z]+|timestamp)\.json"
    r"|targets/[a-z]+/[0-9a-f]{64}\.[A-Za-z0-9_-]+\.json"
    r"|derived/[A-Za-z0-9_-]+\.json"
    r"|refresh\.json|download-metadata\.json",
    re.ASCII,
)
_FOREIGN = "name a file that `pyv mirror export` wrote, or a copy of it that skopeo made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """One mirror, as the documents of a bundle describe it."""

    bundle: Bundle
    index: str
    """The sha256 of the image index."""
    files: Mapping[str, Descriptor] = field(repr=False)
    """The files of the index, by name below the mirror."""
    archives: Mapping[str, Descriptor] = field(repr=False)
    """Every archive that is listed, by sha256, whether this bundle has it or one before."""

    @property
    def ident(self) -> str:
        """What people call the bundle."""
        return self.index[:ID_DIGITS]

    def file(self, name: str, limit: int) -> bytes | None:
        """A file of the index, hashed; None where there is none of this name.

        Raises:
            ArchiveError, DigestError: it is missing from the bundle, too large, or another content.
        """
        listed = self.files.get(name)
        return None if listed is None else self.bundle.read(listed.sha256, limit)


def read_bundled(bundle: Bundle) -> Bundled:
    """Read the documents of a bundle.

    Raises:
        ArchiveError: it is not the image of a mirror, or holds what no document lists. DigestError: a document has not
        the digest it is named by. DocumentError: one cannot be read.
    """
    index = _index(bundle)
    manifests = _manifests(bundle, index)
    documents = [(_document(bundle, each), _named(bundle, each)) for each in manifests]
    kinds = [image.parse_kind(text, name) for text, name in documents]
    if kinds[:1] != [image.FILES] or set(kinds[1:]) - {image.ARCHIVES}:
        raise refused(bundle.path, "it is not the image of a mirror", hint=_FOREIGN)
    layers = [image.parse_layers(text, name) for text, name in documents]
    files = _files(bundle, layers[0])
    archives = {layer.sha256: layer for group in layers[1:] for layer in group}
    for layer in (layer for group in layers for layer in group):
        _check_size(bundle, layer)
    named = {each.sha256 for each in (index, *manifests, *files.values())}
    _check_blobs(bundle, {image.EMPTY_DIGEST, *named, *archives})
    return Bundled(bundle=bundle, index=index.sha256, files=files, archives=archives)


def _index(bundle: Bundle) -> Descriptor:
    """The image index: the one tagged `index`, or the only one."""
    document = f"{bundle.path}: {INDEX_FILE}"
    bundle.document(image.LAYOUT_FILE, _MOST_INDEX_BYTES)
    entries = image.parse_manifests(_text(bundle.document(INDEX_FILE, _MOST_INDEX_BYTES)), document)
    found = [entry for entry in entries if entry.media_type == image.INDEX_TYPE]
    tagged = [entry for entry in found if (image.REF_NAME, image.TAG) in entry.annotations]
    if len(chosen := tagged or found) != 1:
        raise refused(
            bundle.path, f"its `{INDEX_FILE}` names {len(chosen)} image indexes, where a mirror is one", hint=_FOREIGN
        )
    return chosen[0]


def _manifests(bundle: Bundle, index: Descriptor) -> list[Descriptor]:
    found = image.parse_manifests(_document(bundle, index), _named(bundle, index))
    if len({each.sha256 for each in found}) != len(found):
        raise refused(bundle.path, "its image index lists a manifest twice", hint=_FOREIGN)
    return found


def _document(bundle: Bundle, descriptor: Descriptor) -> str:
    content = bundle.read(descriptor.sha256, image.MAX_BYTES)
    _check_size(bundle, descriptor)
    return _text(content)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")  # what is not UTF-8 is refused by the parser


def _named(bundle: Bundle, descriptor: Descriptor) -> str:
    return f"{bundle.path}: document {descriptor.sha256}"


def _files(bundle: Bundle, layers: list[Descriptor]) -> dict[str, Descriptor]:
    found: dict[str, Descriptor] = {}
    for layer in layers:
        if _TITLE.fullmatch(layer.title) is None:
            told = ascii(layer.title[:200])[1:-1]
            raise refused(bundle.path, f"`{told}` is no file of a mirror this pyv knows", hint="update pyv")
        if layer.title in found:
            raise refused(bundle.path, f"`{layer.title}` is listed twice", hint=_FOREIGN)
        found[layer.title] = layer
    return found


def _check_size(bundle: Bundle, listed: Descriptor) -> None:
    """Hold a blob that is there to the size a document states; whether it is there, whoever needs it will find."""
    if bundle.has(listed.sha256) and bundle.size(listed.sha256) != listed.size:
        raise _other_size(bundle, listed)


def _other_size(bundle: Bundle, listed: Descriptor) -> ArchiveError:
    size = bundle.size(listed.sha256)
    return refused(bundle.path, f"the blob {listed.sha256} has {size:,} bytes, and is listed with {listed.size:,}")


def _check_blobs(bundle: Bundle, known: set[str]) -> None:
    if bundle.has(image.EMPTY_DIGEST):
        bundle.read(image.EMPTY_DIGEST, len(image.EMPTY))
    extra = sorted(bundle.blobs() - known)
    if extra and bundle.is_file:
        raise refused(bundle.path, f"no document of it lists the blob {extra[0]}", hint=_FOREIGN)
