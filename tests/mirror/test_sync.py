"""`pyv mirror sync` and `diff` from outside: what is chosen comes, in order, once, and is remembered."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocations
from pyv.errors import RollbackError
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.settings import Settings, Synced
from pyv.mirror.sync_plan import plan_sync
from pyv.mirror.verified import embedded_whole
from pyv.trust.keys import KeyList, dump_key_list
from pyv.trust.signing import SigningKey
from tests.cli.terminal import on_terminal
from tests.install.process import Processes, ended, until
from tests.install.scene import HERE, big_tar, blob_path, index_of, left_in, publish, resigned, trust
from tests.mirror.syncing import Following, dangling
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

MODES = pytest.mark.parametrize("hybrid", [False, True], ids=["own", "hybrid"])


def name(version: str, build: str = "20260814") -> str:
    return f"cpython-{version}+{build}-{HERE}-install_only_stripped"


@MODES
def test_everything_a_first_run_and_a_second_say(machine: Machine, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid)
    size = sum(map(len, scene.upstream.blobs.values()))
    chosen = f"2 archives of {scene.place} chosen"
    run = scene.run("--jobs", "1")
    told = "nothing new to publish" if hybrid else "published: releases 2, snapshot 2, targets 2, timestamp 2"
    run.shows(
        stderr=f"{chosen}, 0 here; fetching 2 ({size} bytes)\n{name('3.13.1')}: fetched\n{name('3.12.2')}: fetched\n"
        f"fetched 2 archives ({size} bytes)\n{told}\n"
    )
    assert (scene.stocked(), scene.versions()) == ({"3.12.2", "3.13.1"}, ["3.12.2", "3.13.1"])
    was = left_in(scene.path, without=(".pyv",))
    scene.again().shows(stderr=f"{chosen}, 2 here\nnothing new to publish\n")
    assert left_in(scene.path, without=(".pyv",)) == was
    machine.pyv("mirror", "diff", scene.path).shows(stderr=f"nothing new at {scene.place}\n")
    assert left_in(scene.mirror.work.partial, without=()) == {}


@MODES
def test_a_client_installs_from_it(machine: Machine, tmp_path: Path, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid)
    scene.run("--version", "3.12", "--quiet").shows()
    (tmp_path / "client").mkdir()
    client = Machine.fresh(tmp_path / "client")
    client.pyv("trust", "add", scene.path, "--yes").ok()
    client.pyv("install", "3.12", "--index", scene.path).ok()
    client.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")
    run = client.pyv("install", "3.13", "--index", scene.path)
    if hybrid:
        run.fails(5, "hint: the index names this archive, and the mirror does not carry it", "--mirror upstream")
    else:
        run.fails(3, "no build of `3.13`")


@MODES
def test_a_dry_run_writes_what_is_known_of_upstream_and_nothing_else(machine: Machine, hybrid: bool) -> None:
    """Its root and what was verified of its metadata, below `.pyv`; what to choose is not remembered."""
    scene = Following.make(machine, hybrid=hybrid)
    was = left_in(scene.path, without=())
    size = len(scene.upstream.blobs[scene.upstream.artifacts[0].sha256])
    run = scene.run("--dry-run", "--version", "3.12")
    run.shows(
        f"{name('3.12.2')}.tar.gz\n",
        f"1 archive of {scene.place} chosen, 0 here; would fetch 1 ({size} bytes)\n",
    )
    now = left_in(scene.path, without=())
    changed = {path for path in {*was, *now} if was.get(path) != now.get(path)}
    assert {"/".join(Path(path).parts[:2]) for path in changed} <= {".pyv/trust", ".pyv/index", ".pyv/locks"}
    machine.pyv("mirror", "diff", scene.path, "--from", scene.place, "--version", "3.13").ok()
    now = left_in(scene.path, without=())
    changed = {path for path in {*was, *now} if was.get(path) != now.get(path)}
    assert {"/".join(Path(path).parts[:2]) for path in changed} <= {".pyv/trust", ".pyv/index", ".pyv/locks"}


def test_json(machine: Machine) -> None:
    scene = Following.make(machine)
    first = scene.run("--json", "--version", "3.12", "--version", "3.98", "--dry-run").ok().json
    (artifact, _) = scene.upstream.artifacts
    missing = {"name": artifact.name, "file": artifact.file_name, "sha256": artifact.sha256, "size": artifact.size}
    choice = {"versions": ["3.12", "3.98"], "triples": [], "flavors": [], "variants": [], "builds": "newest"}
    plan = {
        "upstream": str(scene.place),
        "upstream_published": first["upstream_published"],
        "choice": choice,
        "chosen": 1,
        "missing": [missing],
        "bytes": artifact.size,
        "unsized": 0,
        "refused": [],
        "unanswered": ["3.98"],
    }
    assert first == {"schema": 1, "dry_run": True, **plan}
    told = scene.run("--json", "--version", "3.12", "--version", "3.98").ok().json
    published = {"releases": 2, "snapshot": 2, "targets": 2, "timestamp": 2}
    assert told == {
        "schema": 1,
        **plan,
        "fetched": 1,
        "transferred": artifact.size,
        "failed": [],
        "repacked": None,
        "published": published,
        "waiting": [],
        "root_sha256": told["root_sha256"],
        "root_version": 1,
    }
    told = machine.pyv("mirror", "diff", scene.path, "--version", "3.13", "--json").ok().json
    assert (told["added"], told["superseded"]) == ([name("3.13.1")], [name("3.12.2")])
    assert (told["resigned"], told["keys"], told["retired"], told["revocations"]) == ([], [], [], [])


def test_what_was_chosen_is_remembered(machine: Machine) -> None:
    scene = Following.make(machine)
    scene.run("--version", "3.12").ok()
    assert (scene.remembered()["upstream"], scene.stocked()) == (str(scene.place), {"3.12.2"})
    index_of("3.12.3", "3.14.0", index=scene.upstream)
    scene.publish()
    scene.again().ok()
    assert scene.stocked() == {"3.12.2", "3.12.3"}
    scene.again("--version", "3.14").ok()
    assert (scene.stocked(), scene.versions()) == ({"3.12.2", "3.12.3", "3.14.0"}, ["3.12.2", "3.12.3", "3.14.0"])
    machine.pyv("mirror", "diff", scene.path).shows(
        f"- record {name('3.12.2')}\n- record {name('3.12.3')}\n", f"nothing new at {scene.place}\n"
    )
    choice = scene.remembered()["choice"]
    assert choice == {"versions": ["3.14"], "triples": [], "flavors": [], "variants": [], "builds": "newest"}


def test_diff_says_what_would_change(machine: Machine) -> None:
    scene = Following.make(machine)
    scene.run("--version", "3.12").ok()
    new = scene.upstream.add("3.12.3", tiny_archive("3.12.3"), triple=HERE)
    resigned(scene.upstream, new, size=None)
    scene.take_back(version="3.12.2")
    machine.pyv("mirror", "diff", scene.path).shows(
        f"+ archive {name('3.12.3')} (size unknown)\n- record {name('3.12.2')}\n! block version 3.12.2: a hole (2026-11-23)\n"
    )
    told = f"1 archive of {scene.place} chosen, 0 here; would fetch 1 (size unknown)\n"
    scene.again("--dry-run").shows(f"{name('3.12.3')}.tar.gz\n", told)
    size = scene.upstream.artifacts[1].size
    told = f"2 archives of {scene.place} chosen, 0 here; would fetch 2 (at least {size} bytes)\n"
    scene.again("--dry-run", "--version", "3").shows(f"{name('3.13.1')}.tar.gz\n{name('3.12.3')}.tar.gz\n", told)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--version", "3.x"], 2, "`3.x` is not a version request"),
        (["--flavor", "big"], 2, "`big` is not a flavor\nhint: flavors are "),
        (["--builds", "some"], 2, "`some` is neither `newest` nor `all`"),
        (["--triple", "linux"], 2, "hint: see `pyv mirror sync --help`"),
        (["--triple", "riscv64-unknown-linux-gnu"], 3, "has nothing for riscv64-unknown-linux-gnu\nhint: it has "),
        (["--version", "3.98"], 3, "is chosen\nhint: widen --version, --triple, --flavor or --variant"),
        (["--from", "ftp://x/"], 2, "pyv cannot read from `ftp://` addresses"),
        (["--mirror", "ftp://x/"], 2, "pyv cannot read from `ftp://` addresses"),
        (["--repack", "xz"], 2, "pyv cannot repack as `xz`\nhint: say --repack zstd, or --repack no"),
        (["--from", "mirror"], 2, " is this mirror itself\nhint: name another index with --from"),
        (["--from", "nowhere"], 4, "nowhere is not an index: it has no metadata/timestamp.json"),
    ],
)
def test_words_that_cannot_be_followed(following: Following, words: list[str], status: int, said: str) -> None:
    was = left_in(following.path, without=(".pyv",))
    following.run(*words).fails(status, said)
    assert left_in(following.path, without=(".pyv",)) == was
    assert not following.mirror.settings.exists()


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Following:
    """A mirror nothing is changed of."""
    return Following.make(Machine.fresh(tmp_path_factory.mktemp("following")))


def test_without_a_mirror_or_an_upstream(following: Following, tmp_path: Path) -> None:
    machine = following.machine
    following.again().fails(2, "does not know where to take records from\nhint: name an index with --from")
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "nothing"):
        machine.pyv("mirror", "sync", path, "--keys", "keys", "--from", following.place).fails(
            7, f"{path} is not a mirror\nhint: make one with `pyv mirror init`"
        )
    copy = Path(shutil.copytree(following.path, tmp_path / "damaged"))
    (copy / ".pyv/mirror.json").write_text('{"format": 1')
    for words in (("sync", copy, "--keys", "keys"), ("diff", copy)):
        machine.pyv("mirror", *words, "--from", following.place).fails(
            8, f"{copy}/.pyv/mirror.json: ", f"hint: restore {copy}/.pyv/mirror.json from a backup"
        )


def test_an_upstream_nobody_accepted(machine: Machine) -> None:
    scene = Following.make(machine)
    other = index_of("3.12.2").write(machine.cwd / "other")
    scene.run("--from", other).fails(
        4, f"the index {other} is not trusted", f"hint: look at its root and accept it: pyv trust add {other}"
    )
    assert not scene.mirror.settings.exists()


def test_who_synchronises_next_need_not_have_accepted_it(machine: Machine, tmp_path: Path) -> None:
    """The root the operator accepted is the mirror's: a job on another account follows it."""
    scene = Following.make(machine)
    scene.run("--version", "3.12").ok()
    (tmp_path / "job").mkdir()
    job = Machine.fresh(tmp_path / "job")
    command = ("mirror", "sync", scene.path, "--keys", machine.cwd / "keys")
    job.pyv(*command, "--version", "3.13").ok()
    assert scene.stocked() == {"3.12.2", "3.13.1"}


