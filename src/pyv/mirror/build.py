"""From facts to a signed index.

The same facts and the same key give the same manifests (Ed25519 signatures are deterministic), and a manifest that
says what it said before is not touched. Then the index is published, a new version where anything changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.mirror.facts import Fact
from pyv.mirror.keys import KeyDirectory, with_key
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.select import select_artifacts
from pyv.store.atomic import translated
from pyv.store.lock import locked
from pyv.trust.keys import KeyList
from pyv.trust.record import verify_record


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What an index holds now."""

    records: Mapping[str, int]
    """Records by triple."""
    signed: int
    """Records signed now; the others were there already."""
    changed: tuple[str, ...]
    """Triples whose manifest was written."""
    published: Published


def build_index(facts: Iterable[Fact], keys: KeyDirectory, directory: Path, now: float) -> BuildResult:
    """Publish an index of exactly what `facts` select; manifests of other triples go, revocations stay.

    Raises:
        DocumentError: the facts contradict themselves. StoreError: a key is missing.
    """
    mirror = Mirror(directory)
    signing_key = keys.artifact_key()
    signed = [signing_key.sign_record(artifact) for artifact in select_artifacts(facts)]
    gone = set(mirror.triples()) - {artifact.triple for artifact in signed}
    with locked(mirror.lock):
        changed = write_documents(mirror, _by_triple(signed), KeyList(keys=(signing_key.public_key,)))
        for triple in gone:
            with translated("remove", mirror.manifest(triple)):
                mirror.manifest(triple).unlink()
        published = publish(mirror, keys, now)
    return _result(signed, len(signed), changed, published)


def extend_index(facts: Iterable[Fact], keys: KeyDirectory, directory: Path, now: float) -> BuildResult:
    """Add what `facts` select to the index in `directory`; records that are there stay, once they verify.

    Raises:
        SignatureError, UnknownKeyError: a record that is there does not verify.
        DocumentError: a fact contradicts itself or a record that is there.
        StoreError: there is no index in `directory`, or a key is missing.
    """
    mirror = Mirror(directory)
    signing_key, listed = keys.artifact_key(), mirror.read_keys()
    existing = [artifact for triple in mirror.triples() for artifact in mirror.read_manifest(triple)]
    for artifact in existing:
        verify_record(artifact, listed, now)
    added = [signing_key.sign_record(artifact) for artifact in select_artifacts(facts, existing)]
    together = [*existing, *added]
    with locked(mirror.lock):
        changed = write_documents(mirror, _by_triple(together), with_key(listed, signing_key, now))
        published = publish(mirror, keys, now)
    return _result(together, len(added), changed, published)


def _by_triple(artifacts: Iterable[Artifact]) -> dict[str, list[Artifact]]:
    found: dict[str, list[Artifact]] = defaultdict(list)
    for artifact in artifacts:
        found[artifact.triple].append(artifact)
    return found


def _result(artifacts: Sequence[Artifact], signed: int, changed: Sequence[str], published: Published) -> BuildResult:
    records = {triple: len(members) for triple, members in sorted(_by_triple(artifacts).items())}
    return BuildResult(records=records, signed=signed, changed=tuple(changed), published=published)
