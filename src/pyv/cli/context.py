"""The composition root: from options to the objects the workflows need."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyv.cli.output import Output
from pyv.environment import Environment
from pyv.errors import TransferError
from pyv.install.index import Index, embedded_index
from pyv.store.paths import Root
from pyv.transfer.locations import Location

if TYPE_CHECKING:
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One command under way."""

    environment: Environment
    output: Output
    root: Root
    client: Callable[[], Client]
    """The HTTP client, made when it is first needed and shared by all threads."""
    closing: ExitStack = field(default_factory=ExitStack)

    def index(self, named: str | None, *, offline: bool = False) -> Index:
        """The index of `--index`, else of `PYV_INDEX`, else the embedded one."""
        word = self.environment.variable("PYV_INDEX") if named is None else named
        if word is None:
            return embedded_index()
        location = Location.parse(word, self.environment.cwd)
        if offline and not location.is_local:
            raise TransferError(
                f"the index {location.label} is on the network, and --offline forbids that",
                hint="name a directory with --index, or leave --offline out",
            )
        from pyv.install.configured import open_index  # noqa: PLC0415 (httpx: only where the network is used)

        return open_index(location, self.client, self.root)

    def mirrors(self, named: list[str] | None) -> tuple[Location, ...]:
        """The mirrors of `--mirror`, else of `PYV_MIRROR` (split at blanks), in order; `upstream` means upstream."""
        words = named or (self.environment.variable("PYV_MIRROR") or "").split()
        found: list[Location] = []
        for word in words:
            if word == "upstream":
                from pyv.install.plan import upstream_locations  # noqa: PLC0415 (only where it is said)

                found += upstream_locations()
            else:
                found.append(Location.parse(word, self.environment.cwd))
        return tuple(found)


def make_context(environment: Environment, output: Output) -> Context:
    """The objects for one command."""
    closing = ExitStack()
    made: list[Client] = []
    lock = threading.Lock()

    def client() -> Client:
        from pyv.transfer.client import Client  # noqa: PLC0415 (httpx: only when something is fetched)

        with lock:
            if not made:
                made.append(closing.enter_context(Client(environment)))
            return made[0]

    return Context(environment=environment, output=output, root=Root(environment.root), client=client, closing=closing)