def test_another_upstream(machine: Machine) -> None:
    """What came from the first stays and counts, and following that again goes on as if nothing had been."""
    scene = Following.make(machine)
    scene.run("--mirror", scene.place).ok()
    assert scene.remembered()["archives"] == [str(scene.place)]
    other = index_of("3.14.0")
    trust(machine, other)
    scene.run("--from", other.write(machine.cwd / "other")).ok()
    assert scene.remembered()["archives"] == [], "archives come from where the other index is"
    assert scene.versions() == ["3.12.2", "3.13.1", "3.14.0"]
    assert dangling(scene.path, scene.records()) == []
    index_of("3.12.3", index=scene.upstream)
    scene.publish()
    scene.run().ok()
    assert scene.versions() == ["3.12.2", "3.12.3", "3.13.1", "3.14.0"]
    live = {key.keyid: not key.revoked for key in scene.mirror.read_keys().keys}
    assert len(live) == 3
    assert all(live.values())


def test_the_same_upstream_at_another_place(machine: Machine, server: Server) -> None:
    """It is followed by its root: a key it dropped meanwhile counts no longer."""
    scene = Following.make(machine)
    scene.run().ok()
    old, scene.upstream.key = scene.upstream.key, SigningKey.generate()
    for artifact in list(scene.upstream.artifacts):
        resigned(scene.upstream, artifact)
    scene.publish()
    scene.run("--from", scene.serve(server)).ok()
    assert scene.remembered()["upstream"] == server.url + "/"
    assert {record.keyid for record in scene.records()} == {scene.upstream.key.public_key.keyid}
    dropped = scene.mirror.read_keys().find(old.public_key.keyid)
    assert dropped is not None
    assert dropped.revoked


