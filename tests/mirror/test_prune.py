"""`pyv mirror prune`: what nothing refers to goes in time, what anything refers to never does, whatever interrupts it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyv.domain.derived import Derived
from pyv.errors import DocumentError
from pyv.mirror.add import add
from pyv.mirror.check import verify_mirror
from pyv.mirror.derived import write_derived
from pyv.mirror.holdings import every_packing
from pyv.mirror.prune import Pruned, prune
from pyv.mirror.publisher import publish
from pyv.mirror.reachable import reachable
from pyv.mirror.resign import resign_timestamp
from pyv.mirror.rotate import Change, rotate
from pyv.mirror.settings import read_settings
from pyv.mirror.verified import embedded_whole
from pyv.store.lock import locked
from pyv.transfer.progress import Silence
from pyv.trust.derived import sign_derived
from tests.install.scene import HERE
from tests.mirror.care import DAY, NEW, OLD, Scene, files, settings
from tests.support.archives import tiny_archive

OWN = f"cpython-3.12.4+20261001-{HERE}-install_only_stripped"
STRAY = b"an archive no record names"
DIGEST = hashlib.sha256(STRAY).hexdigest()
CHOICE = {"versions": ["3.12.3"], "triples": [], "flavors": [], "variants": [], "builds": "newest"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Two archives signed by what is upstream's key, and one of the operator's own; 3.12.3 is what is chosen."""
    scene = Scene.make(tmp_path_factory.mktemp("template"))
    theirs = scene.mirror.read_keys().keys[0].keyid
    rotate(scene.mirror, "artifact", Change(), scene.keys, time.time())
    own = scene.machine.cwd / f"{OWN}.tar.gz"
    own.write_bytes(tiny_archive("3.12.4"))
    add(scene.path, [own], scene.keys, now=time.time())
    settings(scene, upstream="https://upstream.example/", choice=CHOICE, upstream_keys=[theirs])
    return scene


@pytest.fixture
def scene(template: Scene, tmp_path: Path) -> Scene:
    return template.copy(tmp_path)


def pruned(scene: Scene, days: float = 0.0, *, keep: int = 0, keys: bool = False) -> Pruned:
    """Prune so many days from now."""
    return prune(scene.mirror, scene.keys if keys else None, time.time() + days * DAY, keep_days=keep)


def stray(scene: Scene) -> Path:
    """An archive that no record names."""
    path = scene.mirror.blob(DIGEST)
    path.write_bytes(STRAY)
    return path


def packed(scene: Scene) -> list[Derived]:
    """A packing of each of the two archives, and its record."""
    key, packings = scene.keys.artifact_key(), []
    for name in (OLD, NEW):
        content = f"a packing of {name}".encode()
        digest = hashlib.sha256(content).hexdigest()
        scene.mirror.blob(digest).write_bytes(content)
        packings.append(sign_derived(Derived(origin=scene.records[name].sha256, sha256=digest, size=len(content)), key))
    write_derived(scene.mirror, HERE, packings)
    return packings


def is_sound(scene: Scene) -> bool:
    """Whether a client misses nothing; a name too many in pbs/, which no list has, is none of its business."""
    faults = verify_mirror(scene.mirror, time.time(), quick=False, jobs=1, progress=Silence()).faults
    return all(fault.kind == "unknown" and fault.what.startswith("pbs/") for fault in faults)


def test_with_nothing_to_remove_nothing_is_removed(scene: Scene) -> None:
    settings(scene)
    before = files(scene.path / "blobs")
    scene.run("prune", "mirror").shows(stderr="nothing to remove\n")
    assert files(scene.path / "blobs") == before
    assert not (scene.path / ".pyv/unreferenced.json").exists()


