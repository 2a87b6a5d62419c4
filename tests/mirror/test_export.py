"""Exporting: the same file for the same mirror, increments of it, and no file at all where something is wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import tarfile
from pathlib import Path

import pytest

from pyv.errors import DigestError, RequestError
from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import read_bundled
from pyv.mirror.exports import exports
from pyv.mirror.layout import Mirror
from tests.install.namespace import Namespace
from tests.install.process import Processes, ended, until
from tests.install.scene import left_in
from tests.mirror.bundles import Near, members
from tests.support.index import SignedIndex
from tests.support.runner import Machine


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of two archives."""
    return Near.made(tmp_path_factory.mktemp("template"), "3.12.1", "3.12.2").place


@pytest.fixture
def near(template: Path, tmp_path: Path) -> Near:
    """The same, to be changed."""
    return Near(Path(shutil.copytree(template, tmp_path / "place")))


def blobs(near: Near) -> set[str]:
    return {path.name for path in near.mirror.blobs.iterdir()}


def archives_in(bundle: Path, near: Near) -> set[str]:
    return {name.rpartition("/")[2] for name in members(bundle)} & blobs(near)


def test_a_bundle_is_an_image_layout_in_order_and_says_nothing_of_when_and_who(near: Near) -> None:
    bundle = near.export()
    found = members(bundle)
    assert json.loads(found["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (named,) = json.loads(found["index.json"])["manifests"]
    assert named["annotations"] == {"org.opencontainers.image.ref.name": "index"}
    assert "blobs/sha256/" + named["digest"].removeprefix("sha256:") in found
    names = list(found)
    assert names[:2] == ["oci-layout", "index.json"]
    archives = [f"blobs/sha256/{sha}" for sha in sorted(blobs(near))]
    assert names[2:] == [*sorted(set(names[2:]) - set(archives)), *archives]
    for name, content in found.items():
        if name.startswith("blobs/"):
            assert name == "blobs/sha256/" + hashlib.sha256(content).hexdigest()
    with tarfile.open(bundle) as tar:
        told = {(each.mode, each.uid, each.gid, each.uname, each.gname, each.mtime, each.type) for each in tar}
        assert told == {(0o644, 0, 0, "", "", 0, tarfile.REGTYPE)}
        assert not tar.pax_headers
    assert bundle.stat().st_size % 10240 == 0


def test_the_same_mirror_gives_the_same_file(near: Near) -> None:
    assert near.export("one.tar").read_bytes() == near.export("two.tar").read_bytes()
    assert [each.number for each in exports(near.mirror)] == [2]


def test_what_was_exported_is_told_and_remembered(near: Near, machine: Machine) -> None:
    run = machine.pyv("mirror", "export", near.mirror.path, "-o", "bundle.tar")
    bundled = read_bundled(open_bundle(machine.cwd / "bundle.tar"))
    size = sum(listed.size for listed in bundled.archives.values())
    run.shows(
        stderr=f"exported {bundled.ident}: {machine.cwd}/bundle.tar\n"
        f"  the whole index, and archives: 2 ({size} bytes)\n"
        f"  snapshot 3, root version 1, sha256 {near.root_sha256}\n"
        f"on the far side: pyv mirror import bundle.tar DIR (into a new DIR with --sha256 {near.root_sha256})\n"
    )
    (remembered,) = exports(near.mirror)
    assert (remembered.index, remembered.snapshot, remembered.timestamp) == (bundled.index, 3, 3)
    assert remembered.archives == blobs(near) == set(bundled.archives)
    again = machine.pyv("mirror", "export", near.mirror.path, "-o", "more.tar", "--since", "last", "--json").ok().json
    assert again == {
        "schema": 1,
        "id": bundled.ident,
        "path": str(machine.cwd / "more.tar"),
        "written": True,
        "index": bundled.index,
        "archives": 0,
        "bytes": 0,
        "since": bundled.ident,
        "left_out": 2,
        "left_out_bytes": size,
        "snapshot": 3,
        "timestamp": 3,
        "root_version": 1,
        "root_sha256": near.root_sha256,
    }


@pytest.mark.parametrize("since", ["last", "id", "file"])
def test_an_increment_leaves_out_what_the_bundle_before_had(near: Near, since: str) -> None:
    first = near.export("first.tar")
    had = blobs(near)
    ident = exports(near.mirror)[0].ident
    near.add("3.12.3")
    word = {"last": "last", "id": ident[:8], "file": "first.tar"}[since]
    second = near.export("second.tar", word)
    assert archives_in(second, near) == blobs(near) - had
    assert set(read_bundled(open_bundle(second)).archives) == blobs(near)
    near.add("3.12.4")
    third = near.export("third.tar", "second.tar" if since == "file" else "last")
    assert archives_in(third, near) == blobs(near) - exports(near.mirror)[1].archives
    assert len(archives_in(near.export("since-first.tar", word.replace("last", ident)), near)) == 2
    assert archives_in(first, near) == had


def test_since_what_was_never_exported(near: Near, machine: Machine) -> None:
    run = machine.pyv("mirror", "export", near.mirror.path, "-o", "a.tar", "--since", "0123456789abcdef")
    run.fails(2, "there is no export `0123456789abcdef`", "exports: none yet")
    machine.pyv("mirror", "export", near.mirror.path, "-o", "a.tar", "--since", "last").fails(2, "no export `last`")
    near.export()
    ident = exports(near.mirror)[0].ident
    run = machine.pyv("mirror", "export", near.mirror.path, "-o", "a.tar", "--since", ident[:7])
    run.fails(2, f"there is no export `{ident[:7]}`", ident)
    assert list(machine.cwd.iterdir()) == []


def test_dry_run_writes_nothing(near: Near, machine: Machine) -> None:
    before = left_in(near.mirror.path)
    told = machine.pyv("mirror", "export", near.mirror.path, "-o", "a.tar", "--dry-run", "--json").ok().json
    assert (told["written"], told["archives"]) == (False, 2)
    assert list(machine.cwd.iterdir()) == []
    assert left_in(near.mirror.path) == before


def test_never_into_the_mirror_nor_over_a_directory_nor_over_what_it_needs(near: Near) -> None:
    before = left_in(near.mirror.path)
    (near.place / "link").symlink_to(near.mirror.path)
    for name in ("near/bundle.tar", "near/.pyv/bundle.tar", "link/blobs/bundle.tar"):
        with pytest.raises(RequestError, match="is inside the mirror"):
            near.export(name)
    with pytest.raises(RequestError, match="is not a file"):
        near.export("keys")
    assert left_in(near.mirror.path) == before
    bundle = near.export()
    content = bundle.read_bytes()
    with pytest.raises(RequestError, match="would be overwritten"):
        near.export("bundle.tar", "bundle.tar")
    assert bundle.read_bytes() == content


def test_a_damaged_archive_ends_it_and_leaves_the_file_of_before(near: Near) -> None:
    bundle = near.export()
    before, content = set(near.place.iterdir()), bundle.read_bytes()
    blob = near.mirror.blob(min(blobs(near)))
    damaged = bytearray(blob.read_bytes())
    damaged[100] ^= 1
    blob.write_bytes(damaged)
    with pytest.raises(DigestError, match="is damaged"):
        near.export()
    with pytest.raises(DigestError, match="is damaged"):
        near.export("other.tar")
    assert set(near.place.iterdir()) == before
    assert bundle.read_bytes() == content
    assert len(exports(near.mirror)) == 1


def test_what_is_no_mirror_is_not_exported(machine: Machine) -> None:
    run = machine.pyv("mirror", "export", "nothing", "-o", "a.tar")
    run.fails(7, "is not a mirror", "pyv mirror init")
    assert list(machine.cwd.iterdir()) == []


def test_a_killed_export_leaves_no_bundle_and_the_next_one_clears_up(tmp_path: Path, machine: Machine) -> None:
    index = SignedIndex()
    index.add("3.12.2", hashlib.shake_256(b"large").digest(30_000_000))
    mirror = index.write(tmp_path / "mirror")
    with Processes() as group:
        process = group.start(machine, "mirror", "export", mirror, "-o", "bundle.tar")
        until(lambda: any(machine.cwd.iterdir()), process)
        process.send_signal(signal.SIGKILL)
        assert ended(process).status == -signal.SIGKILL
    (left,) = machine.cwd.iterdir()
    assert left.name.endswith(".tmp")
    assert exports(Mirror(mirror)) == []
    machine.pyv("mirror", "export", mirror, "-o", "bundle.tar").ok()
    assert [path.name for path in machine.cwd.iterdir()] == ["bundle.tar"]
    read_bundled(open_bundle(machine.cwd / "bundle.tar"))


def test_a_full_disk_leaves_the_file_of_before(near: Near, tmp_path: Path, machine: Machine) -> None:
    index = SignedIndex()
    index.add("3.12.2", bytes(5_000_000))
    mirror = index.write(tmp_path / "mirror")
    with Namespace.of(machine) as inside:
        inside.tmpfs(machine.cwd / "stick", "mode=755,size=2m")
        inside.pyv("mirror", "export", near.mirror.path, "-o", "stick/bundle.tar").ok()
        before = left_in(inside.seen(machine.cwd / "stick"))
        run = inside.pyv("mirror", "export", mirror, "-o", "stick/bundle.tar")
        run.fails(7, "cannot write", "no space left on device")
        assert left_in(inside.seen(machine.cwd / "stick")) == before
