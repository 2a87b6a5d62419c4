"""An index a person named: a mirror's directory or address, with those of its keys that were accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pyv.domain.manifest import MAX_BYTES as MANIFEST_BYTES
from pyv.errors import TrustError
from pyv.install.index import KEY_LIST, Index, decoded
from pyv.install.trusted import trusted_keys
from pyv.store.paths import Root
from pyv.transfer.files import read_file
from pyv.transfer.locations import Location, Source
from pyv.trust.keys import MAX_BYTES as KEYS_BYTES
from pyv.trust.keys import KeyList, parse_key_list

if TYPE_CHECKING:
    from pyv.transfer.client import Client


def _document(source: Source, client: Callable[[], Client], max_bytes: int) -> bytes | None:
    """A document of an index; the network's libraries are loaded only where the network is used."""
    if source.path is not None:
        return read_file(source.path, max_bytes)
    from pyv.transfer.documents import fetch_document  # noqa: PLC0415 (httpx: only where the network is used)

    return fetch_document(client(), source, max_bytes)


def read_key_list(location: Location, client: Callable[[], Client]) -> KeyList:
    """The keys an index lists, trusted by nobody yet.

    Raises:
        TrustError: there is no key list there. DocumentError: it cannot be read.
    """
    source = location.join(KEY_LIST)
    content = _document(source, client, KEYS_BYTES)
    if content is None:
        raise TrustError(
            f"{location.label} is not an index: it has no {KEY_LIST}",
            hint="name the directory or URL that `pyv mirror init` made",
            index=location.label,
        )
    return parse_key_list(decoded(content, source.label), source.label)


def open_index(location: Location, client: Callable[[], Client], root: Root) -> Index:
    """An index a person configured, with those of its keys that were accepted by `pyv trust add`.

    Raises:
        TrustError: none of its keys was.
    """
    listed = read_key_list(location, client)
    accepted = {trusted.key.keyid for trusted in trusted_keys(root)}
    keys = tuple(key for key in listed.keys if key.keyid in accepted)
    if not keys:
        raise TrustError(
            f"the index {location.label} is not trusted: none of its {len(listed.keys)} keys was accepted",
            hint=f"look at its keys and accept them: pyv trust add {location.label}",
            index=location.label,
            keyids=[key.keyid for key in listed.keys],
        )

    def read(name: str) -> bytes | None:
        return _document(location.join(name), client, MANIFEST_BYTES)

    return Index(label=location.label, keys=KeyList(keys=keys), location=location, read=read)
