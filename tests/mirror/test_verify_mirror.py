"""`pyv mirror verify`: whatever a client could stumble over is named, and nothing in the mirror is touched."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from pyv.domain.derived import Derived
from pyv.mirror.check import Fault, verify_mirror
from pyv.mirror.derived import write_derived
from pyv.mirror.layout import Mirror
from pyv.transfer.progress import Silence
from pyv.trust.derived import sign_derived
from tests.install.scene import HERE
from tests.mirror.care import DAY, NEW, OLD, Scene, edit, files, publish_unchecked, settings

PUBLISH = "pyv mirror sign publish DIR --keys KEYDIR"
AGAIN = "`pyv mirror sync DIR --keys KEYDIR` fetches archives of upstream's again, `pyv mirror add` puts your own back"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.make(tmp_path_factory.mktemp("template"))


@pytest.fixture
def scene(template: Scene, tmp_path: Path) -> Scene:
    return template.copy(tmp_path)


def faults(mirror: Mirror, *, quick: bool = False) -> list[str]:
    """What is wrong, as kind and what."""
    verdict = verify_mirror(mirror, time.time(), quick=quick, jobs=2, progress=Silence())
    return [f"{fault.kind} {fault.what}" for fault in verdict.faults]


def test_a_sound_mirror_is_looked_at_and_left_alone(scene: Scene) -> None:
    before = files(scene.path)
    size = sum(record.size or 0 for record in scene.records.values())
    told = f"{scene.path}: sound: 2 records, 2 archives ({size} bytes, %s)\n"
    scene.run("verify", "mirror").shows(stderr=told % "read")
    scene.run("verify", "mirror", "--quick", "--jobs", "1").shows(stderr=told % "not read")
    scene.run("verify", "mirror", "--quiet").shows()
    assert files(scene.path) == before, "not a byte, not a lock, not a time"


def test_a_mirror_nobody_can_write_to_is_verified(scene: Scene) -> None:
    shutil.rmtree(scene.path / ".pyv")
    for path in (scene.path, *scene.path.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert faults(scene.mirror) == []
    assert not (scene.path / ".pyv").exists()


def test_damaged_archives_are_named_with_what_to_do(scene: Scene) -> None:
    old, new = scene.blob(OLD), scene.blob(NEW)
    size = old.stat().st_size
    content = bytearray(new.read_bytes())
    content[100] ^= 1
    new.write_bytes(content)  # the same file as in pbs/, and no longer the archive of that name
    old.write_bytes(b"short")
    run = scene.run("verify", "mirror")
    lines = run.stdout.splitlines()
    assert run.status == 7
    assert f"damaged blobs/sha256/{old.name}: {OLD}: 5 bytes, and its record says {size}" in lines
    assert [
        line for line in lines if line.startswith(f"damaged blobs/sha256/{new.name}: {NEW}: its bytes have sha256 ")
    ]
    assert len(lines) == 2
    assert run.stderr == (
        f"{scene.path}: 2 things wrong: 2 records, 2 archives ({5 + size} bytes, read)\n"
        f"hint: remove what is damaged; {AGAIN}\n"
    )
    assert faults(scene.mirror, quick=True) == [f"damaged blobs/sha256/{old.name}"], "sizes only"


def test_a_missing_archive_is_an_error_in_a_mirror_of_ones_own(scene: Scene) -> None:
    gone = scene.blob(OLD)
    gone.unlink()
    size = scene.blob(NEW).stat().st_size
    for words, read in (((), "read"), (("--quick",), "not read")):
        scene.run("verify", "mirror", *words).shows(
            f"missing blobs/sha256/{gone.name}: {OLD}\n",
            f"{scene.path}: 1 thing wrong: 2 records, 1 archive ({size} bytes, {read})\nhint: {AGAIN}\n",
            status=7,
        )


def test_what_a_hybrid_mirror_did_not_choose_is_only_counted(scene: Scene) -> None:
    choice = {"versions": ["3.12.3"], "triples": [], "flavors": [], "variants": [], "builds": "newest"}
    settings(scene, mode="hybrid", choice=choice)
    scene.blob(OLD).unlink()
    assert faults(scene.mirror) == [], "before the first synchronisation nothing was chosen"
    settings(
        scene, mode="hybrid", choice=choice, synced={"at": "2026-11-23T00:00:00Z", "published": "", "revocations": 0}
    )
    size = scene.blob(NEW).stat().st_size
    scene.run("verify", "mirror").shows(
        stderr=f"{scene.path}: sound: 2 records, 1 archive ({size} bytes, read); archives of 1 record were not chosen\n"
    )
    scene.blob(NEW).unlink()
    assert faults(scene.mirror) == [f"missing blobs/sha256/{scene.blob(NEW).name}"], "what is chosen has to be there"


def test_strays_among_the_archives_are_named(scene: Scene) -> None:
    (scene.mirror.blobs / "notes").write_text("hello")
    (scene.mirror.blobs / ("A" * 64)).write_text("hello")
    (scene.mirror.blobs / ("0" * 64)).write_text("hello")
    (scene.mirror.blobs / ("1" * 64)).symlink_to("notes")
    (scene.mirror.blobs / ".half.0123abcd.tmp").write_text("somebody is writing")
    (scene.mirror.blobs.parent / "md5").mkdir()
    names = [f"sha256/{'1' * 64}", f"sha256/{'A' * 64}", "sha256/notes"]
    unknown = [f"unknown blobs/{name}" for name in ("md5", *sorted(names))]
    assert faults(scene.mirror) == [f"damaged blobs/sha256/{'0' * 64}", *sorted(unknown)]
    assert faults(scene.mirror, quick=True) == sorted(unknown)


def test_an_unreferenced_archive_that_is_what_its_name_says_is_sound(scene: Scene) -> None:
    content = b"another archive"
    scene.mirror.blob(hashlib.sha256(content).hexdigest()).write_bytes(content)
    assert faults(scene.mirror) == []


def test_a_link_under_a_wrong_name_is_damage_and_a_copy_is_not(scene: Scene) -> None:
    links = {path.name: path for path in scene.path.glob("pbs/*/*.tar.gz")}
    old, new = links[f"{OLD}.tar.gz"], links[f"{NEW}.tar.gz"]
    content = old.read_bytes()
    old.unlink()
    old.write_bytes(content)
    assert faults(scene.mirror) == [], "a copy, as a copied mirror has it"
    old.unlink()
    old.hardlink_to(new)
    (old.parent / "other.tar.gz").hardlink_to(new)
    run = scene.run("verify", "mirror")
    run.shows(
        f"damaged pbs/{old.parent.name}/{old.name}: it is another archive than the record of that name says\n"
        f"unknown pbs/{old.parent.name}/other.tar.gz: no record has that name\n",
        run.stderr,
        status=7,
    )
    assert f"hint: publish, and it is made anew: {PUBLISH}\n" in run.stderr


def test_a_name_that_is_no_file_is_not_waited_for(scene: Scene) -> None:
    link = next(scene.path.glob(f"pbs/*/{OLD}.tar.gz"))
    copy = scene.machine.cwd / "copy"
    copy.write_bytes(link.read_bytes())
    link.unlink()
    os.mkfifo(link)
    assert faults(scene.mirror) == [f"damaged pbs/{link.parent.name}/{link.name}"]
    link.unlink()
    link.symlink_to(copy)
    assert faults(scene.mirror) == [f"damaged pbs/{link.parent.name}/{link.name}"], "nobody is served where it leads"


def test_expired_metadata_is_told_and_the_rest_is_verified(tmp_path: Path) -> None:
    scene = Scene.make(tmp_path, ago=20 * DAY)
    scene.blob(OLD).unlink()
    run = scene.run("verify", "mirror")
    expired, missing = run.stdout.splitlines()
    assert run.status == 4
    assert expired.startswith("expired timestamp: good until 20")
    assert missing == f"missing blobs/sha256/{scene.blob(OLD).name}: {OLD}"
    assert "hint: sign it again: pyv mirror sign timestamp DIR --keys KEYDIR\n" in run.stderr


@pytest.mark.parametrize("role", ["timestamp", "root", "snapshot", "targets", "releases", "revocations"])
def test_altered_metadata_breaks_the_chain(scene: Scene, role: str) -> None:
    edit(scene.metadata(role), '"expires":"20', '"expires":"21')
    (scene.mirror.blob(scene.records[OLD].sha256)).write_bytes(b"x")
    run = scene.run("verify", "mirror")
    assert run.status == 4
    broken, damaged = run.stdout.splitlines()
    assert broken.startswith("broken metadata: ")
    assert damaged.startswith("damaged blobs/sha256/"), "bytes are held to their name all the same"
    assert "hint: restore metadata/ and targets/ from a backup" in run.stderr


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_metadata_that_is_gone_breaks_the_chain(scene: Scene, role: str) -> None:
    scene.metadata(role).unlink()
    assert faults(scene.mirror) == ["broken metadata"]


def test_a_hashed_target_with_other_bytes_breaks_the_chain(scene: Scene) -> None:
    manifest = max(scene.path.glob(f"targets/manifest/*.{HERE}.json"), key=lambda path: path.stat().st_size)
    edit(manifest, '"3.12.2"', '"3.12.9"')
    assert faults(scene.mirror) == ["broken metadata"]


def test_a_pack_that_says_something_else_is_damage(scene: Scene) -> None:
    pack = scene.path / "refresh.json"
    told = json.loads(pack.read_text())
    told["files"]["metadata/1.targets.json"] += " "
    pack.write_text(json.dumps(told))
    scene.run("verify", "mirror", "--quick", "--quiet").shows(
        "damaged refresh.json: it has other bytes of metadata/1.targets.json than the mirror\n", status=7
    )


def test_a_record_nobody_vouches_for_is_not_believed(scene: Scene) -> None:
    """Published by who holds the online keys, but signed by no artifact key: clients refuse it, and so does this."""
    record = scene.records[OLD]
    forged = base64.b64encode(bytes(64)).decode()
    edit(scene.mirror.manifest(HERE), record.signature, forged)
    publish_unchecked(scene)
    run = scene.run("verify", "mirror", "--json")
    assert run.status == 4
    assert run.json["sound"] is False
    assert run.json["faults"] == [
        {"kind": "untrusted", "what": OLD, "why": f"the record of {OLD} was altered after it was signed"}
    ]
    assert run.json["hints"] == ["compare the manifests with a backup; clients refuse these records"]
    assert {key: run.json[key] for key in ("records", "archives", "not_chosen", "quick")} == {
        "records": 2,
        "archives": 2,
        "not_chosen": 0,
        "quick": False,
    }


def test_words_of_a_record_do_nothing_to_a_terminal(scene: Scene) -> None:
    """Who holds upstream's releases key, or a mirror's host, writes what he likes into the id of a key."""
    edit(scene.mirror.manifest(HERE), scene.records[OLD].keyid, r"\u001b]0;x\u0007\n\u001b[2J")
    publish_unchecked(scene)
    run = scene.run("verify", "mirror")
    assert r"\x1b]0;x\x07\n\x1b[2J" in run.stdout
    assert "\x1b" not in run.stdout + run.stderr


def test_packings_are_part_of_the_mirror(scene: Scene) -> None:
    key = scene.keys.artifact_key()
    content = b"another packing"
    digest = hashlib.sha256(content).hexdigest()
    packing = sign_derived(Derived(origin=scene.records[OLD].sha256, sha256=digest, size=len(content)), key)
    write_derived(scene.mirror, HERE, [packing])
    assert faults(scene.mirror) == [f"missing blobs/sha256/{digest}"]
    scene.mirror.blob(digest).write_bytes(content)
    assert faults(scene.mirror) == []
    scene.mirror.blob(digest).write_bytes(content + b"!")
    assert faults(scene.mirror, quick=True) == [f"damaged blobs/sha256/{digest}"]
    scene.mirror.blob(digest).write_bytes(content)
    edit(scene.path / f"derived/{HERE}.json", packing.origin, scene.records[NEW].sha256)
    assert faults(scene.mirror) == [f"untrusted the packing {digest} of {scene.records[NEW].sha256}"]
    edit(scene.path / f"derived/{HERE}.json", '"format":1', '"format":9')
    assert faults(scene.mirror) == [f"damaged derived/{HERE}.json"]


def test_what_is_no_mirror_is_an_error(scene: Scene) -> None:
    scene.run("verify", "nothing").shows(
        stderr=f"pyv: {scene.machine.cwd}/nothing is not a mirror\nhint: make one with `pyv mirror init`\n", status=7
    )


def test_a_fault_is_told_in_a_line() -> None:
    assert Fault("expired", "timestamp", "good until then").told == "expired timestamp: good until then"
    assert Fault("expired", "", "").is_of_trust
    assert not Fault("missing", "", "").is_of_trust
