"""Hybrid mirrors: upstream's bytes under an organisation's root, whatever changes above, and whenever it is stopped."""

from __future__ import annotations

import errno
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.errors import DocumentError, PyvError, RequestError, StoreError, TrustError
from pyv.mirror.generation import read_generation
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.publisher import publish
from pyv.mirror.rotate import Change, rotate
from pyv.mirror.signatures import export_draft, sign_file, take_signatures
from pyv.mirror.source import Upstream, read_upstream
from pyv.mirror.verified import Verified, embedded_whole
from pyv.trust.roles import DELEGATED, ROLES
from pyv.trust.signing import SigningKey
from tests.install.scene import HERE, index_of, left_in, trust
from tests.mirror.hybrid import CARRIED, NAMES, Contents, Scene, another_key, listed, newest, no_network, signed
from tests.mirror.stock import Stock
from tests.mirror.test_publisher import stop_after
from tests.support.index import SignedIndex
from tests.support.repository import signer
from tests.support.runner import Machine
from tests.support.server import Server

HOLE = Revocation(action="block", version="3.12.1", reason="a hole", date="2026-11-23")
PRIVATE = ("locks", "index", "upstream")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene.make(tmp_path)


def news(scene: Scene) -> None:
    """Upstream publishes a version more, and takes one back."""
    index_of("3.13.1", index=scene.index)
    scene.index.revocations = Revocations((HOLE,))
    scene.index.write(scene.upstream)


def keyids(path: Path) -> list[str]:
    return [each["keyid"] for each in json.loads(path.read_bytes())["signatures"]]


@pytest.mark.parametrize("through", ["directory", "http"])
def test_a_hybrid_mirror_is_upstreams_bytes_under_the_organisations_root(
    machine: Machine, server: Server, tmp_path: Path, through: str
) -> None:
    index = index_of("3.12.1", "3.12.2")
    upstream = index.write(tmp_path / "upstream")
    server.put_tree(upstream)
    trust(machine, index)
    place = server.url if through == "http" else str(upstream)
    machine.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase", "--hybrid", place).ok()
    machine.pyv("mirror", "sync", "mirror", "--keys", "keys").ok()
    mirror = machine.cwd / "mirror"
    assert {path.stem for path in (machine.cwd / "keys").iterdir()} == {"root", "targets", "snapshot", "timestamp"}
    for name in [f"metadata/1.{role}.json" for role in CARRIED] + [f"targets/{name}" for name in NAMES]:
        assert (mirror / name).read_bytes() == (upstream / name).read_bytes(), name
    theirs = {each.public_key.keyid for signers in index.repository.signers.values() for each in signers}
    for name in ("1.root.json", "1.targets.json", "1.snapshot.json", "timestamp.json"):
        assert not theirs & {*keyids(mirror / "metadata" / name)}, name
    assert {path.name for path in (mirror / "blobs/sha256").iterdir()} == index.blobs.keys()
    client = Stock(mirror, tmp_path / "client")
    assert client.read(*NAMES) == {name: (upstream / "targets" / name).read_bytes() for name in NAMES}


def test_the_embedded_index_is_carried_without_a_network(machine: Machine) -> None:
    mirror, keys = Mirror(machine.cwd / "mirror"), Scene(machine, SignedIndex()).keys
    embedded = Upstream.parse("embedded", machine.cwd)
    made = init(
        mirror.path, keys, time.time(), follow=lambda new: read_upstream(new, embedded, no_network, time.time())
    )
    assert made.upstream == "embedded"
    whole = embedded_whole()
    for role in CARRIED:
        assert newest(mirror.path, role).read_bytes() == whole.metadata[role]
    client = Stock(mirror.path, machine.cwd / "client")
    assert client.read(*whole.targets) == whole.targets


def test_what_upstream_publishes_flows_with_the_online_keys_alone(scene: Scene) -> None:
    scene.put_away("root", "targets")
    news(scene)
    assert scene.carry().changed == {"releases": 2, "revocations": 2, "snapshot": 2, "timestamp": 2}
    scene.is_carried()
    assert scene.carry().changed == {}


def _another_artifact_key(index: SignedIndex) -> None:
    index.key = SigningKey.generate()
    index.artifacts = [index.key.sign_record(artifact) for artifact in index.artifacts]


