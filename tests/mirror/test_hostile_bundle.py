"""Bundles that are damaged, or made by somebody who can do anything but sign: refused, and the mirror is as it was."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata

from pyv.domain import image
from pyv.errors import ArchiveError, DigestError, PyvError, TrustError
from pyv.index.offer import root_offered
from pyv.mirror.bundle import open_bundle
from pyv.mirror.generation import Generation, read_generation, write_generation
from pyv.mirror.publisher import publish
from pyv.mirror.rotate import Change as Rotation
from pyv.mirror.rotate import rotate
from pyv.trust.drafting import snapshot_of, timestamp_of
from tests.install.scene import left_in
from tests.mirror.bundles import HERE, Contents, Members, Near, built, members, written
from tests.support.archives import BLOCK, DIRECTORY, HARD_LINK, PAX, SYMLINK, TarBuilder, header, pax_record
from tests.support.runner import Machine


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A near mirror, a far one that is one archive behind, and the bundle that brings it."""
    near = Near.made(tmp_path_factory.mktemp("template"), "3.12.1")
    near.send(near.export("first.tar"), near.place / "far")
    near.add("3.12.2")
    near.export()
    return near.place


@pytest.fixture
def near(template: Path, tmp_path: Path) -> Near:
    return Near(Path(shutil.copytree(template, tmp_path / "place", symlinks=True)))


@pytest.fixture
def bundle(near: Near) -> Path:
    return near.place / "bundle.tar"


def refused(near: Near, bundle: Path, kind: type[PyvError] = PyvError, words: str = ".") -> PyvError:
    """A bundle is refused by the mirror that has an index, and by a new one; neither shows anything of it."""
    far = near.place / "far"
    before = left_in(far)
    with pytest.raises(kind, match=words) as caught:
        near.send(bundle, far)
    assert caught.value.hint
    assert left_in(far) == before
    with pytest.raises(PyvError):
        near.send(bundle, near.place / "new")
    assert not (near.place / "new").exists()
    return caught.value


def test_the_positive_control(near: Near, bundle: Path) -> None:
    for made in (written(near.place / "a.tar", members(bundle)), Contents.of(bundle).written(near.place / "b.tar")):
        assert near.send(made, near.place / made.stem).is_new
    assert near.send(bundle, near.place / "far").is_new


def kinds(near: Near, bundle: Path) -> dict[str, str]:
    """One member of each kind, by name."""
    found = members(bundle)
    contents = Contents.of(bundle).files
    sha = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    index = json.loads(found["index.json"])["manifests"][0]["digest"].removeprefix("sha256:")
    listed = json.loads(found[f"blobs/sha256/{index}"])["manifests"]
    return {
        "image index": index,
        "list of files": listed[0]["digest"].removeprefix("sha256:"),
        "list of archives": listed[1]["digest"].removeprefix("sha256:"),
        "empty config": image.EMPTY_DIGEST,
        "root": sha["metadata/1.root.json"],
        "timestamp": sha["metadata/timestamp.json"],
        "snapshot": sha["metadata/3.snapshot.json"],
        "targets": sha["metadata/1.targets.json"],
        "releases": sha["metadata/3.releases.json"],
        "before": sha["metadata/2.releases.json"],
        "manifest": next(value for name, value in sha.items() if HERE in name),
        "keys": next(value for name, value in sha.items() if "artifact-keys" in name),
        "revocations": next(value for name, value in sha.items() if "revocations/" in name),
        "pack": sha["refresh.json"],
        "archive": min(path.name for path in near.mirror.blobs.iterdir()),
    }


def test_a_byte_flipped_in_each_kind_of_file(near: Near, bundle: Path) -> None:
    chance = random.Random(1)
    for kind, sha256 in kinds(near, bundle).items():
        found = members(bundle)
        content = bytearray(found[f"blobs/sha256/{sha256}"])
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        found[f"blobs/sha256/{sha256}"] = bytes(content)
        fault = refused(near, written(near.place / "flipped.tar", found), DigestError)
        assert sha256 in fault.message, kind


def test_each_kind_of_file_missing(near: Near, bundle: Path) -> None:
    for kind, sha256 in kinds(near, bundle).items():
        if kind in {"empty config", "archive"}:  # nobody needs the first; the far mirror has one of the second
            continue
        found = members(bundle)
        del found[f"blobs/sha256/{sha256}"]
        assert sha256 in refused(near, written(near.place / "less.tar", found), ArchiveError, "lacks the blob").message
    for name in ("oci-layout", "index.json"):
        found = members(bundle)
        del found[name]
        refused(near, written(near.place / "less.tar", found), ArchiveError, "it has no")


