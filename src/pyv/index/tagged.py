"""An index in an OCI registry: the files behind the tag `index`, as they were when it was first asked for.

The tag's first manifest lists the files by name and digest; a name it does not list is not there, which costs no
request. Digests hold the view together: whatever is pushed meanwhile, a reader sees one state. None of it is trusted
for more than that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyv.domain import image
from pyv.domain.fields import hinted
from pyv.domain.image import Descriptor, parse_kind, parse_layers, parse_manifests
from pyv.errors import DocumentError, TransferError
from pyv.transfer.locations import Location
from pyv.trust.read import Read

if TYPE_CHECKING:
    from pyv.transfer.client import Client
    from pyv.transfer.registry import Registry

_OPERATOR = "name a repository that `pyv mirror push` filled; if this is one, tell who runs the registry"


def registry_reader(location: Location, client: Callable[[], Client]) -> Read:
    """Reads the index a registry holds under its tag; safe to use from several threads."""
    lock = threading.Lock()
    view: list[tuple[Registry, dict[str, Descriptor]]] = []

    def read(name: str, max_bytes: int) -> bytes | None:
        with lock:
            if not view:
                from pyv.transfer.registry import Registry  # noqa: PLC0415 (httpx: only where the network is used)

                registry = Registry(client(), location)
                view.append((registry, listed_files(registry, registry.document(image.TAG))))
        registry, files = view[0]
        return None if name not in files else read_listed(registry, files[name], max_bytes)

    return read


def listed_files(registry: Registry, index: bytes | None) -> dict[str, Descriptor]:
    """The files an image index leads to, by their names below the mirror; none where there is no image index.

    Raises:
        DocumentError: it is not a mirror's. TransferError: its manifest is not there.
    """
    if index is None:
        return {}
    first = listed_manifests(registry.location, index)[0]
    content = registry.document(f"sha256:{first.sha256}")
    if content is None:
        raise _lost(registry, first)
    return files_of(registry.location, content)


def listed_manifests(location: Location, index: bytes) -> list[Descriptor]:
    """The manifests an image index lists; the first is that of the index's files.

    Raises:
        DocumentError: it lists none.
    """
    with hinted(_OPERATOR):
        manifests = parse_manifests(_text(index), f"{location.label}: {image.TAG}")
        if not manifests:
            raise _foreign(location)
    return manifests


def files_of(location: Location, manifest: bytes) -> dict[str, Descriptor]:
    """What the manifest of the index's files lists, by name.

    Raises:
        DocumentError: it is not a mirror's.
    """
    document = f"{location.label}: the first manifest"
    with hinted(_OPERATOR):
        if parse_kind(_text(manifest), document) != image.FILES:
            raise _foreign(location)
        layers = parse_layers(_text(manifest), document)
    return {layer.title: layer for layer in layers}


def read_listed(registry: Registry, file: Descriptor, max_bytes: int) -> bytes:
    """The content of a listed file.

    Raises:
        TransferError: it is not there, or longer than it may be. DigestError: it is not what was listed.
    """
    if file.size > max_bytes:
        raise TransferError(
            f"{registry.location.label}: {file.title} has {file.size} bytes, of {max_bytes} a document of its kind may",
            hint=_OPERATOR,
        )
    content = registry.blob(file.sha256, file.size)
    if content is None:
        raise _lost(registry, file)
    return content


def _foreign(location: Location) -> DocumentError:
    return DocumentError(f"{location.label} holds no index: its tag `{image.TAG}` is something else's")


def _lost(registry: Registry, named: Descriptor) -> TransferError:
    return TransferError(
        f"{registry.location.label} lacks sha256:{named.sha256} ({named.title}), which its index lists",
        hint="try again, as it may just have been replaced; if it stays, push the mirror again",
        url=registry.location.label,
    )


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