def test_an_archive_nothing_names_is_noted_first_and_removed_in_time(scene: Scene) -> None:
    settings(scene)
    path = stray(scene)
    told = f"1 archive ({len(STRAY)} bytes)"
    scene.run("prune", "mirror").shows(stderr=f"kept until nothing has referred to them for 7 days: {told}\n")
    assert pruned(scene, 1, keep=7).young == {DIGEST: len(STRAY)}
    assert json.loads((scene.path / ".pyv/unreferenced.json").read_text())["since"].keys() == {DIGEST}
    assert not pruned(scene, 6.99, keep=7).removed
    assert path.exists()
    assert pruned(scene, 7.01, keep=7).removed == {DIGEST: len(STRAY)}
    assert not path.exists()
    assert json.loads((scene.path / ".pyv/unreferenced.json").read_text())["since"] == {}
    assert is_sound(scene)


def test_keep_days_0_removes_at_once(scene: Scene) -> None:
    settings(scene)
    path = stray(scene)
    run = scene.run("prune", "mirror", "--keep-days", "0", "--json")
    assert run.json == {
        "schema": 1,
        "dry_run": False,
        "keep_days": 0,
        "unchosen": [],
        "withdrawn": False,
        "removed": [DIGEST],
        "removed_bytes": len(STRAY),
        "kept": [],
        "kept_bytes": 0,
        "partial": [],
        "partial_bytes": 0,
    }
    assert not path.exists()


def test_what_is_named_again_is_noted_no_longer(scene: Scene) -> None:
    settings(scene)
    name = f"cpython-3.12.9+20261101-{HERE}-install_only_stripped"
    archive = scene.machine.cwd / f"{name}.tar.gz"
    archive.write_bytes(tiny_archive("3.12.9"))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    scene.mirror.blob(digest).write_bytes(archive.read_bytes())
    assert pruned(scene, keep=7).young.keys() == {digest}
    add(scene.path, [archive], scene.keys, now=time.time())
    assert not pruned(scene, 8, keep=7).young
    assert json.loads((scene.path / ".pyv/unreferenced.json").read_text())["since"] == {}, "the days begin anew"


def test_a_clock_that_was_ahead_keeps_nothing_for_ever(scene: Scene) -> None:
    settings(scene)
    stray(scene)
    pruned(scene, 1000, keep=7)
    assert not pruned(scene, 0, keep=7).removed
    assert pruned(scene, 8, keep=7).removed


def test_a_dry_run_tells_and_writes_nothing(scene: Scene) -> None:
    stray(scene)
    before = files(scene.path)
    scene.run("prune", "mirror", "--dry-run", "--keep-days", "0", "--keys", "keys").shows(
        stderr="1 record of upstream's no longer chosen: would be withdrawn\n"
        f"would be removed: 1 archive ({len(STRAY)} bytes)\n"
    )
    assert files(scene.path) == before


def test_upstreams_records_that_are_no_longer_chosen_are_withdrawn(scene: Scene) -> None:
    old = scene.blob(OLD)
    scene.run("prune", "mirror", "--keep-days", "0").shows(
        stderr="1 record of upstream's no longer chosen: not withdrawn: that needs --keys KEYDIR\n"
    )
    assert scene.records.keys() == {OLD, NEW, OWN}
    run = scene.run("prune", "mirror", "--keep-days", "0", "--keys", "keys").ok()
    assert run.stderr.startswith("1 record of upstream's no longer chosen: withdrawn\npublished: releases ")
    assert scene.records.keys() == {NEW, OWN}, "what is one's own is never withdrawn, chosen or not"
    assert old.exists(), "who read the index a moment ago may ask for it"
    assert not list(scene.path.glob(f"pbs/*/{OLD}.tar.gz"))
    add(scene.path, [_another(scene)], scene.keys, now=time.time())
    assert pruned(scene).removed == {old.name: 1071}
    assert not old.exists()
    assert is_sound(scene)


def _another(scene: Scene) -> Path:
    """One more archive of one's own: a publication, so that the one before it is no longer the last but one."""
    path = scene.machine.cwd / f"cpython-3.12.5+20261002-{HERE}-install_only_stripped.tar.gz"
    path.write_bytes(tiny_archive("3.12.5"))
    return path


