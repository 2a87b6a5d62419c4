"""Whatever goes wrong during a synchronisation: clients see the old state or the new one, and the next run ends it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyv.errors import StoreError
from pyv.mirror.layout import Mirror
from pyv.mirror.publisher import publish
from tests.install.namespace import Namespace
from tests.install.process import Processes, ended, until
from tests.install.scene import HERE, big_tar, blob_path, index_of, left_in
from tests.mirror.stock import Stock
from tests.mirror.syncing import NAMES, Following, dangling, records_of
from tests.mirror.test_publisher import stop_after
from tests.mirror.test_sync import MODES, name
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server


def three_releases(machine: Machine, *, hybrid: bool) -> Following:
    """A mirror that synchronised, behind an upstream with a new archive, another key and something taken back."""
    scene = Following.make(machine, hybrid=hybrid, upstream=index_of("3.12.2"))
    scene.synchronise(scene.mirror)
    scene.upstream.add("3.13.1", tiny_archive("3.13.1"), triple=HERE)
    scene.take_back(version="3.9.1")
    return scene


@MODES
def test_no_state_names_what_is_not_there(machine: Machine, hybrid: bool) -> None:
    """A client that refreshes after every single write finds all it is told of, and never less than before."""
    scene, seen = three_releases(machine, hybrid=hybrid), []
    reader = Stock(scene.path, machine.cwd / "reader")

    def looked(real: Callable[..., None]) -> Callable[..., None]:
        def run(*paths: Path, **options: Any) -> None:
            real(*paths, **options)
            if scene.path in Path(paths[-1]).parents and ".pyv" not in Path(paths[-1]).parts:
                files = reader.read(*NAMES)
                assert dangling(scene.path, records_of(files)) == [], paths
                seen.append(sorted(record.version for record in records_of(files)))

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.replace", looked(os.replace))
        patch.setattr("os.unlink", looked(os.unlink))
        scene.synchronise(scene.mirror)
    assert seen == sorted(seen, key=len)
    assert seen[0] == ["3.12.2"]
    assert seen[-1] == ["3.12.2", "3.13.1"]
    assert len(seen) > 8


@pytest.mark.parametrize(
    ("hybrid", "fault", "step"),
    [
        (False, KeyboardInterrupt(), 1),
        (True, KeyboardInterrupt(), 2),
        (False, OSError(errno.ENOSPC, "no space"), 7),
    ],
    ids=["own-killed", "hybrid-killed", "own-full"],
)
def test_stopped_at_any_write(machine: Machine, hybrid: bool, fault: BaseException, step: int) -> None:
    """A client, old or new, reads the old state or the new one; whoever publishes can; the next run ends it."""
    scene = three_releases(machine, hybrid=hybrid)
    scene.read(scene.mirror)  # so that what is remembered of upstream is not counted again each time
    old = Stock(scene.path, machine.cwd / "before").read(*NAMES)
    for changes in count(0, step):
        mirror = Mirror(Path(shutil.copytree(scene.path, machine.cwd / str(changes))))
        with pytest.MonkeyPatch.context() as patch:
            made = stop_after(patch, changes, fault)
            try:
                scene.synchronise(mirror)
                break
            except (KeyboardInterrupt, StoreError):
                pass
        client = Stock(mirror.path, machine.cwd / f"client-{changes}")
        files = client.read(*NAMES)
        assert dangling(mirror.path, records_of(files)) == [], made
        assert files == old or len(records_of(files)) == 2, made
        publish(mirror, scene.keys, _now(scene))
        assert dangling(mirror.path, records_of(client.read(*NAMES))) == [], made
        assert scene.synchronise(mirror).failed == (), made
        files = client.read(*NAMES)
        assert (len(records_of(files)), b"3.9.1" in files[NAMES[1]]) == (2, True), made
        assert left_in(mirror.drafts) == {}
        assert left_in(mirror.work.partial) == {}
        assert publish(mirror, scene.keys, _now(scene)).changed == {}, made
    assert changes >= len(made) >= 12


def test_a_first_run_stopped_at_any_write_leaves_what_can_be_published(machine: Machine) -> None:
    """Upstream's keys are new then: none of its records is in a working copy before the key that signed it."""
    scene = Following.make(machine)
    scene.read(scene.mirror)
    for changes in count(0):
        mirror = Mirror(Path(shutil.copytree(scene.path, machine.cwd / str(changes))))
        with pytest.MonkeyPatch.context() as patch:
            made = stop_after(patch, changes, KeyboardInterrupt())
            try:
                scene.synchronise(mirror)
                break
            except KeyboardInterrupt:
                pass
        publish(mirror, scene.keys, _now(scene))
    assert changes == len(made) >= 12


