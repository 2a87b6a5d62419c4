"""`pyv lock`: one version everywhere, every record verified; what is locked stays until something asks for a change."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock, Locked, dump_lock, parse_lock
from pyv.domain.revocation import Revocation, Revocations
from pyv.trust.signing import SigningKey
from tests.install.scene import HERE, publish
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run

MAC, ARM, MUSL = "aarch64-apple-darwin", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"
JULY, AUGUST, SEPTEMBER = "20260714", "20260814", "20260914"


class Project:
    """A directory with pins, a mirror beside it, and who works there."""

    def __init__(self, machine: Machine, place: Path) -> None:
        self.machine, self.index, self.mirror = machine, SignedIndex(), place / "mirror"
        self.pins, self.path = machine.cwd / ".python-version", machine.cwd / "pyv.lock"

    def add(self, version: str, *triples: str, build: str = AUGUST, options: str = "") -> Artifact:
        """Sign builds of a version; the first one."""
        made = [
            self.index.add(
                version, tiny_archive(version, extra={"lib/is": f"{t} {build}".encode()}), triple=t, build=build,
                options=options,
            )
            for t in triples
        ]  # fmt: skip
        return made[0]

    def publish(self) -> None:
        publish(self.index, self.mirror, self.machine)

    def lock(self, *words: str) -> Run:
        return self.machine.pyv("lock", "--index", self.mirror, *words)

    @property
    def lock_read(self) -> Lock:
        return parse_lock(self.path.read_text(), "pyv.lock")

    def locked(self, request: str) -> dict[str, str]:
        """Version and build by platform."""
        return {triple: artifact.pinned for triple, artifact in self.lock_read.of(request).items()}


@pytest.fixture
def project(machine: Machine, tmp_path: Path) -> Project:
    """Pins 3.12 and 3.13t; both are to be had here and for a Mac."""
    made = Project(machine, tmp_path)
    made.add("3.12.1", HERE, MAC, build=JULY)
    made.add("3.12.2", HERE, MAC)
    made.add("3.13.0", HERE, MAC, options="freethreaded")
    made.pins.write_text("3.12\nsystem\n3.13t\n3.12\n")
    made.publish()
    return made


def test_pins_become_a_lock(project: Project) -> None:
    inner = project.machine.cwd / "src"
    inner.mkdir()
    words = ("--index", str(project.mirror), "--triple", HERE, "--triple", MAC)
    told = (
        f"3.12: 3.12.2+{AUGUST} (2 platforms)\n"
        f"3.13t: 3.13.0t+{AUGUST} (2 platforms)\n"
        "pyv.lock {}: 2 requests, 2 platforms\n"
    )
    dry = project.machine.pyv("lock", *words, "--dry-run", cwd=inner)
    head, tail = told.rsplit("\n", 2)[0] + "\n", told.splitlines(keepends=True)[-1]
    dry.shows(head, tail.format("would be written"))
    assert not project.path.exists()
    project.machine.pyv("lock", *words, cwd=inner).shows("", told.format("written"))
    expected = [
        Locked(request=request, artifact=artifact)
        for request, version in (("3.12", "3.12.2"), ("3.13t", "3.13.0"))
        for artifact in project.index.artifacts
        if artifact.version == version
    ]
    assert project.lock_read == Lock(entries=tuple(expected))
    before = project.path.stat()
    project.lock().shows("", "pyv.lock is as it was: 2 requests, 2 platforms\n")
    project.lock("--quiet").shows()
    assert project.path.stat() == before
    assert [path.name for path in project.machine.cwd.iterdir() if "lock" in path.name] == ["pyv.lock"]
    project.lock("--check").shows("", "pyv.lock is current: 2 requests, 2 platforms\n")


def test_one_version_on_every_platform(project: Project) -> None:
    project.add("3.12.3", MAC, build=SEPTEMBER)
    project.add("3.12.2", MAC, build=SEPTEMBER)
    project.add("3.12.2", MUSL, build=JULY)
    project.add("3.12.2", MUSL, build=SEPTEMBER)
    project.add("3.12.2", ARM, build=SEPTEMBER, options="static")
    project.add("3.12.1", "aarch64-unknown-linux-musl")
    project.pins.write_text("3.12\n")
    project.publish()
    project.lock().shows(
        "",
        f"3.12: no build of 3.12.2 for {ARM}, aarch64-unknown-linux-musl, x86_64-apple-darwin\n"
        f"3.12: 3.12.2+{AUGUST} (2 platforms)\n"
        f"3.12: 3.12.2+{SEPTEMBER} ({MUSL})\n"
        "pyv.lock written: 1 request, 3 platforms\n",
    )
    assert project.locked("3.12") == {
        HERE: f"3.12.2+{AUGUST}",
        MAC: f"3.12.2+{AUGUST}",
        MUSL: f"3.12.2+{SEPTEMBER}",
    }
    text = project.path.read_text()
    project.lock("--check").shows("", "pyv.lock is current: 1 request, 3 platforms\n")
    project.lock("--triple", HERE, "--triple", ARM).fails(3, f"no build of 3.12.2, which `3.12` is on {HERE}", "hint: ")
    project.lock("--triple", "x86_64-apple-darwin").fails(3, "has nothing for x86_64-apple-darwin")
    assert project.path.read_text() == text
    project.lock("--triple", MAC).shows(
        "",
        f"3.12: 3.12.2+{AUGUST} removed ({HERE})\n"
        f"3.12: 3.12.2+{SEPTEMBER} removed ({MUSL})\n"
        "pyv.lock written: 1 request, 1 platform\n",
    )
    assert project.locked("3.12") == {MAC: f"3.12.2+{AUGUST}"}
    project.lock().ok()
    assert project.locked("3.12") == {HERE: f"3.12.2+{AUGUST}", MAC: f"3.12.2+{AUGUST}"}


def test_a_platform_with_the_name_of_a_request_is_its_only_one(project: Project) -> None:
    project.pins.write_text("cpython-3.12-macos-aarch64-none\n3.12\n")
    project.lock().ok()
    assert project.locked("cpython-3.12-macos-aarch64-none") == {MAC: f"3.12.2+{AUGUST}"}
    assert project.locked("3.12").keys() == {HERE, MAC}
    project.lock("--check").ok()


def test_what_is_locked_stays_until_somebody_asks(project: Project) -> None:
    project.lock().ok()
    project.add("3.12.3", HERE, MAC)
    project.add("3.13.1", HERE, MAC, options="freethreaded")
    project.publish()
    project.lock().shows("", "pyv.lock is as it was: 2 requests, 2 platforms\n")
    project.lock("--check").shows(
        f"newer: 3.12: 3.12.2+{AUGUST} -> 3.12.3+{AUGUST} (2 platforms)\n"
        f"newer: 3.13t: 3.13.0t+{AUGUST} -> 3.13.1t+{AUGUST} (2 platforms)\n",
        "hint: take what is newer: pyv lock --upgrade\n",
        1,
    )
    project.pins.write_text("3.12\n3.13t\n3.12.1\n")
    change = f"3.13t: 3.13.0t+{AUGUST} -> 3.13.1t+{AUGUST} (2 platforms)\n"
    run = project.lock("--upgrade", "3.13t")
    run.shows("", f"3.12.1: 3.12.1+{JULY} (2 platforms)\n{change}pyv.lock written: 3 requests, 2 platforms\n")
    assert set(project.locked("3.12").values()) == {f"3.12.2+{AUGUST}"}
    project.lock("--upgrade").shows(
        "",
        f"3.12: 3.12.2+{AUGUST} -> 3.12.3+{AUGUST} (2 platforms)\npyv.lock written: 3 requests, 2 platforms\n",
    )


def test_an_index_that_is_behind_has_nothing_newer(project: Project) -> None:
    newest = [project.add("3.12.3", HERE, MAC), project.index.artifacts[-1]]
    project.publish()
    project.lock().ok()
    for artifact in newest:
        project.index.artifacts.remove(artifact)
    project.publish()
    project.lock("--check").shows("", "pyv.lock is current: 2 requests, 2 platforms\n")
    back = f"3.12: 3.12.3+{AUGUST} -> 3.12.2+{AUGUST} (2 platforms)\n"
    project.lock("--upgrade").shows("", f"{back}pyv.lock written: 2 requests, 2 platforms\n")


def test_drift_is_told_and_mended(project: Project) -> None:
    project.lock("--check").fails(3, f"there is no {project.path}", "hint: make it: pyv lock")
    project.lock("--triple", MAC).ok()
    project.pins.write_text("3.12\n3.12.1\n")
    lock = project.lock_read
    wrong = replace(lock.of("3.12")[MAC], version="3.11.9")
    project.path.write_text(dump_lock(Lock(entries=(*lock.entries[1:], Locked(request="3.12", artifact=wrong)))))
    text = project.path.read_text()
    run = project.lock("--check")
    run.shows(
        f"refused: 3.12 for {MAC}: the record of {wrong.name} was altered after it was signed\n"
        f"drift: 3.12 for {MAC}: 3.11.9+{AUGUST} does not answer it\n"
        "drift: 3.12.1: it is not in the lock\n"
        "drift: 3.13t: it is locked, and no longer asked for\n",
        "hint: put it right: pyv lock\n",
        4,
    )
    assert project.path.read_text() == text
    project.lock().ok()
    assert project.locked("3.12") == {HERE: f"3.12.2+{AUGUST}", MAC: f"3.12.2+{AUGUST}"}
    assert project.lock_read.requests == ("3.12", "3.12.1")
    project.lock("--triple", MAC, "--check").shows(
        f"drift: 3.12 for {HERE}: locked, and not asked for\ndrift: 3.12.1 for {HERE}: locked, and not asked for\n",
        "hint: put it right: pyv lock\n",
        3,
    )
    told = project.lock("--triple", MAC, "--check", "--json")
    assert (told.status, told.json["status"], told.json["findings"][0]["kind"]) == (3, 3, "drift")


def test_what_was_taken_back_is_refused_and_replaced(project: Project) -> None:
    """On any platform: here nobody ever installs the Mac's build."""
    project.lock().ok()
    bad = project.lock_read.of("3.12")[MAC]
    entry = Revocation(action="block", sha256=bad.sha256, reason="a hole", date="2026-11-01")
    project.index.revocations = Revocations((entry,))
    project.add("3.12.2", MAC, build=SEPTEMBER)
    project.publish()
    problem = f"3.12.2+{AUGUST} was revoked on 2026-11-01: a hole"
    project.lock("--check", "--offline").shows(
        f"refused: 3.12 for {MAC}: {problem}\n", "hint: put it right: pyv lock\n", 4
    )
    project.lock().shows(
        "",
        f"3.12: locked anew, since {problem}\n"
        f"3.12: 3.12.2+{AUGUST} -> 3.12.2+{SEPTEMBER} ({MAC})\n"
        "pyv.lock written: 2 requests, 2 platforms\n",
    )
    project.lock("--check").ok()


