"""Adding archives: what is published verifies, what is refused leaves no trace."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.errors import ArchiveError, PyvError, RequestError, StoreError, TrustError
from pyv.mirror.add import Stated, add, identify
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.trust.keys import KeyList
from pyv.trust.record import verify_record
from tests.mirror.facts import LINUX, NOW
from tests.mirror.keyring import keyring
from tests.support.archives import TarBuilder, tiny_archive, tiny_tar

NAME = f"cpython-3.12.2+20240224-{LINUX}-install_only.tar.gz"


@pytest.fixture(name="mirror")
def _mirror(tmp_path: Path) -> Mirror:
    return Mirror(init(tmp_path / "mirror", KeyDirectory(path=tmp_path / "keys"), NOW).directory)


@pytest.fixture(name="keys")
def _keys(tmp_path: Path) -> KeyDirectory:
    return KeyDirectory(path=tmp_path / "keys")


def archive(directory: Path, name: str = NAME, content: bytes | None = None) -> Path:
    path = directory / name
    path.write_bytes(tiny_archive("3.12.2") if content is None else content)
    return path


def contents(mirror: Mirror) -> dict[str, bytes]:
    """Every file a client could ask for."""
    found = {str(path.relative_to(mirror.path)): path for path in mirror.path.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".pyv/")}


def test_an_archive_is_copied_and_its_record_signed(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    path = archive(tmp_path)
    (result,) = add(mirror.path, [path], keys, now=NOW)
    data, tar = path.read_bytes(), tiny_tar("3.12.2")
    assert result.added
    assert result.archive == path
    assert replace(result.artifact, keyid="", signature="") == replace(
        identify(path),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        unpacked=tar.unpacked,
        entries=tar.entries,
    )
    assert mirror.blob(result.artifact.sha256).read_bytes() == data
    assert mirror.read_manifest(LINUX) == [result.artifact]
    assert verify_record(result.artifact, mirror.read_keys(), NOW) == mirror.read_keys().keys[0]


def test_several_archives_come_in_order(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    full = archive(
        tmp_path,
        f"cpython-3.13.1+20241206-{LINUX}-freethreaded+pgo+lto-full.tar.zst",
        tiny_archive("3.13.1", flavor="full", suffix="t", compression="zst"),
    )
    results = add(mirror.path, [full, archive(tmp_path)], keys, now=NOW)
    assert [result.artifact.pinned for result in results] == ["3.13.1t+20241206", "3.12.2+20240224"]
    assert [record.version for record in mirror.read_manifest(LINUX)] == ["3.12.2", "3.13.1"]


def test_adding_again_changes_nothing(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    path = archive(tmp_path)
    first = add(mirror.path, [path], keys, now=NOW)[0]
    before = contents(mirror)
    again = add(mirror.path, [path, path], keys, now=NOW)
    assert [(result.added, result.artifact) for result in again] == [(False, first.artifact)] * 2
    assert contents(mirror) == before


def test_adding_again_brings_back_a_lost_or_damaged_blob(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    path = archive(tmp_path)
    blob = mirror.blob(add(mirror.path, [path], keys, now=NOW)[0].artifact.sha256)
    blob.unlink()
    assert not add(mirror.path, [path], keys, now=NOW)[0].added
    assert blob.read_bytes() == path.read_bytes()
    blob.write_bytes(b"rotten")
    add(mirror.path, [path], keys, now=NOW)
    assert blob.read_bytes() == path.read_bytes()


def test_other_bytes_under_the_same_identity_are_refused(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    there = add(mirror.path, [archive(tmp_path)], keys, now=NOW)[0].artifact
    before = contents(mirror)
    other = archive(tmp_path, content=tiny_archive("3.12.2", extra={"lib/new": b"new"}))
    with pytest.raises(TrustError) as caught:
        add(mirror.path, [other], keys, now=NOW)
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    assert caught.value.message == (
        f"the mirror has {there.name} with other bytes (sha256 {there.sha256}, not {digest})"
    )
    assert contents(mirror) == before


def test_another_build_tag_makes_it_another_archive(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    add(mirror.path, [archive(tmp_path)], keys, now=NOW)
    other = archive(tmp_path, content=tiny_archive("3.12.2", extra={"lib/new": b"new"}))
    assert add(mirror.path, [other], keys, now=NOW, stated=Stated(build="20240301"))[0].added
    assert [record.build for record in mirror.read_manifest(LINUX)] == ["20240224", "20240301"]


def test_an_archive_of_any_name_can_be_stated(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    path = archive(tmp_path, "ours.tgz")
    stated = Stated(version="3.12.2", build="20240224", triple=LINUX, flavor="install_only")
    assert add(mirror.path, [path], keys, now=NOW, stated=stated)[0].artifact.file_name == NAME


@pytest.mark.parametrize(
    ("name", "stated", "message"),
    [
        ("ours.tgz", Stated(), "`ours.tgz` is not a python-build-standalone archive name"),
        ("ours.tgz", Stated(version="3.12.2"), "`ours.tgz` is not a python-build-standalone archive name"),
        (NAME, Stated(version="3.12"), f"{NAME}: v: `3.12` is not a CPython version"),
        (
            NAME,
            Stated(triple="amiga-unknown-os"),
            "`amiga-unknown-os` is not a triple such as `x86_64-unknown-linux-gnu`",
        ),
        (NAME, Stated(build="mine"), f"{NAME}: b: `mine` is not of the form it must have"),
        (
            NAME,
            Stated(flavor="full"),
            f"`{NAME}` ends in .gz, where full archives end in .zst",
        ),
    ],
)
def test_what_makes_no_identity_is_refused(tmp_path: Path, name: str, stated: Stated, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        identify(archive(tmp_path, name), stated)
    assert caught.value.message == message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "cpython-3.12.2"),
        (tiny_archive("3.12.2")[:-100], "cpython-3.12.2"),
        (TarBuilder().file("../escape", b"x").gz(), "escape"),
        (tiny_archive("3.13.1"), "there is no bin/python3.12 in it"),
        (tiny_archive("3.12.2", suffix="t"), "there is a bin/python3.12t in it"),
        (
            tiny_archive("3.12.2", extra={"include/python3.12/patchlevel.h": b'#define PY_VERSION "3.12.1"\n'}),
            "its patchlevel.h says 3.12.1",
        ),
    ],
    ids=["empty", "cut short", "escape", "another minor", "another variant", "another patch"],
)
def test_an_archive_that_is_refused_leaves_no_trace(
    tmp_path: Path, mirror: Mirror, keys: KeyDirectory, content: bytes, fault: str
) -> None:
    before = contents(mirror)
    with pytest.raises(ArchiveError) as caught:
        add(mirror.path, [archive(tmp_path, content=content)], keys, now=NOW)
    assert fault in caught.value.message
    assert contents(mirror) == before
    assert list(mirror.work.staging.iterdir()) == []


def test_what_came_before_a_refused_archive_stays(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    bad = archive(tmp_path, NAME.replace("3.12.2", "3.12.3"), b"bad")
    with pytest.raises(ArchiveError):
        add(mirror.path, [archive(tmp_path), bad], keys, now=NOW)
    assert [record.version for record in mirror.read_manifest(LINUX)] == ["3.12.2"]


def test_a_missing_archive_is_noticed_before_anything_is_done(
    tmp_path: Path, mirror: Mirror, keys: KeyDirectory
) -> None:
    with pytest.raises(RequestError) as caught:
        add(mirror.path, [archive(tmp_path), tmp_path / "gone.tar.gz"], keys, now=NOW)
    assert caught.value.message == f"there is no archive {tmp_path}/gone.tar.gz"
    assert mirror.read_manifest(LINUX) == []


def test_many_at_once_lose_no_record(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    versions = [f"3.12.{patch}" for patch in range(8)]
    paths = [archive(tmp_path, NAME.replace("3.12.2", version), tiny_archive(version)) for version in versions]
    together = threading.Barrier(len(paths), timeout=30)
    faults: list[Exception] = []

    def work(path: Path) -> None:
        together.wait()
        try:
            add(mirror.path, [path], keys, now=NOW)
        except PyvError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [record.version for record in mirror.read_manifest(LINUX)] == versions


def test_what_a_killed_add_left_is_cleared_away(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    (mirror.work.staging / "dead" / "prefix").mkdir(parents=True)
    add(mirror.path, [archive(tmp_path)], keys, now=NOW)
    assert list(mirror.work.staging.iterdir()) == []


def test_a_new_key_joins_the_old_ones(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    others = keyring(tmp_path / "other-keys")
    add(mirror.path, [archive(tmp_path)], keys, now=NOW)
    second = archive(tmp_path, NAME.replace("3.12.2", "3.12.3"), tiny_archive("3.12.3"))
    add(mirror.path, [second], others, now=NOW)
    listed = mirror.read_keys()
    assert len(listed.keys) == 2
    assert {verify_record(record, listed, NOW).keyid for record in mirror.read_manifest(LINUX)} == {
        key.keyid for key in listed.keys
    }


@pytest.mark.parametrize(
    ("limits", "message"),
    [({"revoked": True}, "which has been revoked"), ({"not_after": "2026-01-01"}, "which expired after 2026-01-01")],
)
def test_a_key_that_does_not_count_adds_nothing(
    tmp_path: Path, mirror: Mirror, keys: KeyDirectory, limits: dict[str, object], message: str
) -> None:
    key = replace(mirror.read_keys().keys[0], **limits)  # type: ignore[arg-type]  # a table of fields
    write_documents(mirror, {}, KeyList(keys=(key,)))
    with pytest.raises(TrustError, match=message):
        add(mirror.path, [archive(tmp_path)], keys, now=NOW)
    assert mirror.read_manifest(LINUX) == []


def test_limits_of_a_listed_key_stay(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    limited = KeyList(keys=(replace(mirror.read_keys().keys[0], not_after="2030-01-01"),))
    write_documents(mirror, {}, limited)
    add(mirror.path, [archive(tmp_path)], keys, now=NOW)
    assert mirror.read_keys() == limited


def test_there_must_be_a_mirror_and_a_key(tmp_path: Path, mirror: Mirror) -> None:
    with pytest.raises(StoreError, match=r"no artifact\.pem in"):
        add(mirror.path, [archive(tmp_path)], KeyDirectory(path=tmp_path / "no-keys"), now=NOW)
    with pytest.raises(StoreError, match="is not a mirror"):
        add(tmp_path / "no-mirror", [archive(tmp_path)], KeyDirectory(path=tmp_path / "keys"), now=NOW)
