"""A mirror that was imported is held to what its last bundle listed: nobody on that side chose anything."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.install.scene import index_of, publish
from tests.support.runner import Machine


@pytest.fixture
def far(tmp_path: Path, machine: Machine) -> Path:
    """A hybrid mirror's import: two of its index's three versions were chosen."""
    upstream = publish(index_of("3.12.1", "3.12.2", "3.13.1"), tmp_path / "upstream", machine)
    keys = ("--keys", str(tmp_path / "keys"))
    near, far = tmp_path / "near", tmp_path / "far"
    machine.pyv("mirror", "init", near, *keys, "--no-passphrase", "--hybrid", upstream).ok()
    machine.pyv("mirror", "sync", near, *keys, "--version", "3.12").ok()
    machine.pyv("mirror", "export", near, "-o", tmp_path / "one.tar").ok()
    digest = hashlib.sha256((near / "metadata/1.root.json").read_bytes()).hexdigest()
    machine.pyv("mirror", "import", tmp_path / "one.tar", far, "--sha256", digest).ok()
    return far


def blobs(mirror: Path) -> set[str]:
    return {path.name for path in (mirror / "blobs/sha256").iterdir()}


def test_what_was_listed_has_to_be_there(far: Path, machine: Machine) -> None:
    machine.pyv("mirror", "verify", far).ok()
    assert machine.pyv("mirror", "status", far, "--json").ok().json["mode"] == "imported"
    (far / "blobs/sha256" / min(blobs(far))).unlink()
    told = machine.pyv("mirror", "verify", far).fails(7)
    assert f"missing blobs/sha256/{min(blobs(far))}" not in told.stdout
    assert told.stdout.count("missing blobs/sha256/") == 1


def test_what_the_next_bundle_lists_no_more_can_be_pruned(far: Path, tmp_path: Path, machine: Machine) -> None:
    near, before = tmp_path / "near", blobs(far)
    machine.pyv("mirror", "prune", far, "--keep-days", "0").ok()
    assert blobs(far) == before
    keys = ("--keys", str(tmp_path / "keys"))
    machine.pyv("mirror", "sync", near, *keys, "--version", "3.12.2").ok()
    machine.pyv("mirror", "prune", near, "--keep-days", "0").ok()
    machine.pyv("mirror", "sign", "timestamp", near, *keys).ok()
    machine.pyv("mirror", "export", near, "-o", tmp_path / "two.tar", "--since", "last").ok()
    machine.pyv("mirror", "import", tmp_path / "two.tar", far).ok()
    machine.pyv("mirror", "prune", far, "--keep-days", "0").ok()
    assert blobs(far) == blobs(near) < before
    machine.pyv("mirror", "verify", far).ok()
