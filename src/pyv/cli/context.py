"""From options to the session the workflows work in, and the output beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyv.api import open_session
from pyv.cli.output import Output
from pyv.domain.duration import parse_duration
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.install.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Session):
    """One command under way: a session, and where it is told of."""

    output: Output


def make_context(
    environment: Environment,
    output: Output,
    *,
    max_staleness: str | None = None,
    root: Path | None = None,
    used_at: Path | None = None,
) -> Context:
    """The objects for one command; `max_staleness` is its option, a duration; `root` and `used_at` are its root's.

    Raises:
        PyvError: a configuration file is malformed, or says what it may not.
    """
    session = open_session(
        root=root,
        used_at=used_at,
        environment=environment,
        max_staleness=staleness_seconds(max_staleness),
        notify=output.say,
    )
    return Context(
        environment=session.environment,
        output=output,
        root=session.root,
        configuration=session.configuration,
        client=session.client,
        closing=session.closing,
        notify=session.notify,
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