def test_requests(machine: Machine, server: Server) -> None:
    """Nothing new costs two; one new archive costs the metadata, the manifest and itself."""
    scene = Following.make(machine)
    address = scene.serve(server)
    scene.run("--from", address).ok()
    server.requests.clear()
    scene.again().ok()
    assert [request.path for request in server.requests] == ["/metadata/2.root.json", "/metadata/timestamp.json"]
    new = scene.upstream.add("3.12.3", tiny_archive("3.12.3"), triple=HERE)
    scene.publish()
    scene.serve(server)
    server.requests.clear()
    scene.again().ok()
    asked = [request.path for request in server.requests]
    assert asked[:3] == ["/metadata/2.root.json", "/metadata/timestamp.json", "/refresh.json"]
    assert [path for path in asked if path.startswith("/targets/")] == [path for path in asked[3:] if HERE in path]
    assert asked[-1] == blob_path(new)
    assert len(asked) == 5, "refresh pack, one manifest, one archive"


def test_archives_come_from_the_places_named(machine: Machine, server: Server) -> None:
    """By digest or by upstream's names; credentials are used, and never written down."""
    scene = Following.make(machine)
    first, second = scene.upstream.artifacts
    shutil.rmtree(scene.place / "blobs")
    content = scene.upstream.blobs
    let_in = "Basic b3BlcmF0b3I6czNjcmV0"
    server.put(f"/m/{first.upstream_location}", content[first.sha256], authorization=let_in)
    server.put(f"/m/blobs/sha256/{second.sha256}", content[second.sha256], authorization=let_in)
    address = server.url.replace("://", "://operator:s3cret@") + "/m"
    run = scene.run("--mirror", address).ok()
    assert scene.stocked() == {"3.12.2", "3.13.1"}
    assert scene.remembered()["archives"] == [f"{server.url}/m/"]
    assert "s3cret" not in run.stderr + run.stdout
    for path in scene.path.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes(), path


