"""Mirrors attacked with the organisation's own keys: hiding works, adding does not (SECURITY.md says what each allows).

The thief has the mirror's host, its files and some of its keys, and writes with python-tuf alone. Two clients meet him:
one that installed from the genuine mirror before, and one that is new.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pyv.domain.manifest import dump_manifest
from pyv.domain.revocation import Revocation, Revocations, dump_revocations
from pyv.errors import ExpiredError
from pyv.index.anchors import Anchor, accept
from pyv.index.configured import Access, recognise, renew
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.rotate import Change, rotate
from pyv.store.paths import Root
from pyv.transfer.locations import Location
from pyv.trust.keys import dump_key_list
from tests.install.scene import HERE, Left, index_of, left_in, receipt_of, trust
from tests.mirror.hybrid import NAMES, Scene, no_network, signed
from tests.mirror.thief import Thief
from tests.support.index import SignedIndex
from tests.support.runner import Machine

ONLINE = ("timestamp", "snapshot")
KEYS, REVOKED, MANIFEST = NAMES
HOLE = Revocation(action="block", version="3.12.1", reason="a hole", date="2026-11-23")
BEFORE, AFTER = "3.12.2", "3.13.1"
FORGED = "3.12.9"


@dataclass(frozen=True)
class Organisation:
    """A mirror of two generations of its upstream, and somebody who installed from it."""

    scene: Scene
    user: Machine

    @classmethod
    def make(cls, place: Path) -> Organisation:
        scene = Scene.make(place)
        run = scene.machine.pyv
        run("mirror", "sync", "mirror", "--keys", "keys").ok()
        shutil.copytree(scene.mirror.path, place / "before")
        index_of(AFTER, index=scene.index)
        scene.index.revocations = Revocations((HOLE,))
        scene.index.write(scene.upstream)
        run("mirror", "sync", "mirror", "--keys", "keys").ok()
        shutil.copytree(place / "before/metadata", scene.mirror.metadata, dirs_exist_ok=True, ignore=_newer)
        for path in (place / "before/targets").glob("*/*.json"):  # old files a thief may have kept
            if "." in path.stem:
                shutil.copy(path, scene.mirror.path / path.relative_to(place / "before"))
        (place / "user").mkdir()
        found = cls(scene, Machine.fresh(place / "user"))
        accept(Root(found.user.root), found.anchor)
        found.user.pyv("install", BEFORE, "--index", scene.mirror.path).ok()
        return found

    @property
    def anchor(self) -> Anchor:
        path = self.scene.mirror.metadata / "1.root.json"
        roles = signed(path)["roles"]
        assert isinstance(roles, dict)
        text = path.read_text()
        return Anchor(root=text, version=1, keyids=tuple(roles["root"]["keyids"]), source="x", added="", first=text)

    def old_client(self, place: Path) -> Machine:
        """The user as he was before the theft."""
        return copied(self.user, place / "old")

    def new_client(self, place: Path) -> Machine:
        """Somebody who knows the organisation's root and nothing else."""
        (place / "new").mkdir()
        machine = Machine.fresh(place / "new")
        accept(Root(machine.root), self.anchor)
        return machine

    def thief(self, place: Path, *roles: str) -> Thief:
        return Thief.of(self.scene.mirror.path, self.scene.keys.path, *(roles or ONLINE), place=place / "stolen")


def cured(organisation: Organisation, place: Path, *roles: str) -> Mirror:
    """The genuine mirror, with other keys for these roles."""
    mirror = Mirror(Path(shutil.copytree(organisation.scene.mirror.path, place / "mirror")))
    keys = KeyDirectory(path=Path(shutil.copytree(organisation.scene.keys.path, place / "keys")))
    for role in roles:
        rotate(mirror, role, Change(), keys, time.time())
    return mirror


def copied(machine: Machine, home: Path) -> Machine:
    """A machine as it is now, to be changed."""
    shutil.copytree(machine.home, home, symlinks=True)
    return replace(machine, home=home, root=home / ".pyv")


def _newer(_: str, names: list[str]) -> list[str]:
    return ["timestamp.json", *(name for name in names if name.endswith(".root.json"))]


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    return Organisation.make(tmp_path_factory.mktemp("organisation"))


