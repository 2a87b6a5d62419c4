"""The client of a TUF index: `tuf.ngclient` over a reader, with a chosen reference time and pyv's own errors.

The workflow is the specification's, 5.3 to 5.7, as python-tuf implements it. What pyv adds: the root comes from outside
every time, so a changed file on disk is never the anchor; the time to verify at is an argument (trust.md, §8); every
error is told in pyv's classes. ngclient keeps the metadata in `directory` in place, so the caller holds a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tuf.api.metadata import Metadata, Signed, Targets
from tuf.ngclient import Updater, UpdaterConfig

from pyv.errors import ClockError, ExpiredError
from pyv.trust.failures import translated
from pyv.trust.fetcher import ReadFetcher
from pyv.trust.read import Read
from pyv.trust.threshold import check_keys

_DAY = 86400.0
_ORDER = ("root", "timestamp", "snapshot", "targets")
PUBLISHED = "x-pyv-published"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleState:
    """One role of verified metadata."""

    name: str
    version: int
    expires: float
    """Seconds since the epoch."""
    keyids: tuple[str, ...]
    threshold: int


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


class TufClient:
    """One run of the workflow; a second run takes a second client.

    Raises, everywhere:
        TrustError: what the index says does not verify. TransferError: it could not be fetched.
    """

    def __init__(
        self,
        directory: Path,
        anchor: bytes,
        read: Read,
        *,
        reference: float,
        metadata: str = "metadata/",
        targets: str = "targets/",
    ) -> None:
        self._directory = directory
        self._fetcher = ReadFetcher(read)
        with translated(self._fetcher, directory):
            self._updater = Updater(
                metadata_dir=str(directory),
                metadata_base_url=metadata,
                target_base_url=targets,
                fetcher=self._fetcher,
                config=UpdaterConfig(),
                bootstrap=anchor,
            )
        _set_reference(self._updater, reference)

    def refresh(self) -> None:
        """Update the top-level metadata."""
        with translated(self._fetcher, self._directory):
            self._updater.refresh()
        for role in ("root", "targets"):
            check_keys(self._kept(role), f"the index's {role}")

    def sha256(self, name: str) -> str | None:
        """The digest the index lists for a target; None where it lists none. Loads the roles that may list it."""
        with translated(self._fetcher, self._directory):
            info = self._updater.get_targetinfo(name)
        return None if info is None else info.hashes.get("sha256", "")

    def target(self, name: str) -> bytes | None:
        """A target, verified; None where the index lists no such target."""
        with translated(self._fetcher, self._directory):
            info = self._updater.get_targetinfo(name)
            if info is None:
                return None
            path = self._directory / ".target.tmp"
            try:
                self._updater.download_target(info, str(path))
                return path.read_bytes()
            finally:
                path.unlink(missing_ok=True)

    @property
    def published(self) -> str:
        """When the publisher says this state of the index was made; empty where he does not."""
        told = self._kept("timestamp").unrecognized_fields.get(PUBLISHED, "")
        return told if isinstance(told, str) and len(told) <= 32 and told.isascii() and told.isprintable() else ""

    def roles(self) -> tuple[RoleState, ...]:
        """The top-level roles, and those delegated roles that were loaded."""
        root, targets = self._kept("root"), self._kept("targets")
        found = [_role_state(name, self._kept(name), root) for name in _ORDER]
        delegated = targets.delegations.roles if isinstance(targets, Targets) and targets.delegations else {}
        loaded = [name for name in delegated or {} if (self._directory / f"{name}.json").is_file()]
        return (*found, *(_role_state(name, self._kept(name), targets) for name in loaded))

    def _kept(self, role: str) -> Signed:
        """Metadata as ngclient left it on disk, once it was verified."""
        with translated(self._fetcher, self._directory):
            signed: Signed = Metadata.from_file(str(self._directory / f"{role}.json")).signed
        return signed


def _set_reference(updater: Updater, reference: float) -> None:
    """Verify at a time of the caller's; ngclient takes the clock's, and offers no argument for it (python-tuf 7.0)."""
    trusted = updater._trusted_set  # noqa: SLF001 (guarded by a test; trust.md, §10)
    if not hasattr(trusted, "reference_time"):
        raise RuntimeError("this python-tuf keeps its reference time elsewhere: pyv needs tuf>=7.0.1,<8")
    trusted.reference_time = datetime.fromtimestamp(reference, timezone.utc)


def _role_state(name: str, signed: Signed, delegator: Signed) -> RoleState:
    role = delegator.get_delegated_role(name)  # type: ignore[attr-defined]  # Root and Targets both have it
    return RoleState(
        name=name,
        version=signed.version,
        expires=signed.expires.timestamp(),
        keyids=tuple(role.keyids),
        threshold=role.threshold,
    )


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