def test_places_are_remembered_whole(machine: Machine, tmp_path: Path) -> None:
    """A directory named from here is the same directory from elsewhere, and `upstream` stays the word."""
    scene = Following.make(machine)
    os.rename(scene.place / "blobs", machine.cwd / "blobs")
    scene.run("--mirror", ".", "--mirror", "upstream", "--version", "3.12").ok()
    assert scene.remembered()["archives"] == [str(machine.cwd), "upstream"]
    command = ("mirror", "sync", scene.path, "--keys", machine.cwd / "keys", "--version", "3.13")
    machine.pyv(*command, cwd=tmp_path).ok()
    assert scene.stocked() == {"3.12.2", "3.13.1"}


def test_credentials_of_an_upstream(machine: Machine, server: Server) -> None:
    scene = Following.make(machine)
    for path in sorted(scene.place.rglob("*")):
        if path.is_file():
            at = f"/{path.relative_to(scene.place)}"
            server.put(at, path.read_bytes(), authorization="Basic b3BlcmF0b3I6czNjcmV0")
    scene.run("--from", server.url).fails(5, "401")
    scene.run("--from", server.url.replace("://", "://operator:s3cret@")).ok()
    assert scene.stocked() == {"3.12.2", "3.13.1"}
    assert "s3cret" not in scene.mirror.settings.read_text()