def forged() -> SignedIndex:
    """Records of the thief's own, signed by an artifact key of his own."""
    return index_of(FORGED, BEFORE)


def activated(machine: Machine) -> Left:
    """All that is installed, with whatever leads to it."""
    kept = ("locks", "index", "cache", "trust")
    return left_in(machine.root, without=kept) if machine.root.exists() else {}


def forged_releases_by_himself(thief: Thief, mine: SignedIndex) -> None:
    thief.listing("releases", MANIFEST, mine.manifests[HERE].encode(), thief.own)


def forged_releases_by_online_keys(thief: Thief, mine: SignedIndex) -> None:
    thief.listing("releases", MANIFEST, mine.manifests[HERE].encode(), *thief.stolen.values())


def forged_artifact_keys(thief: Thief, mine: SignedIndex) -> None:
    thief.listing("targets", KEYS, dump_key_list(mine.keys).encode(), *thief.stolen.values())


def forged_delegation(thief: Thief, mine: SignedIndex) -> None:
    targets = thief.role("targets")
    targets.signed.add_key(thief.own.public_key, "releases")
    thief.write("targets", targets, *thief.stolen.values())
    forged_releases_by_himself(thief, mine)
    thief.lead_to(targets=targets.signed.version)


def forged_root(thief: Thief, mine: SignedIndex) -> None:
    root = thief.role("root")
    root.signed.add_key(thief.own.public_key, "targets")
    thief.write("root", root, *thief.stolen.values(), thief.own)
    thief.listing("targets", KEYS, dump_key_list(mine.keys).encode(), thief.own)


def forged_manifest(thief: Thief, mine: SignedIndex) -> None:
    name = thief.role("releases").signed.targets[MANIFEST].hashes["sha256"]
    (thief.tree / f"targets/manifest/{name}.{HERE}.json").write_text(mine.manifests[HERE])
    thief.lead_to()


def replaced_archives(thief: Thief, _: SignedIndex) -> None:
    for path in (thief.tree / "blobs/sha256").iterdir():
        path.write_bytes(bytes(255 - byte for byte in path.read_bytes()))


ADDING: dict[str, tuple[Callable[[Thief, SignedIndex], None], str, str]] = {
    each.__name__.replace("_", " "): (each, wanted, told)
    for each, wanted, told in (
        (forged_releases_by_himself, FORGED, "releases"),
        (forged_releases_by_online_keys, FORGED, "releases"),
        (forged_artifact_keys, FORGED, "targets"),
        (forged_delegation, FORGED, "targets"),
        (forged_root, FORGED, "root"),
        (forged_manifest, FORGED, "is not consistent"),
        (replaced_archives, AFTER, AFTER),
    )
}


@pytest.mark.parametrize("attack", ADDING)
def test_online_keys_of_a_hybrid_mirror_add_nothing(organisation: Organisation, tmp_path: Path, attack: str) -> None:
    thief, mine = organisation.thief(tmp_path), forged()
    thief.put_blobs(mine.blobs)
    make, wanted, told = ADDING[attack]
    make(thief, mine)
    old, new = organisation.old_client(tmp_path), organisation.new_client(tmp_path)
    for client in (old, new):
        was = activated(client)
        run = client.pyv("install", wanted, "--index", thief.tree)
        if client is old and make is forged_manifest:
            run.fails(3, f"no build of `{FORGED}`")  # he has the genuine one, and asks for no other
        else:
            run.fails(4, told, "hint: ")
        assert activated(client) == was


def test_what_is_refused_is_what_the_targets_key_would_add(organisation: Organisation, tmp_path: Path) -> None:
    """The same forgeries with the targets key are believed: so the attacks above fail for want of that key alone."""
    thief, mine = organisation.thief(tmp_path, *ONLINE, "targets"), forged()
    thief.put_blobs(mine.blobs)
    targets = thief.role("targets")
    targets.signed.add_key(thief.own.public_key, "releases")
    targets.signed.targets[KEYS] = thief.put(KEYS, dump_key_list(mine.keys).encode())
    thief.write("targets", targets, thief.stolen["targets"])
    forged_releases_by_himself(thief, mine)
    thief.lead_to(targets=targets.signed.version)
    new = organisation.new_client(tmp_path)
    for client in (organisation.old_client(tmp_path), new):
        client.pyv("install", FORGED, "--index", thief.tree).ok()
        assert receipt_of(client, FORGED).artifact.keyid == mine.key.public_key.keyid
    mirror = cured(organisation, tmp_path, *ONLINE, "targets")
    new.pyv("index", "refresh", "--index", mirror.path).ok()
    new.pyv("install", FORGED, "--force", "--index", mirror.path).fails(3, f"no build of `{FORGED}`")
    new.pyv(
        "verify", FORGED
    ).ok()  # a limit that SECURITY.md tells of: nothing revokes it, but its receipt names the key
    assert [path for path in (new.root / "store").glob("*.json") if mine.key.public_key.keyid in path.read_text()]


