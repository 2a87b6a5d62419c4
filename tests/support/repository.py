"""A TUF repository in memory that tests mutate and publish: what an index's publisher, or an attacker, may offer.

repository = Repository.index({LINUX: manifest_text}, key_list_text)
repository.read("metadata/timestamp.json", 10_000)     # what a client reads through
repository.timestamp.expires = …; repository.publish()  # anything may be changed in between

Written apart from pyv's own publisher, with python-tuf alone, so that each is held to the other.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

NO_REVOCATIONS = '{"entries":[],"format":1}\n'
DELEGATED = {"releases": "manifest/*", "revocations": "revocations/*"}
DAYS = {"root": 365, "timestamp": 14, "snapshot": 30, "targets": 365, "releases": 1825, "revocations": 1825}
PUBLISHED = "x-pyv-published"


def signer() -> CryptoSigner:
    """A throw-away key."""
    return CryptoSigner.generate_ed25519()


@dataclass
class Repository:
    """Metadata open to mutation, and the files as they were published last."""

    now: float = field(default_factory=time.time)
    signers: dict[str, list[CryptoSigner]] = field(default_factory=dict)
    root: Root = field(default_factory=lambda: Root(consistent_snapshot=True))
    timestamp: Timestamp = field(default_factory=Timestamp)
    snapshot: Snapshot = field(default_factory=Snapshot)
    targets: dict[str, Targets] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    """Targets by name."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What is served, by name."""
    asked: list[str] = field(default_factory=list)
    intercept: Callable[[str, bytes | None], bytes | None] | None = None
    """An attacker on the path: what is answered in place of a file."""

    def __post_init__(self) -> None:
        self.signers = {
            "root": [signer() for _ in range(3)],
            "targets": [signer() for _ in range(3)],
            **{role: [signer()] for role in ("timestamp", "snapshot", *DELEGATED)},
        }
        self.targets = {name: Targets() for name in ("targets", *DELEGATED)}
        for role in ("root", "targets", "snapshot", "timestamp"):
            for each in self.signers[role]:
                self.root.add_key(each.public_key, role)
            self.root.roles[role].threshold = 2 if role in {"root", "targets"} else 1
        roles = {}
        for name, pattern in DELEGATED.items():
            roles[name] = DelegatedRole(name, [], 1, terminating=True, paths=[pattern])
        self.targets["targets"].delegations = Delegations(keys={}, roles=roles)
        for name in DELEGATED:
            self.targets["targets"].add_key(self.signers[name][0].public_key, name)
        for role in DAYS:
            self.renew(role)
        self.timestamp.unrecognized_fields[PUBLISHED] = self.moment(0).strftime("%Y-%m-%dT%H:%M:%SZ")

    @classmethod
    def index(
        cls,
        manifests: Mapping[str, str],
        key_list: str,
        revocations: str = NO_REVOCATIONS,
        *,
        now: float | None = None,
    ) -> Repository:
        """An index of these manifests (by triple), published once."""
        made = cls() if now is None else cls(now=now)
        made.fill(manifests, key_list, revocations)
        made.publish()
        return made

    def fill(self, manifests: Mapping[str, str], key_list: str, revocations: str = NO_REVOCATIONS) -> None:
        """Put an index's documents in place of those that are there."""
        self.put("trust/artifact-keys.json", key_list.encode())
        self.put("revocations/revocations.json", revocations.encode())
        for triple, text in manifests.items():
            self.put(f"manifest/{triple}.json", text.encode())

    def moment(self, days: float) -> datetime:
        """So many days from the repository's now."""
        return datetime.fromtimestamp(int(self.now), timezone.utc) + timedelta(days=days)

    def renew(self, role: str, days: float | None = None) -> None:
        """Let a role expire in so many days, or in its usual time."""
        self.signed(role).expires = self.moment(DAYS[role] if days is None else days)

    def signed(self, role: str) -> Root | Timestamp | Snapshot | Targets:
        """The payload of a role, open to mutation."""
        own: dict[str, Root | Timestamp | Snapshot] = {
            "root": self.root,
            "timestamp": self.timestamp,
            "snapshot": self.snapshot,
        }
        return own.get(role) or self.targets[role]

    def put(self, name: str, content: bytes, role: str | None = None) -> None:
        """Add or replace a target, listed by the role it belongs to."""
        lister = role or next((r for r, p in DELEGATED.items() if name.startswith(p[:-1])), "targets")
        info = TargetFile(len(content), {"sha256": hashlib.sha256(content).hexdigest()}, name)
        self.targets[lister].targets[name] = info
        self.contents[name] = content

    def encoded(self, role: str, signers: list[CryptoSigner] | None = None) -> bytes:
        """A role, signed by its keys or by others."""
        metadata: Metadata[Any] = Metadata(copy.deepcopy(self.signed(role)))
        for each in self.signers[role] if signers is None else signers:
            metadata.sign(each, append=True)
        return metadata.to_bytes(JSONSerializer(compact=True))

    def publish_root(self, signers: list[CryptoSigner] | None = None) -> None:
        """Serve the root as its version."""
        self.files[f"metadata/{self.root.version}.root.json"] = self.encoded("root", signers)

    def rotate_root(self, *signers: CryptoSigner) -> None:
        """The next version of the root, signed by its keys before and now (and `signers`)."""
        before = self.signers.get("root-before", self.signers["root"])
        self.root.version += 1
        self.publish_root([*{id(each): each for each in (*before, *self.signers["root"], *signers)}.values()])
        self.signers["root-before"] = list(self.signers["root"])

    def publish_target(self, name: str, content: bytes) -> None:
        """Serve a target under its name with the digest."""
        directory, slash, file = name.rpartition("/")
        self.files[f"targets/{directory}{slash}{hashlib.sha256(content).hexdigest()}.{file}"] = content

    def publish(self, *roles: str) -> None:
        """Serve new versions of targets roles (all of them unless named), a snapshot and a timestamp."""
        bump = "metadata/timestamp.json" in self.files
        if not bump:
            self.publish_root()
            self.signers["root-before"] = list(self.signers["root"])
        for role in roles or tuple(self.targets):
            self.targets[role].version += bump
            self.files[f"metadata/{self.targets[role].version}.{role}.json"] = self.encoded(role)
        for name, content in self.contents.items():
            self.publish_target(name, content)
        self.publish_snapshot(bump=bump)

    def publish_snapshot(self, *, bump: bool = True) -> None:
        """Serve a snapshot of the versions of the targets roles, and a timestamp."""
        for role, targets in self.targets.items():
            self.snapshot.meta[f"{role}.json"] = MetaFile(targets.version)
        self.snapshot.version += bump
        content = self.encoded("snapshot")
        self.files[f"metadata/{self.snapshot.version}.snapshot.json"] = content
        digest = hashlib.sha256(content).hexdigest()
        self.timestamp.snapshot_meta = MetaFile(self.snapshot.version, len(content), {"sha256": digest})
        self.publish_timestamp(bump=bump)

    def publish_timestamp(self, *, bump: bool = True) -> None:
        """Serve a timestamp."""
        self.timestamp.version += bump
        self.files["metadata/timestamp.json"] = self.encoded("timestamp")

    def pack(self) -> None:
        """Serve the refresh pack of the current small files."""
        names = [f"metadata/{self.snapshot.version}.snapshot.json"]
        names += [f"metadata/{targets.version}.{role}.json" for role, targets in self.targets.items()]
        small = ("targets/trust/", "targets/revocations/")
        names += [name for name in self.files if name.startswith(small) and not self._is_old(name)]
        files = {name: self.files[name].decode() for name in names if name in self.files}
        self.files["refresh.json"] = json.dumps({"format": 1, "files": files}).encode()

    def read(self, name: str, max_bytes: int) -> bytes | None:
        """What a client reads through; `asked` remembers."""
        self.asked.append(name)
        content = self.files.get(name)
        if self.intercept is not None:
            content = self.intercept(name, content)
        assert content is None or len(content) <= max_bytes or self.intercept, f"{name} is longer than {max_bytes}"
        return content

    def anchor(self) -> bytes:
        """The first root."""
        if "metadata/1.root.json" not in self.files:
            self.publish_root()
        return self.files["metadata/1.root.json"]

    def write(self, directory: Path) -> Path:
        """Lay the newest of everything out as a mirror's tree, plain names and the refresh pack included."""
        self.pack()
        old = {name for name in self.files if self._is_old(name)}
        plain = {f"targets/{name}": content for name, content in self.contents.items()}
        for name, content in {**plain, **self.files}.items():
            if name in old:
                continue
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return directory

    def _is_old(self, name: str) -> bool:
        """Whether a file is of an earlier generation; roots never are."""
        number, _, role = name.removeprefix("metadata/").removesuffix(".json").partition(".")
        if name.startswith("metadata/") and role in {"snapshot", *self.targets}:
            return int(number) != self.signed(role).version
        digest, _, file = name.rpartition("/")[2].partition(".")
        plain = name.removeprefix("targets/").removesuffix(f"{digest}.{file}") + file
        return len(digest) == 64 and hashlib.sha256(self.contents[plain]).hexdigest() != digest