@MODES
def test_what_upstream_takes_back_reaches_clients_and_stays(machine: Machine, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid)
    scene.run("--version", "3.12").ok()
    scene.take_back(version="3.12.2")
    run = scene.again()
    run.shows(
        stderr=f"0 archives of {scene.place} chosen, 0 here\n"
        f"warning: {scene.place} has nothing for `3.12` that may be installed\n"
        f"published: {'releases 2, ' if hybrid else ''}revocations 2, snapshot {2 if hybrid else 3}, "
        f"timestamp {2 if hybrid else 3}\n"
    )
    machine.pyv("trust", "add", scene.path, "--yes").ok()
    machine.pyv("install", "3.12.2", "--index", scene.path).fails(4, "a hole")
    if not hybrid:
        scene.upstream.revocations = Revocations()
        scene.publish()
        scene.again().ok()
        assert [entry.version for entry in scene.mirror.read_revocations().entries] == ["3.12.2"]


def test_what_was_chosen_is_gone_from_upstream(machine: Machine) -> None:
    """It stays here, and what upstream takes back comes all the same."""
    scene = Following.make(machine)
    scene.run("--version", "3.12").ok()
    scene.upstream.artifacts.pop(0)
    scene.take_back(build="20200101")
    scene.again().ok()
    assert scene.versions() == ["3.12.2"]
    assert [entry.build for entry in scene.mirror.read_revocations().entries] == ["20200101"]


@MODES
def test_a_key_upstream_changes(machine: Machine, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid)
    scene.run().ok()
    old, scene.upstream.key = scene.upstream.key.public_key, SigningKey.generate()
    for artifact in list(scene.upstream.artifacts):
        resigned(scene.upstream, artifact)
    scene.publish()
    told = machine.pyv("mirror", "diff", scene.path).ok().stdout
    assert f"+ artifact key {scene.upstream.key.public_key.keyid}\n" in told
    assert told.count("~ record ") == 2
    assert told.endswith(f"! artifact key {old.keyid}: upstream names it no longer, or as revoked\n")
    away = machine.cwd / "targets.pem"
    os.rename(scene.keys.path / "targets.pem", away)
    before = scene.records()
    scene.again().fails(4, "not published: targets version ")
    assert scene.records() == before, "until targets names the key, what it signed does not go out"
    os.rename(away, scene.keys.path / "targets.pem")
    machine.pyv("mirror", "sign", "publish", scene.path, "--keys", "keys").ok()
    assert {record.keyid for record in scene.records()} == {scene.upstream.key.public_key.keyid}
    machine.pyv("mirror", "diff", scene.path).shows(stderr=f"nothing new at {scene.place}\n")


def test_a_key_upstream_only_revokes(machine: Machine) -> None:
    scene = Following.make(machine)
    scene.run().ok()
    keyid = scene.upstream.key.public_key.keyid
    other = SigningKey.generate().public_key
    scene.upstream.write(scene.place, key_list=dump_key_list(KeyList(keys=(other,))))
    run = scene.again()
    run.fails(4, f"signed by key {keyid[:16]}, which this index does not name", "warning: a record of ")
    assert scene.versions() == [], "no client would take them"
    assert scene.mirror.read_manifest(HERE) == []


def test_keys_that_are_elsewhere(machine: Machine) -> None:
    """Nothing is lost, nothing goes out, and who has the keys brings it out."""
    scene = Following.make(machine)
    os.rename(scene.keys.path, machine.cwd / "away")
    run = scene.run()
    run.fails(4, "fetched 2 archives", "not published: targets version 2 has 0 of the 1 signatures")
    assert (scene.stocked(), scene.versions()) == ({"3.12.2", "3.13.1"}, [])
    machine.pyv("mirror", "sign", "publish", scene.path, "--keys", "away").ok()
    assert scene.versions() == ["3.12.2", "3.13.1"]


