"""A signed index in memory, with a throw-away key: what most tests install from.

index = SignedIndex()
index.add("3.12.2", archive)
index.write(tmp_path / "mirror")
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import dump_manifest
from pyv.trust.keys import KeyList, dump_key_list
from pyv.trust.signing import SigningKey

LINUX = "x86_64-unknown-linux-gnu"


@dataclass
class SignedIndex:
    """Records and their bytes; whatever is added is signed by `key`."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    artifacts: list[Artifact] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)

    @property
    def keys(self) -> KeyList:
        """The key list a client has to trust."""
        return KeyList(keys=(self.key.public_key,))

    def add(
        self,
        version: str,
        archive: bytes,
        *,
        triple: str = LINUX,
        flavor: str = "install_only_stripped",
        options: str = "",
        build: str = "20260814",
        unpacked: int | None = None,
        entries: int | None = None,
        location: str | None = None,
    ) -> Artifact:
        """Sign a record for these bytes and keep both."""
        artifact = self.key.sign_record(
            Artifact(
                version=version,
                triple=triple,
                flavor=flavor,
                options=options,
                build=build,
                sha256=hashlib.sha256(archive).hexdigest(),
                size=len(archive),
                unpacked=unpacked,
                entries=entries,
                location=location,
            )
        )
        self.artifacts.append(artifact)
        self.blobs[artifact.sha256] = archive
        return artifact

    def write(self, directory: Path) -> Path:
        """Lay the index and its blobs out as a mirror's tree; returns `directory`."""
        for folder in ("targets/manifest", "targets/trust", "blobs/sha256"):
            (directory / folder).mkdir(parents=True, exist_ok=True)
        for digest, archive in self.blobs.items():
            (directory / "blobs" / "sha256" / digest).write_bytes(archive)
        for triple in sorted({artifact.triple for artifact in self.artifacts}):
            records = [artifact for artifact in self.artifacts if artifact.triple == triple]
            manifest = directory / "targets" / "manifest" / f"{triple}.json"
            manifest.write_text(dump_manifest(triple, records), encoding="utf-8")
        key_list = directory / "targets" / "trust" / "artifact-keys.json"
        key_list.write_text(dump_key_list(self.keys), encoding="utf-8")
        return directory