def test_keys_of_upstreams_do_with_online_keys_what_they_do_upstream(
    organisation: Organisation, tmp_path: Path
) -> None:
    """Its releases key lists what was signed and nothing else; with an artifact key it lists anything."""
    index, thief = organisation.scene.index, organisation.thief(tmp_path)
    releases = index.repository.signers["releases"][0]
    client = organisation.new_client(tmp_path)
    for mine, told in (
        (forged(), "which this index does not name"),
        (index_of(FORGED, index=SignedIndex(key=index.key)), ""),
    ):
        thief.put_blobs(mine.blobs)
        thief.listing("releases", MANIFEST, mine.manifests[HERE].encode(), releases)
        run = client.pyv("install", FORGED, "--index", thief.tree)
        run.fails(4, told) if told else run.ok()


def test_online_keys_hide(organisation: Organisation, tmp_path: Path) -> None:
    """Old releases and revocations: new clients are kept in the past, on genuine builds; others never go back."""
    thief = organisation.thief(tmp_path)
    thief.lead_to(releases=1, revocations=1)
    new, old = organisation.new_client(tmp_path), organisation.old_client(tmp_path)
    new.pyv("install", AFTER, "--index", thief.tree).fails(3, f"no build of `{AFTER}`")
    new.pyv("install", "3.12.1", "--index", thief.tree).ok()
    assert receipt_of(new, "3.12.1").artifact in organisation.scene.index.artifacts
    was = activated(old)
    for wanted in (AFTER, "3.12.1"):
        old.pyv("install", wanted, "--index", thief.tree).fails(4, "hint: ")
    assert activated(old) == was
    old.shim("python", "-V", PYV_VERSION=BEFORE).shows(f"Python {BEFORE}\n")


def test_other_online_keys_end_it(organisation: Organisation, tmp_path: Path) -> None:
    """Whoever was shown the past, under version numbers that leave no way ahead, is shown the present again."""
    thief, new = organisation.thief(tmp_path), organisation.new_client(tmp_path)
    thief.lead_to(releases=1, revocations=1)
    new.pyv("install", "3.12.1", "--index", thief.tree).ok()
    new.pyv("install", AFTER, "--index", organisation.scene.mirror.path).fails(4, "other versions than it must")
    mirror = cured(organisation, tmp_path, *ONLINE)
    new.pyv("install", AFTER, "--index", mirror.path).ok()
    new.pyv("install", "3.12.1", "--force", "--index", mirror.path).fails(4, "a hole")
    thief.lead_to(releases=1, revocations=1)
    new.pyv("install", BEFORE, "--index", thief.tree).fails(4, "hint: ")


@pytest.mark.parametrize("roles", [{"releases": 1}, {"revocations": 1}], ids=["releases", "revocations"])
def test_online_keys_mix_no_generations_for_who_saw_the_newer(
    organisation: Organisation, tmp_path: Path, roles: dict[str, int]
) -> None:
    thief = organisation.thief(tmp_path)
    thief.lead_to(**roles)
    old, new = organisation.old_client(tmp_path), organisation.new_client(tmp_path)
    was = activated(old)
    old.pyv("install", AFTER, "--index", thief.tree).fails(4, "hint: ")
    assert activated(old) == was
    wanted = AFTER if "revocations" in roles else BEFORE
    new.pyv("install", wanted, "--index", thief.tree).ok()
    assert receipt_of(new, wanted).artifact in organisation.scene.index.artifacts


