"""The script a maintainer runs, from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pyv.mirror.layout import Mirror
from pyv.trust.record import verify_record
from tests.mirror.facts import NOW
from tests.mirror.releases import Release, archive, served
from tests.support.archives import zstd

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "scripts" / "build-index"
EXCERPT = REPOSITORY / "tests" / "support" / "artifacts.ndjson"
LINUX = "x86_64-unknown-linux-gnu"


@pytest.fixture(name="keys")
def _keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def build_index(directory: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the script in `directory`; without the variables of this process, so that no proxy or token matters."""
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "HOME": str(directory)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def verified(directory: Path) -> dict[str, int]:
    """Records by triple, once every signature was checked."""
    mirror = Mirror(directory)
    keys = mirror.read_keys()
    found = {}
    for triple in mirror.triples():
        records = mirror.read_manifest(triple)
        for record in records:
            verify_record(record, keys, NOW)
        found[triple] = len(records)
    return found


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


EXPECTED = {
    "aarch64-apple-darwin": 1,
    "i686-pc-windows-msvc": 1,
    "x86_64-apple-darwin": 1,
    "x86_64-pc-windows-msvc": 4,
    LINUX: 12,
    "x86_64-unknown-linux-musl": 2,
}


def test_a_file_of_facts_becomes_a_signed_index(tmp_path: Path, keys: Path) -> None:
    done = build_index(
        tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out"
    )
    assert done.returncode == 0, done.stderr
    assert verified(tmp_path / "out") == EXPECTED
    roles = ["root-1", "root-2", "root-3", "targets-1", "targets-2", "targets-3"]
    roles += ["releases", "revocations", "snapshot", "timestamp", "artifact"]
    assert done.stderr == f"build-index: made 11 unencrypted keys in {keys}: {', '.join(roles)}\n"
    lines = done.stdout.splitlines()
    assert [line.split()[:3] for line in lines[:-2]] == [
        [triple, str(count), "records"] for triple, count in EXPECTED.items()
    ]
    assert lines[-2:] == [
        "21 records (21 signed now) from 38 facts, 6 manifests",
        "published: releases 1, revocations 1, root 1, snapshot 1, targets 1, timestamp 1",
    ]
    assert sorted(contents(keys)) == sorted(f"{role}.{half}" for role in roles for half in ("pem", "pub"))
    root = json.loads((tmp_path / "out/metadata/1.root.json").read_text())
    assert {role: told["threshold"] for role, told in root["signed"]["roles"].items()} == {
        "root": 2,
        "targets": 2,
        "snapshot": 1,
        "timestamp": 1,
    }


def test_running_again_gives_the_same_records_and_writes_nothing(tmp_path: Path) -> None:
    build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out")
    again = build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--output", "again")
    assert (again.returncode, again.stderr) == (0, "")
    assert contents(tmp_path / "out/targets") == contents(tmp_path / "again/targets")
    before = contents(tmp_path / "out")
    third = build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--output", "out")
    assert all(line.endswith("unchanged") for line in third.stdout.splitlines()[:-2])
    assert third.stdout.splitlines()[-1] == "published: nothing new"
    assert contents(tmp_path / "out") == before


def test_compressed_facts_are_read(tmp_path: Path) -> None:
    packed = tmp_path / "facts.ndjson.zst"
    packed.write_bytes(zstd(EXCERPT.read_bytes()))
    done = build_index(
        tmp_path, "--from", packed, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out"
    )
    assert done.returncode == 0, done.stderr
    assert verified(tmp_path / "out") == EXPECTED


