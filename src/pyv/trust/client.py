"""The client of a TUF index: `tuf.ngclient` over a reader, with a chosen reference time and pyv's own errors.

The workflow is the specification's, 5.3 to 5.7, as python-tuf implements it. What pyv adds: the root comes from outside
every time, so a changed file on disk is never the anchor; the time to verify at is an argument (docs/trust.md); every
error is told in pyv's classes. ngclient keeps the metadata in `directory` in place, so the caller holds a lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Root, Signed
from tuf.ngclient import Updater, UpdaterConfig

from pyv.errors import SignatureError
from pyv.trust.failures import translated
from pyv.trust.fetcher import ReadFetcher
from pyv.trust.read import Read
from pyv.trust.threshold import check_threshold, has_doubles

_ORDER = ("root", "timestamp", "snapshot", "targets")
_MOST_ROTATIONS = 65_536
"""Every one is signed by the keys before, so nobody else can make the way long; ngclient's 256 would end it unsaid."""
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
        self._fetcher = ReadFetcher(read, targets)
        with translated(self._fetcher, directory):
            self._updater = Updater(
                metadata_dir=str(directory),
                metadata_base_url=metadata,
                target_base_url=targets,
                fetcher=self._fetcher,
                config=UpdaterConfig(max_root_rotations=_MOST_ROTATIONS),
                bootstrap=anchor,
            )
        _set_reference(self._updater, reference)

    def refresh(self) -> None:
        """Update the top-level metadata."""
        with translated(self._fetcher, self._directory):
            self._updater.refresh()
        self._count_roots()
        for role in _ORDER:
            self._count_keys("root", role)

    def sha256(self, name: str) -> str | None:
        """The digest the index lists for a target; None where it lists none. Loads the roles that may list it."""
        with translated(self._fetcher, self._directory):
            info = self._updater.get_targetinfo(name)
        self._count_listers(name)
        return None if info is None else info.hashes.get("sha256", "")

    def target(self, name: str) -> bytes | None:
        """A target, verified; None where the index lists no such target."""
        with translated(self._fetcher, self._directory):
            info = self._updater.get_targetinfo(name)
            if info is None:
                return None
            self._count_listers(name)
            path = self._directory / ".target.tmp"
            try:
                self._updater.download_target(info, str(path))
                return path.read_bytes()
            finally:
                path.unlink(missing_ok=True)

    @property
    def published(self) -> str:
        """When the publisher says this state of the index was made; empty where he does not."""
        told = self._kept("timestamp").signed.unrecognized_fields.get(PUBLISHED, "")
        return told if isinstance(told, str) and len(told) <= 32 and told.isascii() and told.isprintable() else ""

    def roles(self) -> tuple[RoleState, ...]:
        """The top-level roles, and those delegated roles that were loaded."""
        root, targets = self._kept("root").signed, self._kept("targets").signed
        found = [_role_state(name, self._kept(name).signed, root) for name in _ORDER]
        return (*found, *(_role_state(name, self._kept(name).signed, targets) for name in self._delegated()))

    def _delegated(self) -> list[str]:
        """The roles below targets that were loaded."""
        delegations = self._kept("targets").signed.delegations
        names = delegations.roles or {} if delegations is not None else {}
        return [name for name in names if (self._directory / f"{name}.json").is_file()]

    def _count_listers(self, name: str) -> None:
        """The same for the delegated roles that were loaded for a target: up to the one that has the last word."""
        delegations = self._kept("targets").signed.delegations
        loaded = self._delegated()
        for role, is_last in delegations.get_roles_for_target(name) if delegations is not None else ():
            if role not in loaded:
                continue
            self._count_keys("targets", role)
            if is_last or name in self._kept(role).signed.targets:
                break

    def _count_roots(self) -> None:
        """Every root that was followed, by the one before it."""
        before: Metadata[Root] | None = None
        for path in sorted((self._directory / "root_history").glob("*.root.json"), key=_number):
            with translated(self._fetcher, self._directory):
                after: Metadata[Root] = Metadata.from_file(str(path))
                if before is not None and has_doubles(before.signed, "root"):
                    check_threshold(before.signed, "root", after, f"the index's root {after.signed.version}")
            before = after

    def _count_keys(self, delegator: str, role: str) -> None:
        by = self._kept(delegator).signed
        with translated(self._fetcher, self._directory):
            if has_doubles(by, role):
                try:
                    check_threshold(by, role, self._kept(role), f"the index's {role}")
                except SignatureError:
                    (self._directory / f"{role}.json").unlink()  # its version must not stand in a genuine one's way
                    raise

    def _kept(self, role: str) -> Metadata[Any]:
        """Metadata as ngclient left it on disk, once it was verified."""
        with translated(self._fetcher, self._directory):
            return Metadata.from_file(str(self._directory / f"{role}.json"))


def _number(path: Path) -> int:
    head = path.name.partition(".")[0]
    return int(head) if head.isdecimal() else 0


def _set_reference(updater: Updater, reference: float) -> None:
    """Verify at a time of the caller's; ngclient takes the clock's, and offers no argument for it (python-tuf 7.0)."""
    trusted = updater._trusted_set  # noqa: SLF001 (guarded by a test)
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
