"""Bringing an index's metadata and targets up to date: one run of the workflow, or two where staleness is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from pyv.errors import ClockError, ExpiredError
from pyv.trust.client import RoleState, TufClient
from pyv.trust.read import Read

_DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """An index, verified."""

    targets: Mapping[str, bytes | None]
    """Content by target name; None where the index lists no such target."""
    roles: tuple[RoleState, ...]
    reference: float
    """The time it was verified at."""
    expires: float
    """The earliest expiry in the chain."""
    stale: float
    """Seconds since then, where policy allowed that; else 0."""
    published: str


def refresh_index(
    directory: Path,
    anchor: bytes,
    read: Read,
    names: Sequence[str],
    *,
    now: float,
    floor: float,
    max_staleness: float,
    kept: Callable[[str], bytes | None],
) -> Refreshed:
    """Bring the metadata in `directory` up to date, and the targets `names` with it.

    `now` is the clock's time, `floor` the time before which it cannot be, both in seconds since the epoch; `kept` gives
    a target by its sha256 where it need not be fetched. Metadata that expired no longer than `max_staleness` seconds
    ago is verified in full, once more, at the moment before it did; never before `floor`.

    Raises:
        ClockError: `now` is more than a day before `floor`. ExpiredError: something expired, and policy does not allow
        for it. TrustError: something does not verify. TransferError: something could not be fetched.
    """
    if now < floor - _DAY:
        raise ClockError(
            f"the clock says {_day(now)}, and it cannot be earlier than {_day(floor)}",
            hint="set the clock of this machine: whether an index is too old cannot be judged by it",
            now=int(now),
            floor=int(floor),
        )
    reference = max(now, floor)
    try:
        return _run(directory, anchor, read, names, kept, reference=reference, now=reference)
    except ExpiredError:
        if max_staleness <= 0:
            raise
    earliest = max(reference - max_staleness, floor)
    try:
        return _run(directory, anchor, read, names, kept, reference=earliest, now=reference)
    except ExpiredError as fault:
        if earliest > reference - max_staleness:
            fault.message += (
                f"; max_staleness leads back no further than to {_day(floor)}, "
                "when this pyv was published or the index was verified"
            )
        raise


def _run(
    directory: Path,
    anchor: bytes,
    read: Read,
    names: Sequence[str],
    kept: Callable[[str], bytes | None],
    *,
    reference: float,
    now: float,
) -> Refreshed:
    client = TufClient(directory, anchor, read, reference=reference)
    client.refresh()
    targets: dict[str, bytes | None] = {}
    for name in names:
        digest = client.sha256(name)
        content = kept(digest) if digest else None
        targets[name] = client.target(name) if content is None else content
    roles = client.roles()
    expires = min(role.expires for role in roles)
    return Refreshed(
        targets=targets,
        roles=roles,
        reference=reference if expires > now else min(now, max(reference, expires - 1)),
        expires=expires,
        stale=max(0.0, now - expires),
        published=client.published,
    )


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
