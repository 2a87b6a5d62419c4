"""The composition root: from options to the objects the workflows need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyv.cli.network import shared_client
from pyv.cli.output import Output
from pyv.domain.duration import parse_duration
from pyv.domain.policy import Policy
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.index.embedded import embedded_index
from pyv.index.opened import Index
from pyv.index.seen import seen_revocations
from pyv.install.configuration import Configuration, read_configuration
from pyv.store.paths import Root
from pyv.transfer.locations import Location

if TYPE_CHECKING:
    from pyv.index.configured import Access
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One command under way."""

    environment: Environment
    output: Output
    root: Root
    configuration: Configuration
    """What the configuration files say together."""
    client: Callable[[], Client]
    """The HTTP client, made when it is first needed and shared by all threads."""
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def policy(self) -> Policy:
        """What may be installed here."""
        return self.configuration.policy

    def index_location(self, named: str | None) -> Location | None:
        """The place of `--index`, else of `PYV_INDEX`, else of a configuration file; None means the embedded index."""
        word = named or self.environment.variable("PYV_INDEX") or self.configuration.index
        return None if word is None else Location.parse(word, self.environment.cwd)

    def access(self, *, offline: bool = False) -> Access:
        """How indexes are reached."""
        from pyv.index.configured import Access  # noqa: PLC0415 (only for a configured index)

        return Access(
            root=self.root,
            client=self.client,
            now=self.environment.now,
            offline=offline,
            max_staleness=self.policy.max_staleness,
            waiting=lambda: self.output.say("another pyv is refreshing the index: waiting"),
        )

    def index(self, named: str | None, triples: Sequence[str], *, offline: bool = False) -> Index:
        """The index to take records from, good for these triples."""
        location = self.index_location(named)
        if location is None:
            return embedded_index(seen=seen_revocations(self.root))
        from pyv.index.configured import open_index  # noqa: PLC0415 (only for a configured index)

        return open_index(location, triples, self.access(offline=offline))

    def mirrors(self, named: list[str] | None) -> tuple[Location, ...]:
        """The mirrors of `--mirror`, else of `PYV_MIRROR` (split at blanks), else of a configuration file, in order."""
        words = named or (self.environment.variable("PYV_MIRROR") or "").split() or self.configuration.mirrors
        found: list[Location] = []
        for word in words:
            if word == "upstream":
                from pyv.index.sources import upstream_locations  # noqa: PLC0415 (only where it is said)

                found += upstream_locations()
            else:
                found.append(Location.parse(word, self.environment.cwd))
        return tuple(found)


def make_context(environment: Environment, output: Output, *, max_staleness: str | None = None) -> Context:
    """The objects for one command; `max_staleness` is its option, a duration.

    Raises:
        PyvError: a configuration file is malformed, or says what it may not.
    """
    closing = ExitStack()
    root = Root(environment.root)
    return Context(
        environment=environment,
        output=output,
        root=root,
        configuration=read_configuration(root.path, environment.cwd, max_staleness=staleness_seconds(max_staleness)),
        client=shared_client(environment, closing),
        closing=closing,
    )


def staleness_seconds(duration: str | None) -> int | None:
    """What `--max-staleness` says, in seconds; None where it was not given.

    Raises:
        RequestError: it is no duration.
    """
    try:
        return None if duration is None else parse_duration(duration)
    except ValueError as fault:
        raise RequestError(f"--max-staleness: {fault}", hint="write days, hours or minutes: 7d, 12h, 30m") from None
