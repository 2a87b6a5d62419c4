"""Making a mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.errors import StoreError, TrustError
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from tests.mirror.facts import NOW
from tests.mirror.keyring import keyring


def test_a_new_mirror_lists_the_new_key(tmp_path: Path) -> None:
    made = init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW)
    roles = ["artifact", "releases", "revocations", "root", "snapshot", "targets", "timestamp"]
    assert sorted(made.made) == roles
    assert made.published.changed == dict.fromkeys(roles[1:], 1)
    assert Mirror(tmp_path / "mirror").read_keys().keys == (made.key,)
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == sorted(
        f"{role}.{half}" for role in roles for half in ("pem", "pub")
    )
    assert sorted(path.name for path in (tmp_path / "mirror" / "metadata").iterdir()) == [
        *(f"1.{role}.json" for role in roles[1:-1]),
        "timestamp.json",
    ]
    assert (tmp_path / "mirror" / "blobs" / "sha256").is_dir()


def test_a_key_that_is_there_is_used(tmp_path: Path) -> None:
    keys = keyring(tmp_path / "keys")
    made = init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW)
    assert (made.key, made.made) == (keys.artifact_key().public_key, ())


def test_an_empty_directory_may_become_a_mirror(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    assert Mirror(init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW).directory).exists


@pytest.mark.parametrize("there", ["mirror/something", "mirror"])
def test_nothing_is_clobbered(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    with pytest.raises(StoreError) as caught:
        init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW)
    assert caught.value.message == f"{tmp_path}/mirror is not empty"
    assert (tmp_path / there).read_text() == "mine"
    assert not (tmp_path / "keys").exists()


def test_a_mirror_is_not_made_twice(tmp_path: Path) -> None:
    init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW)
    with pytest.raises(StoreError, match="is not empty"):
        init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW)


def test_keys_inside_the_mirror_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="do not belong into the mirror"):
        init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "mirror" / "keys"), NOW)
    assert list(tmp_path.iterdir()) == []
