"""How a client reads an index: from a directory, over HTTP, from a registry, or from what was kept.

The refresh pack (`refresh.json`) holds the small files that never change once published, in one request; it is
untrusted transport, since every byte is verified after it. Roots and the timestamp are always asked for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyv.domain.fields import Fields, parse_object
from pyv.errors import DocumentError
from pyv.index.cache import Cache
from pyv.transfer.files import read_file
from pyv.transfer.locations import Location
from pyv.trust.read import Read

if TYPE_CHECKING:
    from pyv.transfer.client import Client

PACK = "refresh.json"
PACK_BYTES = 4 * 1024 * 1024
"""The largest pack that is read: a publisher leaves out what would make it longer."""
_CHANGING = re.compile(r"metadata/(\d+\.root|timestamp)\.json|targets/manifest/.*")


def reader(location: Location, client: Callable[[], Client]) -> Read:
    """Reads an index where it lies; the network's libraries are loaded only where the network is used."""
    if location.is_registry:
        from pyv.index.tagged import registry_reader  # noqa: PLC0415 (only where a registry is named)

        return registry_reader(location, client)

    def read(name: str, max_bytes: int) -> bytes | None:
        source = location.join(name)
        if source.path is not None:
            return read_file(source.path, max_bytes)
        from pyv.transfer.documents import fetch_document  # noqa: PLC0415 (httpx: only where the network is used)

        return fetch_document(client(), source, max_bytes)

    return read


def packed(read: Read) -> Read:
    """The same reader, which asks for the refresh pack once before it asks for what a pack may hold."""
    held: dict[str, bytes] | None = None

    def read_packed(name: str, max_bytes: int) -> bytes | None:
        nonlocal held
        if _CHANGING.fullmatch(name):
            return read(name, max_bytes)
        if held is None:
            held = _unpacked(read(PACK, PACK_BYTES))
        content = held.get(name)
        return content if content is not None and len(content) <= max_bytes else read(name, max_bytes)

    return read_packed


def _unpacked(content: bytes | None) -> dict[str, bytes]:
    """The files of a pack; a pack that is none holds none, since each file can be had without it."""
    try:
        fields = Fields(parse_object((content or b"").decode("utf-8", "replace"), PACK), PACK)
    except DocumentError:
        return {}
    files = fields.values.get("files")
    if not isinstance(files, dict):
        return {}
    return {name: text.encode("utf-8", "replace") for name, text in files.items() if isinstance(text, str)}


def kept_reader(cache: Cache) -> Read:
    """Reads what was kept of an index: nobody is asked, and everything is verified as if somebody had been."""

    def read(name: str, max_bytes: int) -> bytes | None:
        place, _, file = name.partition("/")
        if place != "metadata" or file != "timestamp.json":
            return None  # the others are found by `tuf.ngclient` itself, or are not there
        return read_file(cache.metadata / file, max_bytes)

    return read
