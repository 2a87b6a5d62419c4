"""From facts to a signed index.

The same facts and the same key give the same bytes (Ed25519 signatures are deterministic), and a manifest that says
what it said before is not touched. `metadata/` is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.mirror.facts import Fact
from pyv.mirror.keys import with_key
from pyv.mirror.layout import Mirror, publish
from pyv.mirror.select import select_artifacts
from pyv.store.atomic import translated
from pyv.trust.keys import KeyList
from pyv.trust.record import verify_record
from pyv.trust.signing import SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What an index holds now."""

    records: Mapping[str, int]
    """Records by triple."""
    signed: int
    """Records signed now; the others were there already."""
    changed: tuple[str, ...]
    """Triples whose manifest was written."""


def build_index(facts: Iterable[Fact], signing_key: SigningKey, directory: Path) -> BuildResult:
    """Publish an index of exactly what `facts` select; manifests of other triples go.

    Raises:
        DocumentError: the facts contradict themselves.
    """
    mirror = Mirror(directory)
    signed = [signing_key.sign_record(artifact) for artifact in select_artifacts(facts)]
    result = _publish(mirror, signed, KeyList(keys=(signing_key.public_key,)), signed=len(signed))
    for triple in set(mirror.triples()) - set(result.records):
        with translated("remove", mirror.manifest(triple)):
            mirror.manifest(triple).unlink()
    return result


def extend_index(facts: Iterable[Fact], signing_key: SigningKey, directory: Path, now: float) -> BuildResult:
    """Add what `facts` select to the index in `directory`; records that are there stay, once they verify.

    Raises:
        SignatureError, UnknownKeyError: a record that is there does not verify.
        DocumentError: a fact contradicts itself or a record that is there.
        StoreError: there is no index in `directory`.
    """
    mirror = Mirror(directory)
    keys = mirror.read_keys()
    existing = [artifact for triple in mirror.triples() for artifact in mirror.read_manifest(triple)]
    for artifact in existing:
        verify_record(artifact, keys, now)
    added = [signing_key.sign_record(artifact) for artifact in select_artifacts(facts, existing)]
    return _publish(mirror, [*existing, *added], with_key(keys, signing_key, now), signed=len(added))


def _publish(mirror: Mirror, artifacts: Sequence[Artifact], keys: KeyList, *, signed: int) -> BuildResult:
    by_triple: dict[str, list[Artifact]] = defaultdict(list)
    for artifact in artifacts:
        by_triple[artifact.triple].append(artifact)
    changed = publish(mirror, by_triple, keys)
    records = {triple: len(members) for triple, members in sorted(by_triple.items())}
    return BuildResult(records=records, signed=signed, changed=tuple(changed))