def _now(scene: Following) -> float:
    return scene.upstream.repository.now


@pytest.mark.parametrize(
    "behaviour",
    [
        {"first": [{"drop_after": 400}]},
        {"first": [{"reset_after": 400}]},
        {"first": [{"status": 500}, {"status": 503}]},
        {"first": [{"drop_after": 400}], "ranges": False},
        {"first": [{"drop_after": 400}], "range_status": 416},
        {"drip": (300, 0.05)},
        {"announce": False},
    ],
    ids=["short", "reset", "500", "no-ranges", "416", "slow", "unannounced"],
)
def test_servers_that_misbehave(
    hybrid_or_own: Callable[[], Following], server: Server, behaviour: dict[str, Any]
) -> None:
    scene = hybrid_or_own()
    address = scene.serve(server)
    for artifact in scene.upstream.artifacts:
        server.put(blob_path(artifact), scene.upstream.blobs[artifact.sha256], **behaviour)
    scene.run("--from", address, "--quiet").ok()
    assert scene.stocked() == {"3.12.2", "3.13.1"}
    assert dangling(scene.path, scene.records()) == []
    assert left_in(scene.mirror.work.partial) == {}


@pytest.fixture
def hybrid_or_own(machine: Machine) -> Callable[[], Following]:
    return lambda: Following.make(machine)


@MODES
def test_an_archive_that_is_gone_upstream(machine: Machine, server: Server, hybrid: bool) -> None:
    """The others come; an own mirror offers them, a hybrid one as before; what is taken back goes out."""
    scene = Following.make(machine, hybrid=hybrid)
    scene.run("--version", "3.12", "--from", scene.serve(server)).ok()
    index_of("3.12.3", "3.12.4", index=scene.upstream)
    scene.take_back(version="3.9.1")
    scene.serve(server)
    gone = scene.upstream.artifacts[2]
    server.remove(blob_path(gone))
    run = scene.again()
    run.fails(
        5,
        f"{name('3.12.3')}: not fetched: cannot fetch {server.url}{blob_path(gone)}: the server answered 404",
        "1 archive could not be had: the next sync tries again\n",
        "revocations 2",
    )
    assert ("upstream's new releases wait until all of that is in order" in run.stderr) == hybrid
    assert scene.stocked() == {"3.12.2", "3.12.4"}
    assert scene.versions() == (["3.12.2", "3.13.1"] if hybrid else ["3.12.2", "3.12.4"])
    told = scene.again("--json").json
    assert [(each["name"], each["error"]["code"]) for each in told["failed"]] == [(name("3.12.3"), "transfer")]
    scene.serve(server)
    scene.again().ok()
    assert scene.stocked() >= {"3.12.2", "3.12.3", "3.12.4"}
    assert {"3.12.2", "3.12.3", "3.12.4"} <= set(scene.versions())


def test_wrong_bytes(machine: Machine, server: Server) -> None:
    """They are never where an archive belongs, not for a moment, and nothing is left of them."""
    scene = Following.make(machine)
    address, (first, _) = scene.serve(server), scene.upstream.artifacts
    wrong = bytes(len(scene.upstream.blobs[first.sha256]))
    server.put(blob_path(first), wrong)
    scene.run("--from", address).fails(4, f"{name('3.12.2')} is not what was signed: {server.url}")
    assert not scene.mirror.blob(first.sha256).exists()
    assert left_in(scene.mirror.work.partial) == {}
    assert scene.versions() == ["3.13.1"]


def test_an_archive_of_the_wrong_size_is_fetched_again(machine: Machine) -> None:
    scene = Following.make(machine)
    scene.run("--quiet").ok()
    blob = scene.mirror.blob(scene.upstream.artifacts[0].sha256)
    blob.write_bytes(b"half of it")
    run = scene.again().ok()
    assert "1 here; fetching 1 (" in run.stderr
    assert scene.stocked() == {"3.12.2", "3.13.1"}