def test_after_a_synchronisation_that_chose_less(template: Scene, tmp_path: Path) -> None:
    own = template.below(tmp_path / "own")
    old = own.blob(OLD)
    assert own.records.keys() == {OLD, NEW, OWN}
    own.run("sync", "mirror", "--keys", "keys", "--version", "3.12.3", "--version", "3.12.4").ok()
    assert own.records.keys() == {OLD, NEW, OWN}, "synchronising takes nothing away"
    assert pruned(own, keys=True).unchosen == (template.records[OLD],)
    assert own.records.keys() == {NEW, OWN}
    assert not pruned(own).removed, "who read the index a moment ago may ask for it"
    add(own.path, [_another(own)], own.keys, now=time.time())
    assert pruned(own).removed.keys() == {old.name}
    assert is_sound(own)
    own.run("sync", "mirror", "--keys", "keys").ok()
    assert not old.exists(), "the next synchronisation does not bring it back"


def test_what_is_chosen_no_longer_because_it_was_revoked_is_withdrawn(scene: Scene) -> None:
    scene.run("revoke", "mirror", "--keys", "keys", "--version", "3.12.3", "--reason", "a hole").ok()
    run = scene.run("prune", "mirror", "--dry-run", "--json").ok()
    assert run.json["unchosen"] == [OLD, NEW]


def test_a_hybrid_mirror_keeps_what_is_chosen(scene: Scene) -> None:
    settings(scene, mode="hybrid", upstream="https://upstream.example/", choice=CHOICE)
    assert pruned(scene).removed.keys() == {scene.blob(OLD).name, scene.blob(OWN).name}
    assert scene.blob(NEW).exists()
    assert is_sound(scene)


def test_what_the_last_synchronisation_saw_stays(scene: Scene) -> None:
    """It fetched for an hour, was killed before it published, and goes on tomorrow."""
    settings(scene, mode="hybrid", upstream="embedded", choice={**CHOICE, "versions": ["3.12.4"], "triples": [HERE]})
    whole, known = embedded_whole(), read_settings(scene.mirror)
    chosen = known.choice.chosen(whole.manifest(HERE), whole.revocations)
    assert chosen
    assert {record.sha256 for record in chosen} <= reachable(scene.mirror, known)
    partial = scene.mirror.work.partial
    partial.mkdir(parents=True)
    (partial / chosen[0].sha256).write_bytes(b"half")
    (partial / f"{chosen[0].sha256}.json").write_text("{}")
    (partial / DIGEST).write_bytes(b"half")
    (partial / f"{DIGEST}.json").write_text("{}")
    run = scene.run("prune", "mirror").ok()
    assert "removed: 2 files (6 bytes) of downloads nobody will finish\n" in run.stderr
    assert {path.name for path in partial.iterdir()} == {chosen[0].sha256, f"{chosen[0].sha256}.json"}


def test_packings_stay_as_long_as_what_they_pack(scene: Scene) -> None:
    packings = packed(scene)
    assert not pruned(scene).removed
    old, new = (packing.sha256 for packing in packings)
    settings(scene, mode="hybrid", upstream="https://upstream.example/", choice=CHOICE)
    removed = pruned(scene).removed
    assert old in removed
    assert new not in removed
    assert [packing.sha256 for packing in every_packing(scene.mirror)] == [new], "what names a packing goes before it"
    assert is_sound(scene)