def test_cut_short_anywhere(near: Near, bundle: Path) -> None:
    content = bundle.read_bytes()
    sizes = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, len(content) // 2, len(content) // 3 * 2}
    end = len(content.rstrip(b"\0"))
    for size in (*sizes, end, -(-end // BLOCK) * BLOCK, -(-end // BLOCK) * BLOCK + BLOCK):
        bundle.write_bytes(content[:size])
        refused(near, bundle, ArchiveError, "cut short|ustar|a single")


def test_a_flipped_bit_in_a_header(near: Near, bundle: Path) -> None:
    content = bundle.read_bytes()
    for offset in (0, 50, 100, 124, 135, 148, 156, 257, 500):
        damaged = bytearray(content)
        damaged[offset] ^= 1
        bundle.write_bytes(damaged)
        refused(near, bundle, ArchiveError)


Hostile = Callable[[Members], TarBuilder]
EXTRA: dict[str, tuple[str, Hostile]] = {
    "extra file": ("does not belong", lambda files: built({**files, "evil": b"x"})),
    "extra blob": ("no document of it lists", lambda files: built({**files, "blobs/sha256/" + "0" * 64: b"x"})),
    "absolute name": ("does not belong", lambda files: built(files).file("/etc/passwd", b"x")),
    "parent": ("does not belong", lambda files: built(files).file("blobs/../../evil", b"x")),
    "dot name": ("does not belong", lambda files: built(files).file("./oci-layout", b"x")),
    "private part": ("does not belong", lambda files: built(files).file(".pyv/mirror.json", b"{}")),
    "capitals": ("does not belong", lambda files: built(files).file("blobs/sha256/" + "A" * 64, b"x")),
    "line feed": ("does not belong", lambda files: built(files).file("index.json\n", b"x")),
    "symlink": (
        "it is a symlink",
        lambda files: built(files).member("blobs/sha256/" + "0" * 64, kind=SYMLINK, link="/"),
    ),
    "hard link": (
        "it is a hard link",
        lambda files: built(files).member("blobs/sha256/" + "0" * 64, kind=HARD_LINK, link="index.json"),
    ),
    "device": ("it is a device", lambda files: built(files).member("oci-layout", kind=b"3")),
    "fifo": ("it is a FIFO", lambda files: built(files).member("oci-layout", kind=b"6")),
    "pax": (
        "neither a file nor",
        lambda files: built(files).member("x", pax_record("path", "index.json"), kind=PAX).file("y", b""),
    ),
    "global pax": ("neither a file nor", lambda files: built(files).member("x", b"", kind=b"g")),
    "other directory": ("neither a file nor", lambda files: built(files).member("evil/", kind=DIRECTORY)),
    "directory twice": (
        "there twice",
        lambda files: built(files).member("blobs/", kind=DIRECTORY).member("blobs", kind=DIRECTORY),
    ),
    "file twice": ("there twice", lambda files: built(files).file("index.json", files["index.json"])),
    "huge": (
        "cut short",
        lambda files: built(files).raw(header("blobs/sha256/" + "0" * 64, size=0o77777777777)).raw(bytes(BLOCK)),
    ),
    "base-256": (
        "base-256",
        lambda files: built(files).raw(header("blobs/sha256/" + "0" * 64, fields={"size": b"\x80" + bytes(11)})),
    ),
    "after the end": ("follow its end", lambda files: built(files).raw(bytes(2 * BLOCK)).raw(b"more" * 200)),
}


@pytest.mark.parametrize("name", EXTRA)
def test_what_does_not_belong_into_a_bundle(near: Near, bundle: Path, name: str) -> None:
    words, make = EXTRA[name]
    bundle.write_bytes(make(members(bundle)).tar())
    refused(near, bundle, ArchiveError, words)


def test_what_is_no_tar_at_all(near: Near, bundle: Path) -> None:
    for content in (b"", b"PK\x03\x04" + bytes(2000), b"\x1f\x8b" + bytes(2000), os.urandom(20480), bytes(10240)):
        bundle.write_bytes(content)
        refused(near, bundle, ArchiveError)


def as_layout(near: Near, bundle: Path) -> Path:
    layout = near.place / "layout"
    for name, content in members(bundle).items():
        (layout / name).parent.mkdir(parents=True, exist_ok=True)
        (layout / name).write_bytes(content)
    return layout


def test_a_directory_may_hold_older_blobs_and_nothing_else(near: Near, bundle: Path) -> None:
    layout = as_layout(near, bundle)
    (layout / "evil").write_bytes(b"x")
    refused(near, layout, ArchiveError, "does not belong")
    (layout / "evil").unlink()
    (layout / "blobs/sha256" / ("0" * 64)).symlink_to("/etc/passwd")
    refused(near, layout, ArchiveError, "does not belong")
    (layout / "blobs/sha256" / ("0" * 64)).unlink()
    shutil.move(layout / "blobs", near.place / "elsewhere")
    (layout / "blobs").symlink_to(near.place / "elsewhere")
    refused(near, layout, ArchiveError, "does not belong")
    (layout / "blobs").unlink()
    shutil.move(near.place / "elsewhere", layout / "blobs")
    (layout / "blobs/sha256" / ("0" * 64)).write_bytes(b"of an earlier copy")
    assert near.send(layout, near.place / "far").is_new


Change = Callable[[Contents], object]


def drop(contents: Contents, name: str) -> None:
    for found in [each for each in contents.files if name in each]:
        del contents.files[found]


def replace(contents: Contents, name: str, old: bytes, new: bytes) -> None:
    """Change a file that is listed by its digest, under the name its new digest gives it."""
    for found in [each for each in contents.files if name in each]:
        content = contents.files[found].replace(old, new)
        assert content != contents.files[found]
        contents.files[found] = content


FORGED: dict[str, tuple[type[PyvError], Change]] = {
    "timestamp changed": (TrustError, lambda c: replace(c, "timestamp", b'"version":3', b'"version":9')),
    "snapshot changed": (TrustError, lambda c: replace(c, "3.snapshot", b'"version":3', b'"version":4')),
    "releases changed": (TrustError, lambda c: replace(c, "3.releases", b'"version":3', b'"version":4')),
    "root changed": (TrustError, lambda c: replace(c, "1.root", b'"threshold":1', b'"threshold":2')),
    "manifest changed": (TrustError, lambda c: replace(c, f".{HERE}.json", b'"v":"3.12.1"', b'"v":"3.12.3"')),
    "revocations changed": (TrustError, lambda c: replace(c, "targets/revocations/", b'"format":1', b'"format":2')),
    "no timestamp": (PyvError, lambda c: drop(c, "timestamp")),
    "no snapshot": (PyvError, lambda c: drop(c, "3.snapshot")),
    "no root": (TrustError, lambda c: drop(c, "root")),
    "no manifest": (PyvError, lambda c: drop(c, f".{HERE}.json")),
    "unlisted archive": (TrustError, lambda c: c.archives["archives.all"].append(("evil.tar.gz", b"evil"))),
    "title outside": (ArchiveError, lambda c: c.files.update({"../evil.json": b"{}"})),
    "title in the private part": (ArchiveError, lambda c: c.files.update({".pyv/mirror.json": b"{}"})),
    "title of a blob": (ArchiveError, lambda c: c.files.update({"blobs/sha256/" + "0" * 64: b"{}"})),
    "derived of nobody": (PyvError, lambda c: c.files.update({f"derived/{HERE}.json": b"{}"})),
}


@pytest.mark.parametrize("name", FORGED)
def test_documents_that_fit_and_are_not_signed(near: Near, bundle: Path, name: str) -> None:
    kind, change = FORGED[name]
    contents = Contents.of(bundle)
    change(contents)
    refused(near, contents.written(near.place / "forged.tar"), kind)


def test_an_archive_exchanged_for_another(near: Near, bundle: Path) -> None:
    contents = Contents.of(bundle)
    (title, content), *others = contents.archives["archives.all"]
    contents.archives["archives.all"] = [(title, content + b"\0"), *others]
    refused(near, contents.written(near.place / "forged.tar"), TrustError, "no signed record names the archive")


def test_documents_that_are_none(near: Near, bundle: Path) -> None:
    found = members(bundle)
    index = json.loads(found["index.json"])
    (named,) = index["manifests"]
    other = {**named, "annotations": {}}
    layouts = [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"schemaVersion":2,"manifests":[]}',
        json.dumps({**index, "schemaVersion": 1}).encode(),
        json.dumps({**index, "manifests": [named, named]}).encode(),
        json.dumps({**index, "manifests": [other, other]}).encode(),
        json.dumps({**index, "manifests": [{**named, "digest": "sha256:../../etc/passwd"}]}).encode(),
        json.dumps({**index, "manifests": [{**named, "digest": "md5:" + "0" * 32}]}).encode(),
        json.dumps({**index, "manifests": [{**named, "size": named["size"] + 1}]}).encode(),
        json.dumps({**index, "manifests": [{**named, "size": -1}]}).encode(),
        json.dumps({**index, "manifests": [{**named, "mediaType": image.MANIFEST_TYPE}]}).encode(),
        b'{"schemaVersion":2,"manifests":' + b"[" * 3000 + b"]" * 3000 + b"}",
        b" " * 70_000,
    ]
    for text in layouts:
        refused(near, written(near.place / "none.tar", {**found, "index.json": text}))


@pytest.mark.parametrize("kind", ["FILES", "ARCHIVES"])
def test_an_image_of_something_else(near: Near, bundle: Path, kind: str) -> None:
    contents = Contents.of(bundle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image, kind, "application/vnd.example.v1")
        made = contents.written(near.place / "other.tar")
    refused(near, made, ArchiveError, "it is not the image of a mirror")


def test_a_file_that_is_listed_twice(near: Near, bundle: Path) -> None:
    """Who reads the first of the two and who reads the last would read different indexes."""
    contents, once = Contents.of(bundle), image.dump_manifest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image, "dump_manifest", lambda kind, layers: once(kind, [*layers, *layers[:1]]))
        made = contents.written(near.place / "twice.tar")
    refused(near, made, ArchiveError, "is listed twice")