def test_passphrases_are_asked_for_before_anything_is_fetched(machine: Machine) -> None:
    scene = Following.make(machine)
    mirror = machine.cwd / "closed"
    machine.pyv("mirror", "init", mirror, "--keys", "closed-keys", PYV_KEY_PASSPHRASE="a phrase").ok()
    command = ("mirror", "sync", mirror, "--keys", "closed-keys", "--from", scene.place)
    run = machine.pyv(*command)
    run.fails(4, "passphrase")
    assert "fetched" not in run.stderr
    assert not list((mirror / "blobs/sha256").iterdir())
    machine.pyv(*command, PYV_KEY_PASSPHRASE="a phrase").ok()
    scene.upstream.add("3.14.0", tiny_archive("3.14.0"), triple=HERE)
    scene.publish()
    KeyDirectory(path=machine.cwd / "closed-keys", passphrase=lambda _: b"another").create("timestamp-old")
    machine.pyv(*command, PYV_KEY_PASSPHRASE="a phrase").ok()  # a key that counts no longer is not opened


def test_own_builds_and_upstream_in_one_mirror(machine: Machine) -> None:
    """An own build stays, with its own signature; other bytes under upstream's identity are refused, alone."""
    scene = Following.make(machine)
    own = machine.cwd / f"{name('3.12.2')}.tar.gz"
    own.write_bytes(tiny_archive("3.12.2", extra={"lib/own.txt": b"ours\n"}))
    (machine.cwd / f"{name('3.14.0')}.tar.gz").write_bytes(tiny_archive("3.14.0"))
    machine.pyv("mirror", "add", scene.path, own, f"{name('3.14.0')}.tar.gz", "--keys", "keys").ok()
    scene.take_back(version="3.9.1")
    run = scene.run()
    run.fails(4, f"the mirror has {name('3.12.2')} with other bytes", "hint: a build of your own needs a build tag of")
    assert scene.versions() == ["3.12.2", "3.13.1", "3.14.0"]
    mine = {record.version for record in scene.records() if record.keyid != scene.upstream.key.public_key.keyid}
    assert mine == {"3.12.2", "3.14.0"}
    assert dangling(scene.path, scene.records()) == []
    assert [entry.version for entry in scene.mirror.read_revocations().entries] == ["3.9.1"], "that is not held up"


@MODES
def test_a_record_nobody_signed_is_refused_alone(machine: Machine, hybrid: bool) -> None:
    """Whoever stole upstream's online keys adds nothing here, and holds up nothing but releases."""
    scene = Following.make(machine, hybrid=hybrid)
    scene.run().ok()
    thief = SignedIndex(key=SigningKey.generate())
    forged = thief.add("3.12.9", tiny_archive("3.12.9"), triple=HERE)
    scene.upstream.artifacts.append(forged)
    scene.upstream.blobs.update(thief.blobs)
    scene.take_back(version="3.9.1")
    run = scene.again()
    run.fails(4, f"{name('3.12.9')} is signed by key ", "published: revocations 2")
    assert ("upstream's new releases wait" in run.stderr) == hybrid
    assert scene.versions() == ["3.12.2", "3.13.1"]
    assert not scene.mirror.blob(forged.sha256).exists()


@MODES
def test_what_upstream_writes_does_nothing_to_a_terminal(machine: Machine, hybrid: bool) -> None:
    scene = Following.make(machine, hybrid=hybrid)
    scene.upstream.artifacts[0] = replace(scene.upstream.artifacts[0], keyid="\x1b]0;x\x07\r\x1b[2J")
    scene.publish()
    run = scene.run("--dry-run").ok()
    assert r"is signed by key \x1b]0;x\x07" in run.stderr
    assert not set("\x1b\x07\r") & set(run.stdout + run.stderr)


