"""The keys somebody offers to be trusted: read from an index or a file, and chosen by key id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pyv.environment import Environment
from pyv.errors import TrustError
from pyv.install.configured import read_key_list
from pyv.store.atomic import translated
from pyv.transfer.locations import Location
from pyv.trust.keys import ArtifactKey, KeyList, parse_key_list

if TYPE_CHECKING:
    from pyv.transfer.client import Client


def offered_keys(place: str, environment: Environment, client: Callable[[], Client]) -> tuple[KeyList, str]:
    """The key list at a place (an index's directory or URL, or a key list file), and the place's label.

    Raises:
        TrustError: there is none. DocumentError: it cannot be read.
    """
    path = environment.cwd / place
    if "://" not in place and path.is_file():
        with translated("read", path):
            text = path.read_text(encoding="utf-8", errors="replace")
        return parse_key_list(text, str(path)), str(path)
    location = Location.parse(place, environment.cwd)
    return read_key_list(location, client), location.label


def choose(listed: KeyList, wanted: Sequence[str]) -> list[ArtifactKey]:
    """The keys of a list that a person named by id, or all of them if none was named.

    Raises:
        TrustError: a key that was named is not in the list, or the list has no key in force.
    """
    live = [key for key in listed.keys if not key.revoked]
    for keyid in wanted:
        if all(key.keyid != keyid for key in live):
            raise TrustError(
                f"key {keyid} is not among the {len(live)} keys offered",
                hint=f"offered: {', '.join(key.keyid for key in live) or 'none'}",
                keyid=keyid,
            )
    if not live:
        raise TrustError("no key in force is offered there", hint="ask the operator of the index for a current one")
    return [key for key in live if not wanted or key.keyid in wanted]