def test_a_record_that_no_key_of_the_index_signed(near: Near, bundle: Path) -> None:
    """Even the online keys cannot bring it in: the manifest is genuine metadata over a record nobody signed."""
    mirror = near.mirror
    path = mirror.manifest(HERE)
    lines = path.read_text().splitlines(keepends=True)
    record = json.loads(lines[-1])
    record["v"] = "3.12.7"
    forged = "".join([*lines[:-1], json.dumps(record, sort_keys=True, separators=(",", ":")) + "\n"])
    path.write_text(forged)
    with pytest.raises(TrustError):  # the publisher refuses too, so its check is gone around
        publish(mirror, near.keys, near.now)
    current = read_generation(mirror)
    assert current is not None
    listed = {f"manifest/{HERE}.json": (hashlib.sha256(forged.encode()).hexdigest(), len(forged))}
    releases = current.listing["releases"].listing(listed)
    releases.metadata.signed.version += 1
    releases = releases.signed_with(near.keys.signers("releases"))
    listing = {**current.listing, "releases": releases}
    versions = {role: draft.version for role, draft in listing.items()}
    snapshot = snapshot_of(versions, 4, near.now).signed_with(near.keys.signers("snapshot"))
    stamp = timestamp_of(snapshot.to_bytes(), 4, 4, near.now).signed_with(near.keys.signers("timestamp"))
    contents = {
        hashlib.sha256(each.read_bytes()).hexdigest(): each.read_bytes() for each in mirror.path.rglob("*.json")
    }
    write_generation(
        mirror,
        Generation(root=current.root, listing=listing, snapshot=snapshot, timestamp=stamp),
        {**contents, hashlib.sha256(forged.encode()).hexdigest(): forged.encode()},
    )
    refused(near, near.export("forged.tar"), TrustError, "was altered after it was signed")


