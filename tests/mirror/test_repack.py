"""Repacking a mirror: blobs before the lines that name them, nothing signed for what is damaged, nothing done twice."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.archive.extract import Limits, scan
from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived
from pyv.errors import ArchiveError, DigestError, DocumentError, StoreError, TrustError
from pyv.mirror.add import add
from pyv.mirror.derived import derived_triples, read_derived, write_derived
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.repack import RepackResult, policy_line, repack
from pyv.trust.derived import sign_derived, verify_derived
from pyv.trust.keys import KeyList
from pyv.trust.signing import SigningKey
from tests.mirror.facts import LINUX, NOW
from tests.mirror.keyring import keyring
from tests.support.archives import tiny_tar, unzstd

FAST = 3
VERSIONS = ("3.11.9", "3.12.2", "3.13.1")


@pytest.fixture(name="keys")
def _keys(tmp_path: Path) -> KeyDirectory:
    return keyring(tmp_path / "keys")


@pytest.fixture(name="key")
def _key(keys: KeyDirectory) -> SigningKey:
    return keys.artifact_key()


@pytest.fixture(name="mirror")
def _mirror(tmp_path: Path, keys: KeyDirectory) -> Mirror:
    mirror = Mirror(tmp_path / "mirror")
    mirror.create()
    write_documents(mirror, {}, KeyList(keys=(keys.artifact_key().public_key,)))
    names = [(f"cpython-{version}+20260814-{LINUX}-install_only.tar.gz", version) for version in VERSIONS]
    for name, version in names:
        (tmp_path / name).write_bytes(tiny_tar(version).packed("gz"))
    full = tmp_path / f"cpython-3.12.2+20260814-{LINUX}-pgo+lto-full.tar.zst"
    full.write_bytes(tiny_tar("3.12.2", flavor="full").packed("zst"))
    add(mirror.path, [*(tmp_path / name for name, _ in names), full], keys, now=NOW)
    return mirror


def records(mirror: Mirror) -> list[Artifact]:
    return mirror.read_manifest(LINUX)


def run(mirror: Mirror, key: SigningKey, jobs: int = 2) -> RepackResult:
    return repack(mirror, records(mirror), key, jobs=jobs, level=FAST)


def told(result: RepackResult) -> tuple[int, int, int, int]:
    return len(result.made), result.present, result.absent, len(result.refused)


def test_every_gzip_archive_once(mirror: Mirror, key: SigningKey) -> None:
    reported: list[str] = []
    result = repack(mirror, records(mirror), key, jobs=2, report=lambda each, _: reported.append(each.version))
    assert told(result) == (3, 0, 0, 0), "the full archive is zstd already"
    assert sorted(reported) == list(VERSIONS)
    found = read_derived(mirror, LINUX)
    assert sorted(found, key=lambda each: each.origin) == sorted(result.made, key=lambda each: each.origin)
    origins = {record.sha256: record for record in records(mirror)}
    for derived in found:
        verify_derived(derived, key.public_key, "it")
        content, origin = mirror.blob(derived.sha256).read_bytes(), origins[derived.origin]
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (derived.sha256, derived.size)
        assert (derived.unpacked, derived.entries) == (origin.unpacked, origin.entries)
        tar = unzstd(content)
        assert tar == bytes(tiny_tar(origin.version).tar())
    assert derived_triples(mirror) == [LINUX]
    assert result.policy == policy_line(key.public_key) == f'repack_keys = ["{key.public_key.public.hex()}"]'


def test_nothing_is_done_twice(mirror: Mirror, key: SigningKey) -> None:
    made = run(mirror, key).made
    before = (mirror.path / "derived" / f"{LINUX}.json").stat().st_mtime_ns
    assert told(run(mirror, key)) == (0, 3, 0, 0)
    assert (mirror.path / "derived" / f"{LINUX}.json").stat().st_mtime_ns == before
    mirror.blob(made[0].sha256).unlink()
    assert told(run(mirror, key)) == (1, 2, 0, 0), "a packing that is gone is made again"
    assert sorted(map(repr, read_derived(mirror, LINUX))) == sorted(map(repr, made))


def test_an_archive_that_is_not_there(mirror: Mirror, key: SigningKey) -> None:
    mirror.blob(records(mirror)[0].sha256).unlink()
    assert told(run(mirror, key)) == (2, 0, 1, 0)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), ArchiveError),  # the gzip trailer
        (lambda data: tiny_tar("3.12.2", extra={"lib/evil": b"x"}).packed("gz"), ArchiveError),  # of another size
        (lambda data: data[:4] + b"\1\2\3\4" + data[8:], DigestError),  # the time in its header: the same tar
    ],
)
def test_nothing_is_signed_for_a_damaged_origin(
    mirror: Mirror, key: SigningKey, damage: object, kind: type[Exception]
) -> None:
    victim = next(record for record in records(mirror) if (record.version, record.flavor) == ("3.12.2", "install_only"))
    blob = mirror.blob(victim.sha256)
    blob.write_bytes(damage(blob.read_bytes()))  # type: ignore[operator]  # one of the three above
    before = {path.name for path in mirror.blobs.iterdir()}
    result = run(mirror, key)
    assert told(result) == (2, 0, 0, 1)
    assert result.refused[0][0] == victim
    assert type(result.refused[0][1]) is kind
    assert victim.sha256 not in {derived.origin for derived in read_derived(mirror, LINUX)}
    assert {path.name for path in mirror.blobs.iterdir()} - before == {derived.sha256 for derived in result.made}
    assert list(mirror.work.staging.iterdir()) == []


def test_records_of_others_stay_and_those_of_no_origin_go(mirror: Mirror, key: SigningKey) -> None:
    mine, other = run(mirror, key).made, SigningKey.generate()
    theirs = sign_derived(Derived(origin=mine[0].origin, sha256="cd" * 32, size=9), other)
    orphan = sign_derived(Derived(origin="ee" * 32, sha256="ef" * 32, size=9), other)
    write_derived(mirror, LINUX, [*mine, theirs, orphan])
    assert told(run(mirror, key)) == (0, 3, 0, 0)
    assert sorted(each.signature for each in read_derived(mirror, LINUX)) == sorted(
        each.signature for each in (*mine, theirs)
    )
    write_documents(mirror, {LINUX: []}, mirror.read_keys())
    run(mirror, key)
    assert read_derived(mirror, LINUX) == []


def test_a_key_that_was_revoked(mirror: Mirror, key: SigningKey) -> None:
    revoked = tuple(replace(each, revoked=True) for each in mirror.read_keys().keys)
    write_documents(mirror, {}, KeyList(keys=revoked))
    with pytest.raises(TrustError, match="has been revoked"):
        run(mirror, key)
    assert not (mirror.path / "derived").exists()


def test_no_mirror(tmp_path: Path, key: SigningKey) -> None:
    with pytest.raises(StoreError, match="is not a mirror"):
        repack(Mirror(tmp_path), [], key)


def test_a_damaged_list_is_not_written_over(mirror: Mirror, key: SigningKey) -> None:
    run(mirror, key)
    path = mirror.path / "derived" / f"{LINUX}.json"
    path.write_text(path.read_text()[:-5])
    damaged = path.read_text()
    with pytest.raises(DocumentError, match="cut short"):
        run(mirror, key)
    assert path.read_text() == damaged


_KILLED = """
import sys
from pathlib import Path
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.repack import repack
mirror = Mirror(Path(sys.argv[1]))
key = KeyDirectory(path=Path(sys.argv[2])).artifact_key()
print("begun", flush=True)
repack(mirror, mirror.read_manifest(sys.argv[3]), key, report=lambda *_: print("one", flush=True), level=22)
"""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed(mirror: Mirror, keys: KeyDirectory, key: SigningKey, after: int) -> None:
    """Every line that is there has its blob; the next run clears away what was left, and finishes."""
    command = [sys.executable, "-c", _KILLED, str(mirror.path), str(keys.path), LINUX]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(after + 1):
            process.stdout.readline()
        time.sleep(0.003 * (after + 1))
        os.kill(process.pid, signal.SIGKILL)
    for derived in read_derived(mirror, LINUX):
        content = mirror.blob(derived.sha256).read_bytes()
        scan(io.BytesIO(content).read, compression="zst", name="it", limits=Limits(size=derived.size))
    result = run(mirror, key)
    assert len(result.made) + result.present == 3
    assert list(mirror.work.staging.iterdir()) == []
    assert len(read_derived(mirror, LINUX)) == 3