def test_a_host_without_keys_freezes_until_the_timestamp_expires(organisation: Organisation, tmp_path: Path) -> None:
    """With the online keys for longer: what they sign may be good for ten years, until root names others."""
    later = time.time() + 15 * 86400
    plain, keyed = organisation.scene.mirror.path, organisation.thief(tmp_path)
    keyed.lead_to()
    client = organisation.new_client(tmp_path)
    for tree in (plain, keyed.tree):
        access = Access(root=Root(client.root), client=no_network, now=later)
        found = recognise(Location.parse(str(tree), tmp_path), access)
        if tree == plain:
            with pytest.raises(ExpiredError):
                renew(found, [HERE], access)
        else:
            assert renew(found, [HERE], access).published


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, SignedIndex]:
    """A mirror of the organisation's own, of upstream's records, which took one of them back."""
    place = tmp_path_factory.mktemp("own")
    machine, upstream = Machine.fresh(place), index_of("3.12.1", "3.12.2")
    upstream.write(machine.cwd / "upstream")
    trust(machine, upstream)
    machine.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase").ok()
    sync = ("mirror", "sync", "mirror", "--keys", "keys", "--from", "upstream", "--builds", "all")
    machine.pyv(*sync).ok()
    upstream.revocations = Revocations((HOLE,))
    upstream.write(machine.cwd / "upstream")
    machine.pyv(*sync).ok()
    machine.pyv("trust", "add", "mirror", "--yes").ok()
    machine.pyv("install", BEFORE, "--index", "mirror").ok()
    return machine, upstream


OWN_ONLINE = (*ONLINE, "releases", "revocations")


def test_online_keys_of_an_own_mirror_add_nothing_either(own: tuple[Machine, SignedIndex], tmp_path: Path) -> None:
    machine, _ = own
    client, mine = copied(machine, tmp_path / "client"), forged()
    thief = Thief.of(machine.cwd / "mirror", machine.cwd / "keys", *OWN_ONLINE, place=tmp_path / "stolen")
    thief.put_blobs(mine.blobs)
    thief.listing("releases", MANIFEST, mine.manifests[HERE].encode(), thief.stolen["releases"])
    was = activated(client)
    client.pyv("install", FORGED, "--index", thief.tree).fails(4, "which this index does not name", "hint: ")
    assert activated(client) == was


def test_online_keys_of_an_own_mirror_hide(own: tuple[Machine, SignedIndex], tmp_path: Path) -> None:
    machine, upstream = own
    client = copied(machine, tmp_path / "client")
    thief = Thief.of(machine.cwd / "mirror", machine.cwd / "keys", *OWN_ONLINE, place=tmp_path / "stolen")
    fewer = dump_manifest(HERE, upstream.artifacts[:1])
    thief.listing("releases", MANIFEST, fewer.encode(), thief.stolen["releases"])
    was = activated(client)
    client.pyv("install", BEFORE, "--force", "--index", thief.tree).fails(3, f"no build of `{BEFORE}`")
    assert activated(client) == was


def test_an_own_mirror_drops_no_revocation_of_upstreams_silently(
    own: tuple[Machine, SignedIndex], tmp_path: Path
) -> None:
    """Whoever saw it keeps it; the audit says what is missing, and how old what the mirror has is."""
    machine, _ = own
    client = copied(machine, tmp_path / "client")
    thief = Thief.of(machine.cwd / "mirror", machine.cwd / "keys", *OWN_ONLINE, place=tmp_path / "stolen")
    nothing = dump_revocations(Revocations()).encode()
    thief.listing("revocations", REVOKED, nothing, thief.stolen["revocations"])
    (thief.tree / "targets" / REVOKED).write_bytes(nothing)
    client.pyv("install", "3.12.1", "--index", thief.tree).fails(4, "a hole")

    shutil.copytree(machine.cwd / "mirror/.pyv", thief.tree / ".pyv")
    run = machine.pyv("mirror", "audit", thief.tree, "--upstream", "upstream")
    assert run.status == 1, (run.stdout, run.stderr)
    assert "revocation" in run.stdout
    assert "3.12.1" in run.stdout
    assert "upstream revocations: " in run.stdout
    shutil.rmtree(thief.tree / ".pyv")  # and who brought nothing along is told that there is none
    alone = machine.pyv("mirror", "audit", thief.tree)
    assert "upstream revocations: absent" in alone.stdout, (alone.stdout, alone.stderr)