ROTATIONS: dict[str, Callable[[SignedIndex], object]] = {
    "releases": lambda index: another_key(index, "releases"),
    "revocations": lambda index: another_key(index, "revocations"),
    "artifact": _another_artifact_key,
}


@pytest.mark.parametrize("role", ROTATIONS)
def test_other_keys_upstream_wait_for_the_holders_of_targets(scene: Scene, role: str) -> None:
    """Until they signed, what was there serves, and what is taken back goes out where its key is as it was."""
    scene.put_away("root", "targets")
    before = scene.serves()
    ROTATIONS[role](scene.index)
    news(scene)
    waiting = scene.carry()
    assert [(each.role, each.version) for each in waiting.waiting] == [("targets", 2)]
    flows = {"revocations"} if role != "revocations" else {"releases"}
    assert {*waiting.changed} == {*flows, "snapshot", "timestamp"}
    now = scene.serves()
    assert {name for name in NAMES if now[name] != before[name]} == {NAMES[1 if role != "revocations" else 2]}
    assert publish(scene.mirror, scene.keys, time.time()).changed == {}

    file = scene.machine.cwd / "targets.json"
    export_draft(scene.mirror, "targets", file)
    sign_file(file, "targets", KeyDirectory(path=scene.drawer))
    take_signatures(scene.mirror, file)
    scene.machine.pyv("mirror", "sign", "publish", "mirror", "--keys", "keys").ok()
    scene.is_carried()
    assert scene.carry().waiting == ()


def test_a_key_of_upstreams_that_changes_twice_before_anybody_signed(scene: Scene) -> None:
    scene.put_away("targets")
    for _ in range(2):
        another_key(scene.index, "releases")
        news(scene)
        assert "releases" not in scene.carry().changed
    shutil.copy(scene.drawer / "targets.pem", scene.keys.path)
    assert publish(scene.mirror, scene.keys, time.time()).changed["targets"] == 2
    scene.is_carried()


def test_another_root_upstream_is_followed_and_changes_nothing_here(scene: Scene) -> None:
    scene.put_away("root", "targets")
    repository = scene.index.repository
    for role in ("timestamp", "snapshot"):
        repository.root.revoke_key(repository.signers[role][0].public_key.keyid, role)
        repository.signers[role] = [signer()]
        repository.root.add_key(repository.signers[role][0].public_key, role)
    repository.rotate_root()
    news(scene)
    published = scene.carry()
    assert (published.waiting, published.changed["releases"]) == ((), 2)
    scene.is_carried()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "mirror", "archive"), "a record of your own"),
        (("revoke", "mirror", "--version", "3.12.1", "--reason", "a hole"), "an entry of your own"),
        (("rotate", "releases", "mirror", "--no-passphrase"), "another key of releases"),
    ],
)
def test_what_would_change_upstreams_bytes_is_refused(scene: Scene, words: tuple[str, ...], told: str) -> None:
    was = left_in(scene.machine.cwd)
    run = scene.machine.pyv("mirror", *words, "--keys", "keys")
    run.fails(2, f"{told} would change them", "hint: that needs a mirror of your own: pyv mirror init DIR")
    for role in ("releases", "revocations", "artifact"):
        with pytest.raises(RequestError, match=f"another key of {role} would change them"):
            rotate(scene.mirror, role, Change(), scene.keys, time.time())
    assert left_in(scene.machine.cwd) == was


def test_the_organisations_own_keys_change_as_ever(scene: Scene) -> None:
    for number, role in enumerate(("targets", "timestamp", "snapshot", "root"), start=2):
        done = rotate(scene.mirror, role, Change(), scene.keys, time.time())
        assert (done.published.waiting, done.published.changed["root"]) == ((), number)
        scene.is_carried()
    for words in (("sign", "timestamp"), ("sign", "publish")):
        scene.machine.pyv("mirror", *words, "mirror", "--keys", "keys").ok()
        scene.is_carried()
    year = publish(scene.mirror, scene.keys, time.time() + 20 * 86400)
    assert {*year.changed} == {"snapshot", "timestamp"}, "upstream's roles are upstream's to renew"


def _keys_and_news(scene: Scene) -> None:
    another_key(scene.index, "releases")
    _another_artifact_key(scene.index)
    news(scene)


DEEDS: dict[str, tuple[Callable[[Scene], None], tuple[str, ...]]] = {
    "news": (news, ()),
    "keys": (_keys_and_news, ()),
    "keys that wait": (_keys_and_news, ("targets",)),
}


