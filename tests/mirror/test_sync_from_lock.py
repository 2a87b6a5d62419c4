"""`pyv mirror sync --from-lock` from outside: what locks name comes, exactly that, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock, Locked, dump_lock
from tests.install.scene import HERE
from tests.mirror.syncing import Following
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine

ELSEWHERE = "aarch64-apple-darwin"
MODES = pytest.mark.parametrize("hybrid", [False, True], ids=["own", "hybrid"])


def several() -> SignedIndex:
    """Two platforms, of one minor version an older and a newer build."""
    index = SignedIndex()
    for version, build, triple in (
        ("3.12.2", "20240224", HERE),
        ("3.12.2", "20260814", HERE),
        ("3.12.2", "20240224", ELSEWHERE),
        ("3.13.1", "20260814", HERE),
        ("3.13.1", "20260814", ELSEWHERE),
    ):
        index.add(
            version,
            tiny_archive(version, extra={"lib/which": f"{build} {triple}".encode()}),
            build=build,
            triple=triple,
        )
    return index


def lock(path: Path, artifacts: Iterable[Artifact]) -> Path:
    entries = (Locked(request=artifact.version, artifact=artifact) for artifact in artifacts)
    path.write_text(dump_lock(Lock(entries=tuple(entries))))
    return path


def of(index: SignedIndex, version: str, build: str) -> list[Artifact]:
    return [artifact for artifact in index.artifacts if (artifact.version, artifact.build) == (version, build)]


def carried(scene: Following) -> list[str]:
    """The archives that are there."""
    blobs = scene.path / "blobs" / "sha256"
    here = {path.name for path in blobs.iterdir()} if blobs.is_dir() else set()
    assert here <= scene.upstream.blobs.keys()
    return sorted(artifact.name for artifact in scene.upstream.artifacts if artifact.sha256 in here)


@MODES
def test_exactly_what_the_locks_name(machine: Machine, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid, upstream=several())
    old, new = of(scene.upstream, "3.12.2", "20240224"), of(scene.upstream, "3.13.1", "20260814")[:1]
    first, second = lock(machine.cwd / "pyv.lock", old), lock(machine.cwd / "other.lock", [*new, old[0]])
    size = sum(artifact.size or 0 for artifact in (*old, *new))
    words = ("--from-lock", first, "--from-lock", second)
    dry = scene.run(*words, "--dry-run").ok()
    assert dry.stderr == f"3 archives of {scene.place} chosen, 0 here; would fetch 3 ({size} bytes)\n"
    assert sorted(dry.stdout.split()) == sorted(artifact.file_name for artifact in (*old, *new))
    assert carried(scene) == []
    scene.run(*words).ok()
    wanted = sorted(artifact.name for artifact in (*old, *new))
    assert carried(scene) == wanted
    if not hybrid:
        assert (
            sorted(each.name for triple in scene.mirror.triples() for each in scene.mirror.read_manifest(triple))
            == wanted
        )
    told = f"3 archives of {scene.place} chosen, 3 here\nnothing new to publish\n"
    scene.again().shows(stderr=told)
    scene.again("--from-lock", second, "--from-lock", first).shows(stderr=told)
    assert (
        f"chosen    what locks name: {', '.join(wanted)}\n" in machine.pyv("mirror", "status", scene.path).ok().stdout
    )
    machine.pyv("mirror", "prune", scene.path, "--keys", "keys", "--keep-days", "0").ok()
    assert carried(scene) == wanted


@MODES
def test_a_machine_that_knows_nothing_installs_from_lock_and_mirror(
    machine: Machine, tmp_path: Path, hybrid: bool
) -> None:
    """Locked against upstream, carried, installed where neither is known: lock, public key and mirror are enough."""
    scene = Following.make(machine, hybrid=hybrid, upstream=several())
    machine.pyv("lock", "3.12", "--index", scene.place, "--triple", HERE, "--triple", ELSEWHERE).ok()
    scene.run("--from-lock", "pyv.lock", "--quiet").ok()
    assert len(carried(scene)) == 2, "both platforms"
    (tmp_path / "client").mkdir()
    client = Machine.fresh(tmp_path / "client")
    (client.cwd / "pyv.lock").write_bytes((machine.cwd / "pyv.lock").read_bytes())
    key = scene.upstream.key.public_key.public.hex()
    client.pyv("install", "--locked", "--artifact-key", key, "--mirror", scene.path).ok()
    client.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")


def test_another_lock_takes_its_place(machine: Machine) -> None:
    scene = Following.make(machine, upstream=several())
    path = lock(machine.cwd / "pyv.lock", of(scene.upstream, "3.12.2", "20240224"))
    scene.run("--from-lock", path, "--quiet").ok()
    lock(path, of(scene.upstream, "3.12.2", "20260814"))
    run = scene.again("--from-lock", path, "--json").ok()
    assert (run.json["chosen"], run.json["fetched"]) == (1, 1)
    (exact,) = run.json["choice"]["exact"]
    assert exact["sha256"] == of(scene.upstream, "3.12.2", "20260814")[0].sha256


def test_what_upstream_lacks_is_refused_before_anything_comes(machine: Machine) -> None:
    scene = Following.make(machine, upstream=several())
    (record,) = of(scene.upstream, "3.12.2", "20260814")
    gone, other = replace(record, build="20250101"), replace(record, sha256="ab" * 32)
    path = machine.cwd / "pyv.lock"
    lock(path, [*of(scene.upstream, "3.13.1", "20260814"), gone])
    run = scene.run("--from-lock", path)
    run.fails(3, f"{scene.place} has no record of {gone.name}, which a lock names", "with --from", "pyv lock --upgrade")
    lock(path, [other])
    run = scene.run("--from-lock", path)
    run.fails(4, f"has {record.name} with sha256 {record.sha256}, and a lock names {'ab' * 32}", "never changes")
    assert carried(scene) == []
    assert not scene.mirror.settings.exists()


@MODES
def test_what_was_revoked_is_refused(machine: Machine, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid, upstream=several())
    both = [*of(scene.upstream, "3.12.2", "20240224"), *of(scene.upstream, "3.13.1", "20260814")]
    path = lock(machine.cwd / "pyv.lock", both)
    scene.run("--from-lock", path, "--quiet").ok()
    scene.take_back(build="20240224")
    run = scene.again("--from-lock", path)
    run.fails(
        4, "which a lock names, was revoked: a hole (2026-11-23)", "hint: lock a build that was not: pyv lock --upgrade"
    )
    # every night it goes on, and what was taken back is known to clients
    run = scene.again().ok()
    assert f"warning: {scene.place} has nothing for `{both[0].name}` that may be installed" in run.stderr
    assert scene.mirror.read_revocations().entries[-1].build == "20240224"


@pytest.mark.parametrize("words", [("--version", "3.12"), ("--triple", HERE), ("--builds", "all")])
def test_a_lock_says_everything_by_itself(machine: Machine, words: tuple[str, ...]) -> None:
    scene = Following.make(machine, upstream=several())
    path = lock(machine.cwd / "pyv.lock", scene.upstream.artifacts[:1])
    scene.run("--from-lock", path, *words).fails(2, "--from-lock says by itself which archives", "leave out --version")
    scene.run("--from-lock", path, "--quiet").ok()
    if words[0] == "--version":
        assert scene.again(*words, "--json").ok().json["chosen"] == 1, "and versions take the place of locks"
    else:
        scene.again(*words).fails(2, "carries what locks name", "--anew")
        assert scene.again(*words, "--anew", "--json", "--dry-run").ok().json["chosen"] > 1


def test_files_that_are_no_lock(machine: Machine) -> None:
    scene = Following.make(machine, upstream=several())
    scene.run("--from-lock", "pyv.lock").fails(7, f"there is no {machine.cwd}/pyv.lock", "`pyv lock` writes")
    path = machine.cwd / "pyv.lock"
    path.write_text("format = 1\n")
    scene.run("--from-lock", path).fails(2, "pyv.lock locks nothing")
    path.write_text("[tool]\n")
    scene.run("--from-lock", path).fails(8, "pyv.lock")
