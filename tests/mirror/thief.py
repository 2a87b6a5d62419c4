"""Who holds a mirror's host and some of its keys, and writes metadata with python-tuf alone: pyv has no hand in it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, TargetFile

from tests.mirror.hybrid import newest

FAR = 3650


@dataclass
class Thief:
    """A mirror's tree in wrong hands; `stolen` signs for any role he likes."""

    tree: Path
    stolen: dict[str, CryptoSigner]
    own: CryptoSigner = field(default_factory=CryptoSigner.generate_ed25519)

    @classmethod
    def of(cls, mirror: Path, keys: Path, *roles: str, place: Path) -> Thief:
        """He took the mirror's files, and the keys of these roles."""
        shutil.copytree(mirror, place, ignore=shutil.ignore_patterns(".pyv", "refresh.json"))
        stolen = {role: CryptoSigner(load_pem_private_key((keys / f"{role}.pem").read_bytes(), None)) for role in roles}
        return cls(place, stolen)

    def role(self, name: str) -> Metadata[Any]:
        """What a role says now, to be changed."""
        path = self.tree / "metadata/timestamp.json" if name == "timestamp" else newest(self.tree, name)
        return Metadata.from_bytes(path.read_bytes())

    def write(self, name: str, metadata: Metadata[Any], *signers: CryptoSigner) -> int:
        """Serve a changed role as its next version, signed by these; the version."""
        metadata.signed.version += 1
        metadata.signed.expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=FAR)
        metadata.signatures.clear()
        for each in signers:
            metadata.sign(each, append=True)
        file = "timestamp.json" if name == "timestamp" else f"{metadata.signed.version}.{name}.json"
        (self.tree / "metadata" / file).write_bytes(metadata.to_bytes())
        return int(metadata.signed.version)

    def lead_to(self, **versions: int) -> None:
        """A snapshot that names these versions of roles, and a timestamp of it: good for ten years."""
        snapshot, timestamp = self.role("snapshot"), self.role("timestamp")
        for role, version in versions.items():
            snapshot.signed.meta[f"{role}.json"] = MetaFile(version)
        snapshot.signed.version = max(snapshot.signed.version, timestamp.signed.version)
        number = self.write("snapshot", snapshot, self.stolen["snapshot"])
        content = (self.tree / f"metadata/{number}.snapshot.json").read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        timestamp.signed.snapshot_meta = MetaFile(number, len(content), {"sha256": digest})
        self.write("timestamp", timestamp, self.stolen["timestamp"])

    def put(self, name: str, content: bytes) -> TargetFile:
        """Serve a target; what a role has to list for it."""
        digest = hashlib.sha256(content).hexdigest()
        directory, _, file = name.rpartition("/")
        (self.tree / "targets" / directory / f"{digest}.{file}").write_bytes(content)
        return TargetFile(len(content), {"sha256": digest}, name)

    def listing(self, role: str, name: str, content: bytes, *signers: CryptoSigner) -> None:
        """Let a role list a target, signed by these, and lead clients to it."""
        metadata = self.role(role)
        metadata.signed.targets[name] = self.put(name, content)
        self.lead_to(**{role: self.write(role, metadata, *signers)})

    def put_blobs(self, blobs: dict[str, bytes]) -> None:
        """Serve archives."""
        for digest, content in blobs.items():
            (self.tree / "blobs/sha256" / digest).write_bytes(content)