def test_who_never_accepted_the_index_of_a_lock_is_told_so(project: Project, tmp_path: Path) -> None:
    project.pins.write_text("3.12\n")
    project.lock("--triple", HERE).ok()
    home = tmp_path / "another"
    home.mkdir()
    stranger = Project(Machine(home=home, root=home / ".pyv", cwd=project.machine.cwd), home)
    stranger.add("3.12.2", HERE)
    stranger.publish()
    record = project.lock_read.of("3.12")[HERE]
    reason = f"{record.name} is signed by key {record.keyid[:16]}, which nobody vouches for here"
    remedy = "hint: accept the index it is from (pyv trust add), or lock what this index has: pyv lock --upgrade\n"
    stranger.lock("--check").shows(f"refused: 3.12 for {HERE}: {reason}\n", remedy, 4)
    before = project.lock_read
    stranger.lock().shows("", f"pyv: 3.12: {reason}\n{remedy}", 4)
    assert project.lock_read == before, "another index's records take their place when that is asked for"
    stranger.lock("--upgrade").ok()
    assert stranger.lock_read != before
    stranger.lock("--check").ok()


def test_a_yank_moves_a_lock_and_stops_no_installation(project: Project) -> None:
    """A lock names one build exactly, and a yank gives way to who does."""
    project.pins.write_text("3.12\n")
    project.lock().ok()
    entry = Revocation(action="yank", version="3.12.2", reason="it hangs", date="2026-11-01")
    project.index.revocations = Revocations((entry,))
    project.publish()
    told = f"3.12.2+{AUGUST} was yanked on 2026-11-01: it hangs"
    run = project.lock("--check")
    assert (run.status, run.stdout.splitlines()) == (3, [f"drift: 3.12 for {t}: {told}" for t in (MAC, HERE)])
    run = project.machine.pyv("install", "--locked", PYV_INDEX=str(project.mirror)).ok()
    assert f"warning: {told}" in run.stderr
    assert "locked anew, since" in project.lock().ok().stderr
    assert set(project.locked("3.12").values()) == {f"3.12.1+{JULY}"}