def test_a_genuine_root_after_a_forged_one(near: Near) -> None:
    """Whoever forges the first root names a genuine key beside his own, and the second one follows it."""
    evil, first = CryptoSigner.generate_ed25519(), (near.mirror.metadata / "1.root.json").read_bytes()
    rotate(near.mirror, "timestamp", Rotation(), near.keys, near.now)
    genuine = near.export()
    newest = (near.mirror.metadata / "2.root.json").read_bytes()
    known = [root_offered([first, newest], "the operator", near.now)]
    contents, root = Contents.of(genuine), Metadata.from_bytes(first)
    root.signed.add_key(evil.public_key, "root")
    root.sign(evil)
    contents.files["metadata/1.root.json"] = root.to_bytes()
    forged = contents.written(near.place / "forged.tar")
    with pytest.raises(TrustError, match="no root that is trusted here leads to"):
        near.send(forged, near.place / "new", sha256=None, known=known)
    assert not (near.place / "new").exists()
    assert near.send(genuine, near.place / "new", sha256=None, known=known).is_new


def test_a_fifo_or_nothing_is_no_bundle(near: Near, machine: Machine) -> None:
    os.mkfifo(machine.cwd / "fifo")
    machine.pyv("mirror", "import", "fifo", near.place / "far").fails(2, "is neither a file nor a directory")
    machine.pyv("mirror", "import", "none.tar", near.place / "far").fails(2, "there is no bundle")
    machine.pyv("mirror", "import", near.mirror.path, near.place / "far").fails(
        6, "does not belong into an image layout"
    )


def test_blobs_are_read_within_their_limit(bundle: Path) -> None:
    found = open_bundle(bundle)
    (sha256, *_) = found.blobs()
    with pytest.raises(ArchiveError, match="more than the 1 it may have"):
        found.read(sha256, 1) if found.size(sha256) > 1 else found.read(max(found.blobs(), key=found.size), 1)
