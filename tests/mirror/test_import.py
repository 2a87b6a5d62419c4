"""A mirror across a gap: what was exported here is published there, whole, never backwards, whatever interrupts it."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from pyv.domain.derived import Derived
from pyv.domain.revocation import Revocation
from pyv.errors import DigestError, ExpiredError, RequestError, RollbackError, StoreError, TrustError
from pyv.index.anchors import accept
from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import read_bundled
from pyv.mirror.derived import read_derived, write_derived
from pyv.mirror.generation import Generation, read_generation, write_generation
from pyv.mirror.incoming import archives_to_take
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.resign import resign_timestamp
from pyv.mirror.revoke import revoke
from pyv.mirror.rotate import Change, rotate
from pyv.mirror.settings import read_settings
from pyv.store.paths import Root
from pyv.trust.authoring import parse_draft
from pyv.trust.derived import sign_derived
from pyv.trust.drafting import snapshot_of, timestamp_of
from pyv.trust.signing import SigningKey
from tests.install.namespace import Namespace
from tests.install.process import Processes, ended, until
from tests.install.scene import anchor_of, left_in
from tests.mirror.bundles import HERE, Contents, Near
from tests.mirror.stock import DAY, Stock
from tests.mirror.test_publisher import stop_after
from tests.support.index import SignedIndex
from tests.support.runner import Machine


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A near mirror, what was exported of it at first, and then."""
    near = Near.made(tmp_path_factory.mktemp("template"), "3.12.1")
    near.export("first.tar")
    near.add("3.12.2")
    near.export("increment.tar", "last")
    near.export("whole.tar")
    return near.place


@pytest.fixture
def near(template: Path, tmp_path: Path) -> Near:
    return Near(Path(shutil.copytree(template, tmp_path / "place")))


@pytest.fixture
def far(near: Near) -> Path:
    """A mirror that has the first bundle."""
    near.send(near.place / "first.tar", near.place / "far")
    return near.place / "far"


def index_files(mirror: Path) -> dict[str, bytes]:
    """What clients of an index read, and the archives."""
    found = {str(path.relative_to(mirror)): path for path in mirror.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith((".pyv/", "pbs/", "down"))}


def test_across_the_gap_and_installed_there(near: Near, machine: Machine) -> None:
    far = machine.cwd / "far"
    shutil.copy(near.place / "whole.tar", machine.cwd)
    run = machine.pyv("mirror", "import", "whole.tar", far)
    run.fails(4, "no root that is trusted here leads to", near.root_sha256, "--sha256")
    assert not far.exists()
    run = machine.pyv("mirror", "import", "whole.tar", far, "--sha256", near.root_sha256)
    root = near.root_sha256
    shutil.rmtree(near.mirror.path)
    assert run.ok().stderr.splitlines()[1:] == [
        f"  archives: 2 added ({sum(path.stat().st_size for path in (far / 'blobs/sha256').iterdir())} bytes), 0 were there",
        "  published: releases 3, revocations 1, root 1, snapshot 3, targets 1, timestamp 3",
        f"clients accept it with: pyv trust add {far} --sha256 {root}",
    ]
    machine.pyv("trust", "add", far, "--sha256", root).ok()
    machine.pyv("install", "3.12", "--index", far, "--offline").ok()
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")


def test_the_far_mirror_is_the_near_one_byte_for_byte(near: Near) -> None:
    far = near.place / "far"
    received = near.send(near.place / "whole.tar", far)
    theirs, mine = index_files(near.mirror.path), index_files(far)
    before = {name for name in theirs if "2.releases" in name or "2.snapshot" in name or "manifest/" in name}
    assert {name: theirs[name] for name in theirs if name not in before} == {
        name: mine[name] for name in mine if name not in before
    }
    assert all(theirs[name] == mine[name] for name in before & mine.keys())
    imported = read_settings(Mirror(far)).imported
    assert imported is not None
    assert imported.bundle == received.ident
    assert not (far / ".pyv/first-import").exists()