def test_requests_that_mean_one_version_mean_one_build_of_it(project: Project) -> None:
    """Only one can have the name: else nothing could be installed from the lock."""
    project.pins.write_text("3.12\n")
    project.lock().ok()
    project.add("3.12.2", HERE, MAC, build=SEPTEMBER)
    project.publish()
    project.pins.write_text("3.12\n3.12.2\n")
    project.lock().ok()
    assert set(project.locked("3.12.2").values()) == {f"3.12.2+{AUGUST}"}
    project.machine.pyv("install", "--locked", "--dry-run").ok()
    project.lock("--check").fails(1)
    other = project.lock_read
    project.lock("--upgrade").ok()
    assert set(project.locked("3.12").values()) == set(project.locked("3.12.2").values()) == {f"3.12.2+{SEPTEMBER}"}
    halves = [entry for entry in other.entries if entry.request == "3.12"]  # what a merge may leave
    halves += [entry for entry in project.lock_read.entries if entry.request == "3.12.2"]
    project.path.write_text(dump_lock(Lock(entries=tuple(halves))))
    project.machine.pyv("install", "--locked", "--dry-run").fails(
        2, "two different builds of 3.12.2", "hint: bring them together: pyv lock\n"
    )
    problem = f"3.12.2+{SEPTEMBER} is locked, and another request has 3.12.2+{AUGUST}"
    assert f"drift: 3.12.2 for {HERE}: {problem}\n" in project.lock("--check").fails(3).stdout
    project.lock().ok()
    assert set(project.locked("3.12").values()) == set(project.locked("3.12.2").values())
    project.pins.write_text(f"3.12\n3.12.2+{SEPTEMBER}\n")
    project.lock().ok()
    assert set(project.locked("3.12").values()) == {f"3.12.2+{SEPTEMBER}"}
    project.pins.write_text(f"3.12.2+{AUGUST}\n3.12.2+{SEPTEMBER}\n")
    project.lock().fails(2, "two builds of 3.12.2 are asked for, and only one can have the name", "hint: ")


