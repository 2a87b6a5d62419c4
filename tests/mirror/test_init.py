"""Making a mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.errors import StoreError, TrustError
from pyv.mirror.init import init
from pyv.mirror.keys import create_keys
from pyv.mirror.layout import Mirror


def test_a_new_mirror_lists_the_new_key(tmp_path: Path) -> None:
    made = init(tmp_path / "mirror", tmp_path / "keys")
    assert made.key_made
    assert Mirror(tmp_path / "mirror").read_keys().keys == (made.key,)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "keys/artifact.pem",
        "mirror/targets/trust/artifact-keys.json",
    ]
    assert (tmp_path / "mirror" / "blobs" / "sha256").is_dir()


def test_a_key_that_is_there_is_used(tmp_path: Path) -> None:
    key = create_keys(tmp_path / "keys")
    made = init(tmp_path / "mirror", tmp_path / "keys")
    assert (made.key, made.key_made) == (key, False)


def test_an_empty_directory_may_become_a_mirror(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    assert Mirror(init(tmp_path / "mirror", tmp_path / "keys").directory).exists


@pytest.mark.parametrize("there", ["mirror/something", "mirror"])
def test_nothing_is_clobbered(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    with pytest.raises(StoreError) as caught:
        init(tmp_path / "mirror", tmp_path / "keys")
    assert caught.value.message == f"{tmp_path}/mirror is not empty"
    assert (tmp_path / there).read_text() == "mine"
    assert not (tmp_path / "keys").exists()


def test_a_mirror_is_not_made_twice(tmp_path: Path) -> None:
    init(tmp_path / "mirror", tmp_path / "keys")
    with pytest.raises(StoreError, match="is not empty"):
        init(tmp_path / "mirror", tmp_path / "keys")


def test_keys_inside_the_mirror_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="do not belong into the mirror"):
        init(tmp_path / "mirror", tmp_path / "mirror" / "keys")
    assert list(tmp_path.iterdir()) == []
