"""A signed index in memory, with a throw-away key: what most tests install from.

index = SignedIndex()
index.add("3.12.2", archive)
index.write(tmp_path / "mirror")
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import dump_manifest
from pyv.domain.revocation import Revocations, dump_revocations
from pyv.trust.keys import KeyList, dump_key_list
from pyv.trust.signing import SigningKey
from tests.support.repository import Repository

LINUX = "x86_64-unknown-linux-gnu"


@dataclass
class SignedIndex:
    """Records and their bytes; whatever is added is signed by `key`."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    artifacts: list[Artifact] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    revocations: Revocations = field(default_factory=Revocations)
    repository: Repository = field(default_factory=Repository)
    """Its metadata; indexes that share one are versions of the same index."""

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

    @property
    def manifests(self) -> dict[str, str]:
        """The manifests by triple."""
        triples = sorted({artifact.triple for artifact in self.artifacts})
        return {t: dump_manifest(t, [a for a in self.artifacts if a.triple == t]) for t in triples}

    def write(self, directory: Path, *, manifests: Mapping[str, str] | None = None, key_list: str = "") -> Path:
        """Lay the index and its blobs out as a mirror's tree; returns `directory`.

        Every call publishes a new version, of other documents if they are given: what a thief of all online keys can.
        """
        (directory / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        for digest, archive in self.blobs.items():
            (directory / "blobs" / "sha256" / digest).write_bytes(archive)
        self.repository.fill(
            self.manifests if manifests is None else manifests,
            key_list or dump_key_list(self.keys),
            dump_revocations(self.revocations),
        )
        self.repository.publish()
        return self.repository.write(directory)