def test_a_record_of_another_platform_is_verified_too(project: Project) -> None:
    project.lock().ok()
    record = next(each for each in project.index.artifacts if (each.version, each.triple) == ("3.12.2", MAC))
    stranger = SigningKey.generate().sign_record(record)
    project.index.artifacts[project.index.artifacts.index(record)] = replace(stranger, keyid=record.keyid)
    project.publish()
    text = project.path.read_text()
    project.lock().ok()
    for words in (["--upgrade"], ["--upgrade", "--triple", HERE, "--triple", MAC]):
        project.lock(*words).fails(4, f"the record of {record.name} was altered after it was signed", "hint: ")
    assert project.path.read_text() == text
    kept = project.lock_read.of("3.12")[MAC]
    other = SigningKey.generate()
    project.path.write_text(dump_lock(Lock(entries=(Locked(request="3.12", artifact=other.sign_record(kept)),))))
    project.pins.write_text("3.12\n")
    check = ("--check", "--triple", MAC)
    project.lock(*check).fails(4)
    (project.machine.root / "config.toml").write_text(
        f'[policy]\nartifact_keys = ["{other.public_key.public.hex()}"]\n'
    )
    assert "refused" not in project.lock(*check).stdout


def test_versions_and_pins(project: Project) -> None:
    lock, machine = project.lock, project.machine
    run = lock("3.12", "3.11").fails(2, f"`3.11` is not what {project.pins} pins (3.12, 3.13t)")
    assert "hint: pin it first: pyv local --force 3.12 3.13t 3.11\n" in run.stderr
    lock(">=3.9").fails(2, "hint: pin it first: pyv local --force 3.12 3.13t '>=3.9'\n")
    lock("3.12.x").fails(2, "`3.12.x` is not a version request", "hint: write 3.12")
    project.pins.write_text("system\n")
    lock().fails(2, f"nothing to lock: {project.pins} names no version", "hint: ")
    project.pins.write_text("work\n")
    lock().fails(2, "`work` is not a version request", "hint: ")
    project.pins.unlink()
    lock().fails(
        2, "nothing to lock: no version named, and no .python-version here", "hint: pin one: pyv local --force 3.12"
    )
    lock("3.12", "3.12.1").ok()
    assert project.lock_read.requests == ("3.12", "3.12.1")
    lock().shows("", "pyv.lock is as it was: 2 requests, 2 platforms\n")
    lock("--upgrade", "3.13").fails(2, f"`3.13` is not in {project.path}", "hint: lock it: pyv lock 3.12 3.12.1 3.13")
    lock("3.12").shows("", f"3.12.1: 3.12.1+{JULY} removed (2 platforms)\npyv.lock written: 1 request, 2 platforms\n")
    lock("--triple", "mac").fails(2, "`mac` is not a triple", "hint: `pyv available")
    lock("--triple", "linux/amd64").fails(2, "hint: did you mean x86_64-unknown-linux-gnu? `pyv available")
    lock("--check", "--upgrade").fails(2, "--check writes nothing")
    missing = lock("3.13t", "--check", "--lock-file", "other one.lock")
    missing.fails(3, "other one.lock\nhint: make it: pyv lock --lock-file 'other one.lock'\n")
    lock("3.13t", "--check", "--lock-file", "pyv.lock").fails(3, "hint: put it right: pyv lock\n")
    told = lock("3.13t", "--lock-file", "other.lock", "--json").json
    assert (told["written"], told["lock"]) == (True, str(machine.cwd / "other.lock"))
    assert told["changes"] == [
        {"request": "3.13t", "before": None, "after": f"3.13.0t+{AUGUST}", "triples": [MAC, HERE]}
    ]
    assert [each["triple"] for each in told["python"]] == [MAC, HERE]
    assert told["python"][0]["options"] == "freethreaded"