def test_increments_one_after_the_other_and_each_only_once(near: Near, far: Path) -> None:
    received = near.send(near.place / "increment.tar", far)
    assert (len(received.added), received.there, received.changed) == (
        1,
        1,
        {"releases": 3, "snapshot": 3, "timestamp": 3},
    )
    before = left_in(far)
    assert not near.send(near.place / "increment.tar", far).is_new
    assert not near.send(near.place / "whole.tar", far).is_new
    assert left_in(far) == before


def test_an_increment_needs_what_it_was_made_since(near: Near) -> None:
    with pytest.raises(RequestError, match="lacks 1 of the 2 archives") as caught:
        near.send(near.place / "increment.tar", near.place / "new")
    assert "import the bundle it was made since first" in str(caught.value.hint)
    assert not (near.place / "new").exists()


def test_a_bundle_older_than_what_is_there_is_refused(near: Near, far: Path, machine: Machine) -> None:
    near.send(near.place / "increment.tar", far)
    before = left_in(far)
    run = machine.pyv("mirror", "import", near.place / "first.tar", far)
    run.fails(
        4, "is older than what the mirror has: snapshot version 2 after version 3", "take a bundle exported after"
    )
    assert left_in(far) == before


def test_a_role_that_goes_back_under_a_newer_snapshot_is_refused(near: Near, far: Path) -> None:
    """Whoever holds the online keys can sign that; a client that saw the newer releases would not take it."""
    near.send(near.place / "whole.tar", far)
    current = read_generation(near.mirror)
    assert current is not None
    older = parse_draft((near.mirror.metadata / "2.releases.json").read_bytes(), "releases")
    listing = {**current.listing, "releases": older}
    versions = {role: draft.version for role, draft in listing.items()}
    snapshot = snapshot_of(versions, 4, near.now).signed_with(near.keys.signers("snapshot"))
    stamp = timestamp_of(snapshot.to_bytes(), 4, 4, near.now).signed_with(near.keys.signers("timestamp"))
    made = Generation(root=current.root, listing=listing, snapshot=snapshot, timestamp=stamp)
    files = [path.read_bytes() for path in near.mirror.path.glob("targets/*/*.json")]
    write_generation(near.mirror, made, {hashlib.sha256(content).hexdigest(): content for content in files})
    before = left_in(far)
    with pytest.raises(RollbackError, match="releases version 2 after version 3"):
        near.send(near.export(), far)
    assert left_in(far) == before


def test_an_archive_that_was_cut_short_is_brought_again(near: Near, far: Path) -> None:
    near.send(near.place / "whole.tar", far)
    blob = min(Mirror(far).blobs.iterdir())
    content = blob.read_bytes()
    blob.write_bytes(content[:-1])
    assert [each.sha256 for each in near.send(near.place / "whole.tar", far).added] == [blob.name]
    assert blob.read_bytes() == content


def test_a_record_says_how_large_its_archive_is(near: Near, far: Path) -> None:
    bundled = read_bundled(open_bundle(near.place / "whole.tar"))
    sizes = {sha256: listed.size + 1 for sha256, listed in bundled.archives.items()}
    with pytest.raises(DigestError, match="bytes where its record says"):
        archives_to_take(Mirror(far), bundled, sizes)


def test_an_archive_the_mirror_has_must_be_whole_in_the_bundle_too(near: Near, far: Path) -> None:
    """Whoever carries the bundle on gives it to others."""
    near.send(near.place / "whole.tar", far)
    for blob in near.mirror.blobs.iterdir():
        damaged = near.place / "damaged.tar"
        content = blob.read_bytes()
        damaged.write_bytes((near.place / "whole.tar").read_bytes().replace(content, content[:-1] + b"\xff"))
        with pytest.raises(DigestError, match=f"the blob {blob.name} has the sha256"):
            near.send(damaged, far)


def test_dry_run_tells_and_writes_nothing(near: Near, far: Path, machine: Machine) -> None:
    before = left_in(far)
    told = machine.pyv("mirror", "import", near.place / "increment.tar", far, "--dry-run", "--json").ok().json
    assert (told["new"], told["written"], told["added"]) == (True, False, 1)
    assert left_in(far) == before
    new = near.place / "new"
    run = machine.pyv("mirror", "import", near.place / "whole.tar", new, "--dry-run", "--sha256", near.root_sha256)
    assert "would import bundle" in run.ok().stderr
    assert not new.exists()


