"""A genuine build repacked: installed from the packing, it is the same tree to the byte, and it runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyv.domain.derived import Derived
from pyv.mirror import layout
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.repack import repack
from tests.support.real import Pyv, make_mirror

pytestmark = pytest.mark.real

QUICK = 3
"""A level that takes a second; the one mirrors are packed with takes a minute, and unpacks to the same."""


def receipt(user: Pyv) -> dict[str, object]:
    (path,) = (user.root / "store").glob("*.json")
    told: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return told


def listed(user: Pyv) -> dict[str, bytes]:
    """The list of files, by the store id it belongs to."""
    return {path.name: path.read_bytes() for path in (user.root / "store").glob("*.files")}


@pytest.fixture(scope="module")
def repacked(tmp_path_factory: pytest.TempPathFactory, genuine_archive: Path) -> tuple[Path, Derived, str]:
    """A mirror with the genuine build and its packing, and the line of the policy."""
    made = make_mirror(tmp_path_factory.mktemp("repack"), genuine_archive)
    mirror = layout.Mirror(made.directory)
    records = [record for triple in mirror.triples() for record in mirror.read_manifest(triple)]
    result = repack(mirror, records, KeyDirectory(path=made.keys).artifact_key(), level=QUICK)
    (derived,) = result.made
    return made.directory, derived, result.policy


def test_the_same_tree(user: Pyv, repacked: tuple[Path, Derived, str]) -> None:
    """In one place after the other, since patched files name their prefix."""
    directory, derived, policy = repacked
    user.pyv("trust", "add", directory, "--yes")
    user.pyv("install", "3.9", "--index", directory)
    published, files = receipt(user), listed(user)
    assert published["derived"] is None
    user.run("rm", "-rf", user.root / "versions", user.root / "store", user.root / "cache")
    (user.root / "config.toml").write_text(f"[policy]\n{policy}\n", encoding="utf-8")
    told = user.pyv("install", "3.9", "--index", directory).stderr
    again = receipt(user)

    assert f"repacked by key {derived.keyid[:16]}" in told
    assert again["derived"] == {"sha256": derived.sha256, "keyid": derived.keyid, "compression": "zst"}
    for same in ("artifact", "tree", "files", "unpacked", "patched", "level", "keyid"):
        assert again[same] == published[same], same
    assert listed(user) == files
    user.pyv("verify")
    user.pyv("local", "3.9")
    assert user.say("python", "-c", "import ssl, sqlite3; print(ssl.OPENSSL_VERSION.split()[0])") == "OpenSSL"
