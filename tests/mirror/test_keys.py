"""Key directories: private, never overwritten, never where they would travel."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.errors import DocumentError, StoreError, TrustError
from pyv.mirror.keys import KeyDirectory
from pyv.trust.signing import SigningKey
from tests.support.index import SignedIndex


def create_keys(directory: Path, *, mirror: Path | None = None) -> str:
    """Make an artifact key; its id as a TUF key."""
    return KeyDirectory(path=directory).create("artifact", mirror=mirror)


def load_keys(directory: Path) -> SigningKey:
    return KeyDirectory(path=directory).artifact_key()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_key_is_private_and_can_be_loaded(tmp_path: Path) -> None:
    keys = tmp_path / "some" / "keys"
    public = create_keys(keys)
    assert mode(keys) == 0o700
    assert mode(keys / "artifact.pem") == 0o600
    assert sorted(path.name for path in keys.iterdir()) == ["artifact.pem", "artifact.pub"]
    assert load_keys(keys).public_key.keyid == public


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    public = create_keys(tmp_path / "keys")
    with pytest.raises(StoreError) as caught:
        create_keys(tmp_path / "keys")
    assert caught.value.message == f"{tmp_path}/keys/artifact.pem is already there"
    assert load_keys(tmp_path / "keys").public_key.keyid == public


def test_a_private_directory_that_is_there_is_used(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    assert create_keys(tmp_path / "keys") == load_keys(tmp_path / "keys").public_key.keyid


@pytest.mark.parametrize("git", ["directory", "file"])
def test_a_git_work_tree_is_no_place_for_keys(tmp_path: Path, git: str) -> None:
    """A linked work tree has a file `.git`."""
    (tmp_path / ".git").mkdir() if git == "directory" else (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    with pytest.raises(TrustError) as caught:
        create_keys(tmp_path / "deep" / "keys")
    assert caught.value.message == f"private keys do not belong into the git work tree {tmp_path}"
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(("ignores", "allowed"), [("*\n", True), ("*.pem\n", False)])
def test_what_git_ignores_whole_never_travels(tmp_path: Path, ignores: str, allowed: bool) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / ".gitignore").write_text(ignores)
    if allowed:
        create_keys(tmp_path / "scratch" / "keys")
    else:
        with pytest.raises(TrustError, match="do not belong into the git work tree"):
            create_keys(tmp_path / "scratch" / "keys")


def test_a_link_into_a_git_work_tree_is_followed(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "innocent").symlink_to("repository")
    with pytest.raises(TrustError, match="do not belong into the git work tree"):
        create_keys(tmp_path / "innocent" / "keys")


def test_a_mirror_is_no_place_for_keys(tmp_path: Path) -> None:
    mirror = SignedIndex().write(tmp_path / "mirror")
    with pytest.raises(TrustError) as caught:
        create_keys(mirror / "keys")
    assert caught.value.message == f"private keys do not belong into the mirror {mirror}"


def test_a_mirror_to_come_is_no_place_for_keys_either(tmp_path: Path) -> None:
    for keys in (tmp_path / "mirror" / "keys", tmp_path / "mirror"):
        with pytest.raises(TrustError, match="do not belong into the mirror"):
            create_keys(keys, mirror=tmp_path / "mirror")
    assert not (tmp_path / "mirror").exists()


def test_a_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys").chmod(0o750)
    with pytest.raises(TrustError) as caught:
        create_keys(tmp_path / "keys")
    assert caught.value.message == f"{tmp_path}/keys is open to other users (mode 750)"
    assert list((tmp_path / "keys").iterdir()) == []


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, bits: int) -> None:
    create_keys(tmp_path / "keys")
    (tmp_path / "keys" / "artifact.pem").chmod(bits)
    with pytest.raises(TrustError, match=f"artifact.pem is open to other users \\(mode {bits:o}\\)"):
        load_keys(tmp_path / "keys")


def test_a_directory_without_a_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        load_keys(tmp_path)
    assert caught.value.message == f"no artifact.pem in {tmp_path}"


def test_a_file_that_is_no_key_says_so(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    (tmp_path / "keys" / "artifact.pem").write_bytes(b"hello\n")
    with pytest.raises(DocumentError, match="not an Ed25519 or P-256 private key"):
        load_keys(tmp_path / "keys")


def test_a_file_in_the_way_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(StoreError, match="cannot create"):
        create_keys(tmp_path / "keys")
