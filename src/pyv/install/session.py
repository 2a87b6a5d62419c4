"""What several installations share: a root, what its configuration says, an environment, and one HTTP client.

This is where a word for an index or a mirror becomes a place: the one that was named, else the one of a variable, else
the one of a configuration file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.domain.policy import Policy
from pyv.environment import PYV, Environment, clock
from pyv.index.embedded import embedded_index
from pyv.index.opened import Index
from pyv.index.seen import seen_revocations
from pyv.install.configuration import Configuration, read_configuration
from pyv.store.paths import Root
from pyv.transfer.locations import Location
from pyv.transfer.shared import shared_client

if TYPE_CHECKING:
    from pyv.index.configured import Access
    from pyv.transfer.client import Client


def _nobody(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Made by `pyv.api.open_session`; closed when its `with` block ends. Threads may share it."""

    environment: Environment
    root: Root
    configuration: Configuration
    """What the configuration files say together."""
    client: Callable[[], Client]
    """The HTTP client, made when it is first needed and shared by all threads."""
    closing: ExitStack = field(default_factory=ExitStack)
    notify: Callable[[str], None] = _nobody
    """Told what is waited for."""
    began: float = field(default_factory=clock)

    def __enter__(self) -> Session:  # noqa: PYI034 (Python 3.10 has no `Self`)
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    @property
    def now(self) -> float:
        """Seconds since the epoch: the clock goes on in a session, so that what expires does."""
        return self.environment.now + clock() - self.began

    @property
    def policy(self) -> Policy:
        """What may be installed here."""
        return self.configuration.policy

    def index_location(self, named: str | None) -> Location | None:
        """The place of the index named, else of `PYV_INDEX`, else of a configuration file; None: the embedded one."""
        word = named or self.environment.variable("PYV_INDEX") or self.configuration.index
        return None if word is None else Location.parse(word, self.environment.cwd)

    def access(self, *, offline: bool = False) -> Access:
        """How indexes are reached."""
        from pyv.index.configured import Access  # noqa: PLC0415 (only for a configured index)

        return Access(
            root=self.root,
            client=self.client,
            now=self.now,
            offline=offline,
            max_staleness=self.policy.max_staleness,
            waiting=lambda: self.notify("another pyv is refreshing the index: waiting"),
        )

    def index(self, named: str | None, triples: Sequence[str], *, offline: bool = False) -> Index:
        """The index to take records from, good for these triples."""
        location = self.index_location(named)
        if location is None:
            return embedded_index(seen=seen_revocations(self.root))
        from pyv.index.configured import open_index  # noqa: PLC0415 (only for a configured index)

        return open_index(location, triples, self.access(offline=offline))

    def mirrors(self, named: Sequence[str] | None) -> tuple[Location, ...]:
        """The mirrors named, else those of `PYV_MIRROR` (split at blanks), else of a configuration file, in order."""
        words = named or (self.environment.variable("PYV_MIRROR") or "").split() or self.configuration.mirrors
        found: list[Location] = []
        for word in words:
            if word == "upstream":
                from pyv.index.sources import upstream_locations  # noqa: PLC0415 (only where it is said)

                found += upstream_locations()
            else:
                found.append(Location.parse(word, self.environment.cwd))
        return tuple(found)


def make_session(
    environment: Environment,
    *,
    root: Path | None = None,
    used_at: Path | None = None,
    max_staleness: int | None = None,
    notify: Callable[[str], None] | None = None,
) -> Session:
    """The session of an environment, in its root or another one; `pyv.api.open_session` says the rest."""
    if root is not None:
        named = {**environment.vars, "PYV_ROOT": str(root)}
        environment = replace(environment, vars=named, name=PYV)
    closing = ExitStack()
    return Session(
        environment=environment,
        root=Root(environment.root, used_at),
        configuration=read_configuration(environment.root, environment.cwd, max_staleness=max_staleness),
        client=shared_client(environment, closing),
        closing=closing,
        notify=notify or _nobody,
    )