def test_upstream_extends_the_index_that_is_there(tmp_path: Path) -> None:
    build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out")
    before = Mirror(tmp_path / "out").read_manifest(LINUX)
    known = "cpython-3.12.9+20250212-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"
    digest = next(record.sha256 for record in before if record.file_name == known)
    releases = (
        Release("20260814", [archive("3.14.4", "20260814"), "cpython-odd.tar.gz"]),
        Release("20250212", [known], sums=f"{digest}  {known}\n"),
        Release("20240101", [archive("3.12.1", "20240101")]),
    )
    with served(*releases) as server:
        done = build_index(
            tmp_path,
            *("--from", "upstream", "--since", "20250212", "--api", server.url, "--keys", "keys", "--output", "out"),
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "build-index: release 20260814: 1 archives have a name of an old form: passed over\n"
    assert done.stdout.splitlines()[-2:] == [
        "22 records (1 signed now) from 2 facts, 6 manifests",
        "published: releases 2, snapshot 2, timestamp 2",
    ]
    assert [line.split()[0] for line in done.stdout.splitlines() if line.endswith("written")] == [LINUX]
    after = Mirror(tmp_path / "out").read_manifest(LINUX)
    assert [record for record in after if record in before] == before
    assert [record.version for record in after if record not in before] == ["3.14.4"]
    assert verified(tmp_path / "out") == EXPECTED | {LINUX: 13}


def test_upstream_alone_builds_an_index(tmp_path: Path) -> None:
    with served(Release("20260814", [archive("3.14.4", "20260814")])) as server:
        done = build_index(
            tmp_path,
            "--from",
            "upstream",
            "--api",
            server.url,
            "--keys",
            "keys",
            "--make-keys",
            "--no-passphrase",
            "--output",
            "out",
        )
    assert done.returncode == 0, done.stderr
    assert verified(tmp_path / "out") == {LINUX: 1}


def test_a_tampered_index_is_not_extended(tmp_path: Path) -> None:
    build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out")
    manifest = Mirror(tmp_path / "out").manifest(LINUX)
    manifest.write_text(manifest.read_text().replace('"v":"3.12.9"', '"v":"3.12.8"', 1))
    before = contents(tmp_path / "out")
    with served(Release("20260814", [archive("3.14.4", "20260814")])) as server:
        done = build_index(
            tmp_path,
            *("--from", "upstream", "--since", "20260814", "--api", server.url, "--keys", "keys", "--output", "out"),
        )
    assert done.returncode == 4
    assert done.stderr.splitlines()[0] == (
        "build-index: the record of cpython-3.12.8+20250205-x86_64-unknown-linux-gnu-install_only_stripped"
        " was altered after it was signed"
    )
    assert done.stderr.splitlines()[1].startswith("build-index: hint: ")
    assert contents(tmp_path / "out") == before


def test_keys_are_made_only_when_told_to(tmp_path: Path, keys: Path) -> None:
    done = build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--output", "out")
    assert (done.returncode, done.stderr.splitlines()[0]) == (7, f"build-index: no artifact.pem in {keys}")
    assert not (tmp_path / "out").exists()


def test_keys_are_never_made_twice(tmp_path: Path, keys: Path) -> None:
    build_index(tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out")
    before = contents(tmp_path)
    done = build_index(
        tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out"
    )
    assert (done.returncode, done.stderr) == (0, "build-index: every key is there\n")
    assert contents(tmp_path) == before


def test_keys_do_not_go_into_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    done = build_index(
        tmp_path, "--from", EXCERPT, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out"
    )
    assert done.returncode == 4
    assert done.stderr.startswith("build-index: private keys do not belong into the git work tree")


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (None, 7, "cannot read {path}: no such file or directory"),
        (b"{}", 8, "{path}: line 1: implementation: missing"),
        (b"\xff\xff", 8, "{path}: neither text nor zstd-compressed text"),
        (b"\x28\xb5\x2f\xfdnot really", 8, "{path}: neither text nor zstd-compressed text"),
    ],
)
def test_facts_that_cannot_be_read_are_a_plain_error(
    tmp_path: Path, content: bytes | None, status: int, message: str
) -> None:
    path = tmp_path / "facts"
    if content is not None:
        path.write_bytes(content)
    done = build_index(tmp_path, "--from", path, "--keys", "keys", "--make-keys", "--no-passphrase", "--output", "out")
    assert done.returncode == status
    assert done.stderr.splitlines()[1].startswith(f"build-index: {message.format(path=path)}")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_since_needs_upstream(tmp_path: Path) -> None:
    done = build_index(tmp_path, "--from", EXCERPT, "--since", "20260814", "--keys", "keys")
    assert done.returncode == 2
    assert done.stderr.endswith("error: --since goes with --from upstream\n")