def _ready(place: Path, deed: str) -> tuple[Scene, Verified, tuple[Contents, Contents]]:
    """A mirror whose upstream has changed, what is to be carried now, and what clients may read before and after."""
    change, away = DEEDS[deed]
    scene = Scene.make(place)
    scene.put_away(*away)
    old = scene.serves()
    change(scene)
    new = scene.offers()
    return scene, scene.read(), (old, {**old, NAMES[1]: new[NAMES[1]]} if away else new)


KILLED, FULL = KeyboardInterrupt(), OSError(errno.ENOSPC, "no space")


@pytest.mark.parametrize(
    ("deed", "fault"), [("keys", KILLED), ("keys that wait", KILLED), ("news", FULL)], ids=["keys", "waiting", "news"]
)
def test_stopped_at_any_write(tmp_path: Path, deed: str, fault: BaseException) -> None:
    """Clients read what was or what is new; so they do after a job that only publishes; the next sync ends it."""
    ready, upstream, good = _ready(tmp_path, deed)
    for changes in count():
        place = Path(shutil.copytree(ready.machine.cwd, tmp_path / str(changes)))
        scene = replace(ready, machine=replace(ready.machine, cwd=place))
        with pytest.MonkeyPatch.context() as patch:
            made = stop_after(patch, changes, fault)
            try:
                scene.carry(upstream)
                break
            except (KeyboardInterrupt, StoreError):
                pass
        assert scene.serves() in good, made
        publish(scene.mirror, scene.keys, time.time())
        assert scene.serves() in good, made
        scene.carry(upstream)
        assert scene.serves() == good[1], made
    assert changes == len(made) >= 8


def older(scene: Scene) -> None:
    """A backup of upstream is served again."""
    before = scene.machine.cwd / "before"
    shutil.copytree(scene.upstream, before)
    news(scene)
    scene.carry()
    shutil.rmtree(scene.upstream)
    before.rename(scene.upstream)


def two_contents(scene: Scene) -> None:
    """Upstream signs other bytes under the versions that are carried."""
    index_of("3.13.1", index=scene.index)
    repository = scene.index.repository
    repository.fill(scene.index.manifests, scene.offers()[NAMES[0]].decode())
    repository.targets["releases"].version -= 1
    repository.publish("releases")
    repository.write(scene.upstream)


def another_index(scene: Scene) -> None:
    """Another index at the same address, accepted by the same operator."""
    other = index_of("3.12.9")
    shutil.rmtree(scene.upstream)
    other.write(scene.upstream)
    trust(scene.machine, other)


@pytest.mark.parametrize("memory", [True, False], ids=["remembered", "forgotten"])
@pytest.mark.parametrize("kind", [older, two_contents, another_index])
def test_upstream_that_goes_back_is_refused(scene: Scene, kind: Callable[[Scene], None], memory: bool) -> None:
    kind(scene)
    if not memory:
        shutil.rmtree(scene.mirror.work.index)
    was, private, serving = left_in(scene.mirror.path, without=PRIVATE), left_in(scene.mirror.carried), scene.serves()
    run = scene.machine.pyv("mirror", "sync", "mirror", "--keys", "keys", "--from", scene.upstream)
    if memory and kind is two_contents:  # what was verified under a version is not asked for again
        run.ok()
    else:
        run.fails(4, "hint: ")
        assert left_in(scene.mirror.path, without=PRIVATE) == was
    assert left_in(scene.mirror.carried) == private
    assert scene.serves() == serving


def test_the_index_of_a_mirror_is_not_exchanged_for_the_embedded_one(scene: Scene) -> None:
    was = left_in(scene.mirror.path, without=PRIVATE)
    scene.machine.pyv("mirror", "sync", "mirror", "--keys", "keys", "--from", "embedded").fails(4, "another", "hint: ")
    with pytest.raises(TrustError, match="another index than the one this mirror carries"):
        scene.carry(embedded_whole())
    assert left_in(scene.mirror.path, without=PRIVATE) == was


def test_upstreams_documents_in_other_roles_are_not_carried(scene: Scene) -> None:
    """What its targets list themselves, clients of a mirror would not find."""
    scene.index.repository.put(f"manifest/{HERE}.json", scene.offers()[NAMES[2]], role="targets")
    scene.index.repository.publish()
    scene.index.repository.write(scene.upstream)
    with pytest.raises(DocumentError, match="in another role than pyv's indexes do"):
        scene.carry()
    assert publish(scene.mirror, scene.keys, time.time()).changed == {}