def test_a_root_that_was_accepted_before(near: Near, machine: Machine) -> None:
    machine.pyv("trust", "add", near.mirror.metadata / "1.root.json", "--sha256", near.root_sha256).ok()
    machine.pyv("mirror", "import", near.place / "whole.tar", "far").ok()
    accept(Root(machine.root), anchor_of(SignedIndex()))
    machine.pyv("trust", "remove", str(near.mirror.metadata / "1.root.json")).ok()
    machine.pyv("mirror", "import", near.place / "whole.tar", "other").fails(4, "no root that is trusted here")


def test_another_root_than_the_one_named(near: Near, far: Path) -> None:
    for place in (far, near.place / "new"):
        with pytest.raises(TrustError, match="not the one named"):
            near.send(near.place / "whole.tar", place, sha256="0" * 64)


def test_another_organisation_s_bundle(near: Near, far: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Near.made(tmp_path / "other", "3.12.9")
    before = left_in(far)
    with pytest.raises(TrustError, match="is another index than the one in the mirror"):
        other.send(other.export(), far)
    with pytest.raises(TrustError, match="not the one named"):
        near.send(other.export(), far)
    rotate(
        other.mirror, "timestamp", Change(), other.keys, other.now
    )  # a second root follows their first one, not ours
    with pytest.raises(TrustError, match="is another index than the one in the mirror"):
        other.send(other.export(), far)
    assert left_in(far) == before


def test_the_near_side_rotates_its_root(near: Near, far: Path) -> None:
    client = Stock(far, near.place / "client")
    client.read()
    for _ in range(2):
        rotate(near.mirror, "root", Change(), near.keys, near.now)
        rotate(near.mirror, "timestamp", Change(), near.keys, near.now)
    received = near.send(near.export(), far, sha256=None)
    assert received.changed["root"] == 5
    assert [path.name for path in sorted(far.glob("metadata/*.root.json"))] == [f"{n}.root.json" for n in range(1, 6)]
    client.read()
    assert client.versions()["root"] == 5
    with pytest.raises(RollbackError, match="ends with root version 1, and the mirror has version 5"):
        near.send(near.place / "whole.tar", far)


@pytest.mark.parametrize("named", ["first", "newest"])
def test_a_new_mirror_takes_the_first_root_or_the_newest(near: Near, named: str) -> None:
    rotate(near.mirror, "root", Change(), near.keys, near.now)
    path = near.mirror.metadata / ("1.root.json" if named == "first" else "2.root.json")
    near.send(near.export(), near.place / "far", sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert Stock(near.place / "far", near.place / "client").read() == {}


def signed_there(near: Near, far: Path, times: int) -> None:
    for _ in range(times):
        resign_timestamp(Mirror(far), near.keys, near.now)


def test_the_far_side_signs_its_own_timestamp(near: Near, far: Path, machine: Machine) -> None:
    signed_there(near, far, 4)
    client = Stock(far, near.place / "client")
    client.read()
    before = left_in(far)
    run = machine.pyv("mirror", "import", near.place / "increment.tar", far)
    run.fails(4, "timestamp (version 6, signed here) is not behind", "--keys KEYDIR")
    run = machine.pyv("mirror", "import", near.place / "increment.tar", far, "--keys", machine.home)
    run.fails(7, "a timestamp has to be signed here, and was not: timestamp version 7 has 0 of the 1 signatures")
    assert left_in(far) == before
    run = machine.pyv("mirror", "import", near.place / "increment.tar", far, "--keys", near.keys.path)
    assert "timestamp 7 was signed here" in run.ok().stderr
    client.read()
    assert (client.versions()["timestamp"], client.versions()["snapshot"]) == (7, 3)
    after = left_in(far)
    assert not near.send(near.place / "increment.tar", far).is_new
    assert left_in(far) == after


def test_a_timestamp_that_expired_on_the_way(near: Near, far: Path) -> None:
    late = Near(near.place, near.now + 15 * DAY)
    before = left_in(far)
    with pytest.raises(ExpiredError, match="its timestamp was good until") as caught:
        late.send(near.place / "whole.tar", near.place / "new", sha256=near.root_sha256)
    assert "--keys KEYDIR with timestamp.pem" in str(caught.value.hint)
    with pytest.raises(ExpiredError, match="has expired"):
        late.send(near.place / "whole.tar", far)
    assert left_in(far) == before
    signed = late.send(near.place / "whole.tar", far, keys=near.keys)
    assert signed.signed
    assert signed.changed["timestamp"] == 4
    stale = late.send(near.place / "whole.tar", near.place / "new", max_staleness=2.0 * DAY)
    assert not stale.signed
    assert stale.stale == pytest.approx(DAY, abs=300)


def test_a_snapshot_that_expired_cannot_be_helped_here(near: Near, far: Path) -> None:
    late = Near(near.place, near.now + 31 * DAY)
    with pytest.raises(ExpiredError, match="the snapshot of .* was good until") as caught:
        late.send(near.place / "whole.tar", far, keys=near.keys)
    assert "have it signed again where it comes from" in str(caught.value.hint)


def test_the_same_index_with_an_expired_timestamp_brings_archives(near: Near) -> None:
    """A mirror that has more archives than before, under the same metadata, which the far side keeps fresh itself."""
    far = near.place / "far"
    contents = Contents.of(near.place / "whole.tar")
    all_of_them = contents.archives["archives.all"]
    contents.archives["archives.all"] = all_of_them[:1]
    near.send(contents.written(near.place / "less.tar"), far)
    late = Near(near.place, near.now + 13 * DAY)
    resign_timestamp(Mirror(far), near.keys, late.now)
    late = Near(near.place, near.now + 15 * DAY)
    received = late.send(near.place / "whole.tar", far)
    assert (received.changed, len(received.added), received.signed) == ({}, 1, False)


def test_the_same_version_with_another_content(near: Near, far: Path) -> None:
    shutil.copytree(near.place, near.place.parent / "twin")
    twin = Near(near.place.parent / "twin")
    near.send(near.place / "whole.tar", far)
    shutil.rmtree(twin.mirror.path)
    shutil.copytree(far, twin.mirror.path)
    twin.add("3.12.5")
    near.add("3.12.4")
    near.send(near.export(), far)
    before = left_in(far)
    with pytest.raises(TrustError, match="has another .* version 4 than the mirror"):
        near.send(twin.export(), far)
    assert left_in(far) == before


def test_a_revocation_crosses_and_the_working_copies_follow(near: Near, far: Path) -> None:
    entry = Revocation(action="block", version="3.12.1", reason="broken", date="2026-11-25")
    revoke(near.mirror, entry, near.keys, near.now)
    near.send(near.export(), far)
    assert Mirror(far).read_revocations() == near.mirror.read_revocations()
    assert Mirror(far).read_manifest(HERE) == near.mirror.read_manifest(HERE)


def test_repacked_archives_cross_beside_those_of_the_far_side(near: Near, far: Path) -> None:
    records = near.mirror.read_manifest(HERE)
    key, own = near.keys.artifact_key(), SigningKey.generate()

    def packed(mirror: Mirror, content: bytes, signer: SigningKey) -> Derived:
        sha256 = hashlib.sha256(content).hexdigest()
        mirror.blob(sha256).write_bytes(content)
        return sign_derived(Derived(origin=records[0].sha256, sha256=sha256, size=len(content)), signer)

    theirs = packed(near.mirror, b"theirs", key)
    write_derived(near.mirror, HERE, [theirs])
    mine = packed(Mirror(far), b"mine", own)
    write_derived(Mirror(far), HERE, [mine])
    received = near.send(near.export(), far)
    assert received.repacked == 1
    assert {each.sha256 for each in read_derived(Mirror(far), HERE)} == {theirs.sha256, mine.sha256}
    assert Mirror(far).blob(theirs.sha256).read_bytes() == b"theirs"
    forged = sign_derived(Derived(origin=records[1].sha256, sha256=mine.sha256, size=4), own)
    write_derived(near.mirror, HERE, [theirs, dataclasses.replace(forged, keyid=key.public_key.keyid)])
    near.mirror.blob(mine.sha256).write_bytes(b"mine")
    with pytest.raises(TrustError, match="was altered"):
        near.send(near.export(), far)


def test_killed_at_any_moment_the_old_mirror_or_the_new_one_is_there(near: Near, far: Path, machine: Machine) -> None:
    mirror = Mirror(far)
    backup = shutil.copytree(far, near.place / "backup")
    moments: dict[str, Callable[[], object]] = {
        "staging": lambda: list(mirror.work.staging.glob("*/*")),
        "blobs": lambda: len(list(mirror.blobs.iterdir())) == 2,
        "metadata": (mirror.metadata / "3.releases.json").exists,
        "timestamp": lambda: b'"version":3' in (mirror.metadata / "timestamp.json").read_bytes(),
    }
    for happened in moments.values():
        shutil.rmtree(far)
        shutil.copytree(backup, far)
        with Processes() as group:
            process = group.start(machine, "mirror", "import", near.place / "increment.tar", far)
            until(happened, process)
            process.send_signal(signal.SIGKILL)
            ended(process)
        client = Stock(far, near.place / "client")
        client.read()
        assert client.versions()["snapshot"] in {2, 3}
        shutil.rmtree(near.place / "client")
        near.send(near.place / "increment.tar", far)
        client.read()
        assert client.versions()["snapshot"] == 3
        shutil.rmtree(near.place / "client")
        assert not [name for name in left_in(far) if name.endswith(".tmp") or "/staging/" in name]
        assert len(list(mirror.blobs.iterdir())) == 2


def test_a_first_import_that_was_killed_is_done_again(near: Near) -> None:
    far = near.place / "far"
    near.send(near.place / "whole.tar", far)
    (far / "metadata/timestamp.json").unlink()
    with pytest.raises(StoreError, match="is missing"):
        near.send(near.place / "whole.tar", far)
    (far / ".pyv/first-import").write_text("whole")
    (far / "metadata/1.root.json").unlink()
    near.send(near.place / "whole.tar", far)
    assert Stock(far, near.place / "client").read() == {}
    assert not (far / ".pyv/first-import").exists()


def test_a_first_import_stopped_at_any_write_is_done_again(near: Near) -> None:
    for changes in count(0, 6):
        far = near.place / str(changes)
        with pytest.MonkeyPatch.context() as patch:
            made = stop_after(patch, changes, KeyboardInterrupt())
            try:
                near.send(near.place / "whole.tar", far)
                break
            except KeyboardInterrupt:
                pass
        near.send(near.place / "whole.tar", far)
        assert read_generation(Mirror(far)) == read_generation(near.mirror), made
        shutil.rmtree(far)
    assert changes >= len(made) >= 12


def test_a_full_disk_leaves_the_mirror_as_it_was(tmp_path: Path, machine: Machine) -> None:
    index = SignedIndex()
    index.add("3.12.1", b"small")
    near = index.write(tmp_path / "near")
    root = hashlib.sha256((near / "metadata/1.root.json").read_bytes()).hexdigest()
    machine.pyv("mirror", "export", near, "-o", "first.tar").ok()
    index.add("3.12.2", bytes(6_000_000))
    index.write(near)
    machine.pyv("mirror", "export", near, "-o", "second.tar").ok()
    with Namespace.of(machine) as inside:
        inside.tmpfs(machine.cwd / "far", "mode=755,size=3m")
        inside.pyv("mirror", "import", "first.tar", "far", "--sha256", root).ok()
        far = inside.seen(machine.cwd / "far")
        before = left_in(far)
        inside.pyv("mirror", "import", "second.tar", "far").fails(7, "no space left on device")
        assert left_in(far) == before
        inside.mount("-o", "remount,size=32m", machine.cwd / "far")
        inside.pyv("mirror", "import", "second.tar", "far").ok()
        assert len(list((far / "blobs/sha256").iterdir())) == 2


def test_keys_are_opened_only_where_they_are_needed(near: Near, far: Path) -> None:
    closed = KeyDirectory(path=near.place / "no-such-keys")
    assert near.send(near.place / "increment.tar", far, keys=closed).is_new
