"""A mirror's own metadata, followed as a client does that knows nothing but the first root.

Nothing is written to the mirror and nothing is kept: what the workflow of TUF needs lies in a directory that is thrown
away. Expiry is told beside the rest, so that a mirror whose timestamp ran out can be looked at whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import Revocations, parse_revocations
from pyv.errors import StoreError
from pyv.index.opened import decoded
from pyv.index.refresh import manifest_name, root_name
from pyv.index.state import KEYS, REVOKED
from pyv.mirror.holdings import triple_of
from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.transfer.files import read_file
from pyv.trust.authoring import parse_draft
from pyv.trust.keys import KeyList, parse_key_list
from pyv.trust.refresh import refresh_index
from pyv.trust.roles import LISTING, ROLES, TIMESTAMP
from pyv.trust.root import check_root

_ANY = manifest_name("any")
"""Asked for so that the role that lists manifests is read, whatever it lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A whole index that verifies, but for its age."""

    metadata: Mapping[str, bytes] = field(repr=False)
    """The file of every role in force."""
    targets: Mapping[str, bytes] = field(repr=False)
    """The content of every target, by name."""

    @property
    def timestamp(self) -> int:
        """The version of the timestamp."""
        return parse_draft(self.metadata[TIMESTAMP.name], TIMESTAMP.name).version

    @property
    def keys(self) -> KeyList:
        """Who may sign its records."""
        return parse_key_list(decoded(self.targets[KEYS], KEYS), KEYS)

    @property
    def revocations(self) -> Revocations:
        """What it takes back."""
        return parse_revocations(decoded(self.targets[REVOKED], REVOKED), REVOKED)

    @property
    def manifests(self) -> dict[str, list[Artifact]]:
        """Its records, by triple."""
        found = {}
        for name, content in self.targets.items():
            triple = triple_of(name)
            if triple is not None:
                found[triple] = parse_manifest(decoded(content, name), name, triple)
        return found

    def expired(self, now: float) -> dict[str, float]:
        """The roles no client believes any more, with the moment until which they were good."""
        moments = {role: parse_draft(content, role).expires for role, content in self.metadata.items()}
        return {role: moment for role, moment in moments.items() if moment <= now}


def follow(mirror: Mirror, now: float) -> Chain:
    """Everything a mirror publishes, verified from its first root on; expired or not.

    Raises:
        TrustError, TransferError: it does not verify, or something of it is missing. StoreError: nothing was published.
    """

    def read(name: str, max_bytes: int) -> bytes | None:
        return read_file(mirror.path / name, max_bytes)

    root = _first_root(mirror)
    with tempfile.TemporaryDirectory(prefix="pyv-verify-") as place:
        directory = Path(place)

        def targets(names: list[str]) -> dict[str, bytes]:
            found = refresh_index(
                directory, root, read, names, now=now, floor=0.0, max_staleness=now, kept=lambda _: None
            )
            return {name: content for name, content in found.targets.items() if content is not None}

        targets([KEYS, REVOKED, _ANY])
        metadata = {role: (directory / f"{role}.json").read_bytes() for role in ROLES}
        names = {name for role in LISTING for name in parse_draft(metadata[role.name], role.name).listed}
        return Chain(metadata=metadata, targets=targets(sorted(names)))


def _first_root(mirror: Mirror) -> bytes:
    with translated("read", mirror.metadata):
        heads = [path.name.partition(".")[0] for path in mirror.metadata.glob("*.root.json")]
        versions = [int(head) for head in heads if head.isdecimal()]
        if not versions:
            raise StoreError(
                f"{mirror.path} has published nothing",
                hint="`pyv mirror init` makes a mirror, `pyv mirror sign publish` publishes what waits in it",
                path=str(mirror.path),
            )
        name = root_name(min(versions))
        content = (mirror.path / name).read_bytes()
    check_root(content, name)
    return content