def test_a_forged_record_of_a_genuine_archive_holds_nothing_up(machine: Machine) -> None:
    """The same bytes under another name are another record: it is refused, and the genuine one is chosen as ever."""
    scene = Following.make(machine)
    scene.upstream.artifacts.append(replace(scene.upstream.artifacts[0], version="3.12.9"))
    scene.take_back(version="3.9.1")
    run = scene.run()
    run.fails(4, f"the record of {name('3.12.9')} was altered after it was signed", "published: releases 2")
    assert scene.versions() == ["3.12.2", "3.13.1"]
    assert [entry.version for entry in scene.mirror.read_revocations().entries] == ["3.9.1"]


@MODES
def test_of_two_lines_for_one_build_none_is_taken_unseen(machine: Machine, hybrid: bool) -> None:
    """A genuine line beside a forged one of the same name vouches for nothing, however much of both is chosen."""
    scene = Following.make(machine, hybrid=hybrid)
    genuine = scene.upstream.artifacts[0]
    thief = SignedIndex(key=SigningKey.generate())
    forged = thief.add("3.12.2", tiny_archive("3.12.2", extra={"lib/evil.py": b"evil"}), triple=HERE)
    forged = replace(forged, keyid=genuine.keyid)
    scene.upstream.blobs.update(thief.blobs)
    scene.upstream.artifacts.insert(0, forged)
    scene.take_back(version="3.9.1")
    for words in (("--builds", "all", "--flavor", "all"), ("--builds", "newest", "--flavor", "all")):
        scene.run(*words).fails(4, f"the record of {name('3.12.2')} was altered after it was signed")
        assert not scene.mirror.blob(forged.sha256).exists()
        assert [entry.version for entry in scene.mirror.read_revocations().entries] == ["3.9.1"]
    assert "3.13.1" in scene.versions()


def test_a_record_that_was_not_chosen_does_not_come_with_the_bytes_of_one_that_was(machine: Machine) -> None:
    scene = Following.make(machine)
    scene.upstream.artifacts.append(replace(scene.upstream.artifacts[0], version="3.14.9"))
    scene.publish()
    scene.run("--version", "3.12").ok()
    assert scene.versions() == ["3.12.2"]


def test_a_line_that_was_not_chosen_does_not_come_beside_its_like(machine: Machine) -> None:
    """The same archive once more under another signature: one line was looked at, and one comes."""
    scene = Following.make(machine)
    genuine, other = scene.upstream.artifacts[0], scene.upstream.artifacts[1]
    scene.upstream.artifacts.append(replace(genuine, signature=other.signature))
    scene.publish()
    scene.run("--version", "3.12").ok()
    assert scene.mirror.read_manifest(HERE) == [genuine]


def test_one_digest_under_two_names_is_fetched_once(machine: Machine) -> None:
    upstream = index_of("3.12.2")
    content = upstream.blobs[upstream.artifacts[0].sha256]
    upstream.add("3.12.2", content, triple="aarch64-apple-darwin")
    scene = Following.make(machine, upstream=upstream)
    run = scene.run().ok()
    assert run.stderr.startswith(f"2 archives of {scene.place} chosen, 0 here; fetching 1 ({len(content)} bytes)\n")
    assert scene.stocked() == {"3.12.2"}


def test_two_at_once(machine: Machine, server: Server) -> None:
    """The second waits, says so, and finds what the first remembered."""
    scene = Following.make(machine)
    address, slow = scene.serve(server), blob_path(scene.upstream.artifacts[0])
    server.put(slow, scene.upstream.blobs[scene.upstream.artifacts[0].sha256], drip=(60, 0.15))
    with Processes() as group:
        words = ("mirror", "sync", scene.path, "--keys", "keys")
        first = group.start(machine, *words, "--from", address, "--version", "3.12")
        assert until(lambda: server.asked(slow), first)
        second = group.start(machine, *words, "--from", address)
        assert second.stderr is not None
        assert second.stderr.readline() == "another pyv works on this mirror: waiting\n"
        assert ended(first).status == 0
        run = ended(second)
    assert (run.status, run.stderr) == (0, f"1 archive of {address}/ chosen, 1 here\nnothing new to publish\n")
    assert scene.remembered()["choice"]["versions"] == ["3.12"]  # type: ignore[index]