def test_upstream_cannot_go_back(machine: Machine, server: Server) -> None:
    scene = Following.make(machine)
    old = {path: path.read_bytes() for path in scene.place.rglob("*") if path.is_file()}
    scene.take_back(version="3.12.2")
    address = scene.serve(server)
    scene.run("--from", address).ok()
    for path, content in old.items():
        server.put(f"/{path.relative_to(scene.place)}", content)
    was = left_in(scene.path, without=(".pyv",))
    scene.again().fails(4, "New timestamp version 1 must be >= 2")
    assert left_in(scene.path, without=(".pyv",)) == was


def test_an_upstream_that_expired(machine: Machine) -> None:
    scene = Following.make(machine)
    scene.upstream.repository.renew("timestamp", days=-1.5)
    scene.publish()
    scene.run().fails(
        4, f"pyv: upstream {scene.place}: the index has expired", "hint: whoever publishes it has to sign it again"
    )
    assert not scene.mirror.settings.exists()
    run = scene.run("--max-staleness", "7d").ok()
    assert f"warning: {scene.place} expired 1 day ago, which you allow\n" in run.stderr
    assert scene.stocked() == {"3.12.2", "3.13.1"}


def big_upstream() -> SignedIndex:
    """3.12.2 of half a megabyte, and a tiny 3.13.1."""
    upstream = SignedIndex()
    upstream.add("3.12.2", big_tar("3.12.2", files=60).gz(), triple=HERE)
    return index_of("3.13.1", index=upstream)


QUICKLY = 5.0  # seconds


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_in_the_middle_of_an_archive(machine: Machine, server: Server, how: signal.Signals) -> None:
    """What has arrived is kept, and the next run asks for the rest."""
    upstream = SignedIndex()
    big = upstream.add("3.12.2", big_tar("3.12.2", files=48, size=65536).gz(), triple=HERE)
    scene = Following.make(machine, upstream=upstream)
    address = scene.serve(server)
    server.put(blob_path(big), scene.upstream.blobs[big.sha256], drip=(2_000_000, 60))
    with Processes() as group:
        words = ("mirror", "sync", scene.path, "--keys", "keys", "--from", address)
        process = group.start(machine, *words, "--version", "3.12")
        part = scene.mirror.work.partial / big.sha256
        assert until(lambda: part.exists() and part.stat().st_size > 50_000, process)
        begun = time.monotonic()
        process.send_signal(how)
        run = ended(process)
        assert time.monotonic() - begun < QUICKLY
    assert (run.status, "Traceback" in run.stderr) == (-how if how == signal.SIGKILL else 130, False)
    assert scene.versions() == []
    server.put(blob_path(big), scene.upstream.blobs[big.sha256])
    scene.again().ok()
    assert server.asked(blob_path(big))[-1].headers["range"].startswith("bytes=")
    assert scene.stocked() == {"3.12.2"}
    assert left_in(scene.mirror.work.partial) == {}


def test_disks(machine: Machine) -> None:
    """Too small is refused with figures before anything comes; full is said; a read-only one is left as it is."""
    scene = Following.make(machine, upstream=big_upstream())
    kept = machine.cwd / "kept"
    shutil.move(scene.path, kept)
    size = sum(map(len, scene.upstream.blobs.values()))
    with Namespace.of(machine) as inside:
        inside.tmpfs(scene.path, "mode=755,size=400k")
        inside.run("cp", "-a", f"{kept}/.", str(scene.path)).ok()
        words = ("mirror", "sync", scene.path, "--keys", "keys", "--from", scene.place)
        run = inside.pyv(*words)
        run.fails(
            7, f"{size:,} bytes are to be fetched, and {scene.path} has room for ", "hint: choose less (--version"
        )
        assert left_in(inside.seen(scene.path) / ".pyv/cache") == {}
        assert not (inside.seen(scene.path) / ".pyv/mirror.json").exists()
        inside.pyv(*words, "--version", "3.13").ok()
        inside.mount("-o", "remount,size=64m", scene.path)
        room = os.statvfs(inside.seen(scene.path))
        inside.mount("-o", f"remount,nr_inodes={room.f_files - room.f_ffree + 4}", scene.path)
        inside.pyv(*words, "--version", "3").fails(7, "no space left on device")
        inside.mount("-o", "remount,nr_inodes=10000", scene.path)
        inside.pyv(*words).ok()
        assert (inside.seen(scene.path) / "blobs/sha256" / scene.upstream.artifacts[0].sha256).exists()
        inside.mount("-o", "remount,ro", scene.path)
        inside.pyv(*words).fails(7, "read-only file system\nhint: the file system is read-only")
        inside.pyv("mirror", "diff", scene.path).fails(7, "read-only file system")