def test_a_key_that_upstream_names_and_does_not_hold_is_no_key(scene: Scene) -> None:
    """Its clients pass it over, and so do those of the mirror."""
    scene.index.repository.targets["targets"].delegations.roles["releases"].keyids.append("0" * 64)  # type: ignore[union-attr,index]  # it delegates
    news(scene)
    scene.machine.pyv("mirror", "sync", "mirror", "--keys", "keys").ok()
    scene.is_carried()


def test_an_archive_that_cannot_be_had_holds_up_no_revocation(scene: Scene) -> None:
    scene.machine.pyv("mirror", "sync", "mirror", "--keys", "keys").ok()
    before = scene.serves()
    news(scene)
    lacking = scene.index.artifacts[-1]
    (scene.upstream / "blobs/sha256" / lacking.sha256).unlink()
    scene.machine.pyv("mirror", "sync", "mirror", "--keys", "keys", "--version", "3.13").fails(5, lacking.name)
    now = scene.serves()
    assert now == {**before, NAMES[1]: scene.offers()[NAMES[1]]}
    (scene.upstream / "blobs/sha256" / lacking.sha256).write_bytes(scene.index.blobs[lacking.sha256])
    scene.machine.pyv("mirror", "sync", "mirror", "--keys", "keys").ok()
    scene.is_carried()


@pytest.mark.parametrize("what", ["working copies", "a document", "metadata.json"])
def test_what_somebody_changed_here_is_not_published(scene: Scene, what: str) -> None:
    """Not even with the targets key at hand: what clients get is what upstream signed."""
    serving = scene.serves()
    thief = SigningKey.generate()
    if what == "working copies":
        other = SignedIndex(key=thief)
        index_of("3.12.9", index=other)
        scene.mirror.manifest(HERE).write_text(other.manifests[HERE])
        keys = json.loads(scene.mirror.key_list.read_text())
        keys["keys"].append(thief.public_key.to_dict())
        scene.mirror.key_list.write_text(json.dumps(keys))
        assert publish(scene.mirror, scene.keys, time.time()).changed == {}
    elif what == "a document":
        news(scene)
        upstream = scene.read()
        for name in upstream.targets:
            (scene.mirror.carried / "damaged").write_text(name)
        scene.carry(upstream)
        serving = scene.serves()
        path = next(scene.mirror.carried.glob("[0-9a-f]" * 64))
        path.write_bytes(b"damaged")
        with pytest.raises(StoreError, match="is missing or damaged"):
            rotate(scene.mirror, "targets", Change(), scene.keys, time.time())
    else:
        (scene.mirror.carried / "metadata.json").unlink()
        with pytest.raises(PyvError, match=r"metadata\.json is missing"):
            publish(scene.mirror, scene.keys, time.time())
        scene.machine.pyv("mirror", "add", "mirror", "archive", "--keys", "keys").fails(7, "pyv mirror sync DIR")
    assert scene.serves() == serving
    scene.carry()
    scene.is_carried()


def test_delegated_roles_are_upstreams_and_no_other(scene: Scene) -> None:
    current = read_generation(scene.mirror)
    assert current is not None
    found = signed(newest(scene.mirror.path, "targets"))["delegations"]
    theirs = signed(newest(scene.upstream, "targets"))["delegations"]
    assert found == theirs
    for role in DELEGATED:
        assert current.listing[TARGETS].holders(role.name) == (
            (scene.index.repository.signers[role.name][0].public_key.keyid,),
            1,
        )
    assert listed(scene.mirror.path) == listed(scene.upstream)


def test_what_upstreams_roles_may_list_is_not_upstreams_to_say(scene: Scene) -> None:
    before = newest(scene.mirror.path, "targets").read_bytes()
    delegations = scene.index.repository.targets["targets"].delegations
    assert delegations is not None
    assert delegations.roles is not None
    delegations.roles["releases"].paths = ["manifest/*", "extra/*"]
    news(scene)
    assert "targets" not in scene.carry().changed
    assert newest(scene.mirror.path, "targets").read_bytes() == before
    scene.is_carried()


TARGETS = ROLES["targets"].name