def test_progress_on_a_terminal(machine: Machine, server: Server) -> None:
    upstream = SignedIndex()
    big = upstream.add("3.12.2", big_tar("3.12.2", files=30).gz(), triple=HERE)
    scene = Following.make(machine, upstream=upstream)
    address = scene.serve(server)
    server.put(blob_path(big), upstream.blobs[big.sha256], drip=(50_000, 0.2))
    run = on_terminal(machine, "mirror", "sync", str(scene.path), "--keys", "keys", "--from", address)
    assert run.status == 0, run.stdout
    assert f"{name('3.12.2')}:" in run.stdout
    assert "%|" in run.stdout, "a bar"
    assert f"{name('3.12.2')}: fetched\n" in run.stdout


def test_a_place_that_has_another_index_now_has_to_be_named_again(machine: Machine) -> None:
    """Records of an index nobody named are not joined, though this machine trusts it as well."""
    scene = Following.make(machine)
    scene.run("--version", "3.12").ok()
    before = left_in(scene.path)
    other = index_of("3.12.7")
    shutil.rmtree(scene.place)
    publish(other, scene.place, machine)
    scene.again().fails(4)
    assert left_in(scene.path) == before
    scene.run("--version", "3.12").ok()
    assert scene.versions() == ["3.12.2", "3.12.7"], "what came from the index before stays"
    scene.again().ok()
    shutil.rmtree(scene.place)
    shutil.copytree(Path(__file__).parents[2] / "manifests", scene.place)
    scene.again().fails(4, "is another index than the one this mirror follows", "hint: ask its operator why")


def test_upstream_cannot_take_back_what_the_organisation_signed(machine: Machine) -> None:
    scene = Following.make(machine)
    own = machine.cwd / f"cpython-3.10.1+20260101-{HERE}-install_only.tar.gz"
    own.write_bytes(tiny_archive("3.10.1"))
    machine.pyv("mirror", "add", scene.path, own, "--keys", machine.cwd / "keys").ok()
    (key,) = scene.mirror.read_keys().keys
    for listed in (key, replace(key, revoked=True), None):
        keys = [*scene.upstream.keys.keys, *([] if listed is None else [listed])]
        scene.upstream.write(scene.place, key_list=dump_key_list(keys))
        scene.again(*([] if listed is not key else ["--from", str(scene.place)])).ok()
        assert scene.versions() == ["3.10.1", "3.12.2", "3.13.1"]
        assert scene.mirror.read_keys().find(key.keyid) == key


def test_an_older_pyv_does_not_take_a_mirror_back(tmp_path: Path) -> None:
    """What `embedded` means depends on who asks; a mirror remembers how new it was."""
    whole = embedded_whole()
    last = Synced(at="2099-01-02T00:00:00Z", published="2099-01-01T00:00:00Z", revocations=0)
    known = Settings(upstream="embedded", line=whole.line, synced=last)
    with pytest.raises(RollbackError, match="this mirror took over a newer one"):
        plan_sync(Mirror(tmp_path), known, whole, 4e9, known=known)


def test_what_upstream_signs_anew_is_looked_at(machine: Machine) -> None:
    """A record that is here and no longer chosen: another signature of it is taken only if it holds."""
    scene = Following.make(machine)
    scene.run("--version", "3.12").ok()
    genuine, other = scene.upstream.artifacts[0], scene.upstream.artifacts[1]
    scene.upstream.artifacts[0] = replace(genuine, signature=other.signature)
    scene.publish()
    scene.again("--version", "3.13").fails(4, f"the record of {name('3.12.2')} was altered after it was signed")
    assert genuine in scene.mirror.read_manifest(HERE)
    assert scene.versions() == ["3.12.2", "3.13.1"]