def test_leftovers_of_writers_that_died_are_cleared(scene: Scene) -> None:
    settings(scene)
    left = [
        scene.mirror.blobs / ".x.0123abcd.tmp",
        scene.mirror.metadata / ".timestamp.json.0123abcd.tmp",
        scene.path / ".pyv/staging/dead/archive",
        scene.path / f".pyv/uploads/{DIGEST}.json",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    pruned(scene)
    assert [path for path in left if path.exists()] == []


def test_it_waits_for_a_synchronisation(scene: Scene) -> None:
    path = stray(scene)
    with locked(scene.mirror.sync_lock):
        process = subprocess.Popen(
            scene.machine.command("mirror", "prune", "mirror", "--keep-days", "0"),
            env=scene.machine.environment(),
            cwd=scene.machine.cwd,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert process.stderr.readline() == "a synchronisation of this mirror is under way: waiting\n"
        assert path.exists()
    _, told = process.communicate(timeout=60)
    assert f"removed: 1 archive ({len(STRAY)} bytes)\n" in told
    assert not path.exists()


@pytest.mark.parametrize("name", ["targets/manifest", "derived", "notes"])
def test_what_cannot_be_read_ends_it_with_nothing_removed(scene: Scene, name: str) -> None:
    path = stray(scene)
    damaged = {
        "targets/manifest": scene.mirror.manifest(HERE),
        "derived": scene.path / f"derived/{HERE}.json",
        "notes": scene.path / ".pyv/unreferenced.json",
    }[name]
    damaged.parent.mkdir(exist_ok=True)
    damaged.write_text('{"format":1}')
    with pytest.raises(DocumentError):
        pruned(scene)
    assert path.exists()
    damaged.unlink()


@pytest.mark.parametrize("hybrid", [False, True], ids=["own", "hybrid"])
def test_stopped_at_any_change(template: Scene, tmp_path: Path, hybrid: bool) -> None:
    """What the index names is there at every moment; whoever prunes again ends where one prune would have."""
    ends = []
    for changes in count():
        scene = template.copy(tmp_path / str(changes))
        stray(scene)
        if hybrid:
            packed(scene)
            settings(scene, mode="hybrid", upstream="https://upstream.example/", choice=CHOICE)
        with pytest.MonkeyPatch.context() as patch:
            made = _stopping(patch, changes)
            with suppress(KeyboardInterrupt):
                pruned(scene, keys=not hybrid)
            stopped = len(made) == changes
        assert is_sound(scene), made
        pruned(scene, keys=not hybrid)
        ends.append((scene.records.keys(), {path.name for path in scene.mirror.blobs.iterdir()}))
        if not stopped:
            break
    assert changes >= 4
    assert all(end == ends[0] for end in ends)
    assert not verify_mirror(scene.mirror, time.time(), quick=False, jobs=1, progress=Silence()).faults


def _stopping(patch: pytest.MonkeyPatch, changes: int) -> list[str]:
    """Let so many files be put in place or removed, and no more."""
    made: list[str] = []

    def counted(real: Callable[..., None]) -> Callable[..., None]:
        def run(*paths: Any, **options: Any) -> None:
            if os.path.exists(paths[0]) and not str(paths[-1]).endswith(".tmp"):
                if len(made) == changes:
                    raise KeyboardInterrupt
                made.append(str(paths[-1]))
            real(*paths, **options)

        return run

    patch.setattr("os.replace", counted(os.replace))
    patch.setattr("os.unlink", counted(os.unlink))
    return made


def test_keys_that_lack_what_it_takes_leave_everything_readable(scene: Scene) -> None:
    """The release's key lies elsewhere: the withdrawal waits, and nothing it names goes."""
    held = (scene.keys.path / "releases.pem").rename(scene.machine.cwd / "releases.pem")
    run = scene.run("prune", "mirror", "--keys", "keys", "--keep-days", "0").ok()
    assert "not published: releases version " in run.stderr
    assert scene.blob(NEW).exists()
    assert is_sound(scene)
    held.rename(scene.keys.path / "releases.pem")
    assert publish(scene.mirror, scene.keys, time.time()).changed.keys() == {"releases", "snapshot", "timestamp"}
    assert is_sound(scene)


def test_a_new_timestamp_alone_takes_no_archive_away(scene: Scene) -> None:
    scene.run("prune", "mirror", "--keys", "keys", "--keep-days", "0").ok()
    resign_timestamp(scene.mirror, scene.keys, time.time())
    assert is_sound(scene)
    assert dataclasses.asdict(pruned(scene))["unchosen"] == ()