def test_what_is_no_lock_is_left_alone(project: Project) -> None:
    project.path.write_text("<<<<<<< HEAD\n")
    for words in ([], ["--check"], ["--upgrade"]):
        project.lock(*words).fails(
            8, f"{project.path}: line 1: neither", "hint: if a merge left it like this", "remove it"
        )
    assert project.path.read_text() == "<<<<<<< HEAD\n"


def test_a_policy_has_its_say(project: Project) -> None:
    (project.machine.cwd / "pyv.toml").write_text('[policy]\nversions = "<3.12.2"\n')
    project.pins.write_text("3.12\n")
    project.lock().ok()
    assert set(project.locked("3.12").values()) == {f"3.12.1+{JULY}"}
    (project.machine.cwd / "pyv.toml").write_text(f'[policy]\ntriples = ["{HERE}"]\n')
    run = project.lock("--upgrade").ok()
    assert f"3.12: not locked for {MAC}: 3.12.2+{AUGUST} is not allowed here: it is built for {MAC}" in run.stderr
    assert project.locked("3.12") == {HERE: f"3.12.2+{AUGUST}"}
    project.lock("--triple", MAC).fails(4, "is not allowed here")
    (project.machine.cwd / "pyv.toml").write_text('[policy]\nversions = "<3.12"\n')
    project.lock("--check").fails(4)
    project.lock().fails(4, "is not allowed here", "hint: ")


def test_two_branches_merge(project: Project, tmp_path: Path) -> None:
    """One adds a version, the other renews one: git joins them as text, and the result is the lock of both pins."""
    git = shutil.which("git")
    assert git is not None
    project.add("3.14.0", HERE, MAC)
    project.publish()
    project.pins.write_text("3.12\n3.12.1\n")
    project.lock().ok()
    base = tmp_path / "base"
    shutil.copy(project.path, base)
    project.pins.write_text("3.12\n3.12.1\n3.14\n")
    project.lock().ok()
    theirs = tmp_path / "theirs"
    shutil.copy(project.path, theirs)
    shutil.copy(base, project.path)
    project.add("3.12.3", HERE, MAC)
    project.publish()
    project.pins.write_text("3.12\n3.12.1\n")
    project.lock("--upgrade").ok()
    subprocess.run([git, "merge-file", project.path, base, theirs], check=True)
    project.pins.write_text("3.12\n3.12.1\n3.14\n")
    project.lock("--check").shows("", "pyv.lock is current: 3 requests, 2 platforms\n")
    assert set(project.locked("3.12").values()) == {f"3.12.3+{AUGUST}"}


def test_a_merge_that_leaves_two_versions_of_one_pin_is_drift(project: Project) -> None:
    """One branch adds a platform, the other renews: git joins them, and each record is genuine."""
    project.lock("--triple", HERE, "--triple", MAC).ok()
    old = project.lock_read.entries
    project.add("3.12.3", HERE, MAC)
    project.publish()
    project.lock("--upgrade").ok()
    for odd in (HERE, MAC):
        merged = [each for each in project.lock_read.entries if (each.request, each.triple) != ("3.12", odd)]
        merged += [each for each in old if (each.request, each.triple) == ("3.12", odd)]
        project.path.write_text(dump_lock(Lock(entries=tuple(merged))))
        project.lock("--check").shows(
            f"drift: 3.12 for {odd}: 3.12.2+{AUGUST} is locked, and other platforms have 3.12.3\n",
            "hint: put it right: pyv lock\n",
            3,
        )
        project.lock().shows(
            "",
            f"3.12: 3.12.2+{AUGUST} -> 3.12.3+{AUGUST} ({odd})\npyv.lock written: 2 requests, 2 platforms\n",
        )
        project.lock("--check").ok()
