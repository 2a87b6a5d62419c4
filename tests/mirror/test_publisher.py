"""Publishing, seen by python-tuf's own client: all of it pyv's, or none; new, or as it was; never half of it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyv.domain.revocation import Revocation
from pyv.errors import StoreError
from pyv.mirror.build import extend_index
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.publisher import publish
from pyv.mirror.revoke import revoke
from pyv.mirror.rotate import Change, rotate
from tests.install.scene import left_in
from tests.mirror.facts import fact
from tests.mirror.stock import DAY, NAMES, Stock, document, working_copies
from tests.support.repository import DAYS, DELEGATED
from tests.support.runner import Machine


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of one record, and its keys."""
    place = tmp_path_factory.mktemp("template")
    Machine.fresh(place).pyv("mirror", "init", place / "mirror", "--keys", place / "keys", "--no-passphrase").ok()
    extend_index([fact("3.12.1")], KeyDirectory(path=place / "keys"), place / "mirror", time.time())
    return place


@pytest.fixture
def place(template: Path, machine: Machine) -> Path:
    """The same, to be changed; the machine works there."""
    return Path(shutil.copytree(template, machine.cwd, dirs_exist_ok=True))


def test_a_stock_client_reads_what_was_published(place: Path) -> None:
    client = Stock(place / "mirror", place / "client")
    assert client.read(*NAMES) == working_copies(place / "mirror")
    assert client.versions() == {**dict.fromkeys(DAYS, 1), "releases": 2, "snapshot": 2, "timestamp": 2}
    assert client.read("manifest/other.json", "revocations/other.json", "blobs/sha256/00", "trust/root.json") == {}


def test_roles_are_what_the_reference_says(place: Path) -> None:
    metadata = place / "mirror/metadata"
    root, targets = document(metadata / "1.root.json"), document(metadata / "1.targets.json")
    assert root["consistent_snapshot"] is True
    assert root["roles"].keys() == {"root", "targets", "snapshot", "timestamp"}
    delegated = {role["name"]: role for role in targets["delegations"]["roles"]}
    assert {name: role["paths"] for name, role in delegated.items()} == {n: [p] for n, p in DELEGATED.items()}
    assert [role["terminating"] for role in delegated.values()] == [True, True]
    roles = [*root["roles"].values(), *delegated.values()]
    assert {role["threshold"] for role in roles} == {1}
    assert len({keyid for role in roles for keyid in role["keyids"]}) == 6, "no key serves two roles"
    assert list(targets["targets"]) == ["trust/artifact-keys.json"]
    for path in metadata.glob("*.json"):
        signed = document(path)
        days = DAYS[re.sub(r"^\d+\.|\.json$", "", path.name)]
        left = datetime.fromisoformat(signed["expires"].replace("Z", "+00:00")).timestamp() - time.time()
        assert days * DAY - 120 < left <= days * DAY, path.name


def test_files_are_named_by_digest_and_version(place: Path) -> None:
    mirror = place / "mirror"
    hashed = [path for path in mirror.glob("targets/*/*.json") if re.match(r"[0-9a-f]{64}\.", path.name)]
    assert [path.name[:64] for path in hashed] == [hashlib.sha256(path.read_bytes()).hexdigest() for path in hashed]
    current = {f"{hashlib.sha256(content).hexdigest()}" for content in working_copies(mirror).values()}
    assert current <= {path.name[:64] for path in hashed}
    timestamp = document(mirror / "metadata/timestamp.json")["meta"]["snapshot.json"]
    content = (mirror / f"metadata/{timestamp['version']}.snapshot.json").read_bytes()
    assert (timestamp["length"], timestamp["hashes"]["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    pack = json.loads((mirror / "refresh.json").read_bytes())["files"]
    assert {name: (mirror / name).read_text() for name in pack} == pack
    assert f"metadata/{timestamp['version']}.snapshot.json" in pack


def test_unchanged_content_is_not_published_again(machine: Machine, place: Path) -> None:
    was = left_in(place / "mirror", without=(".pyv",))
    machine.pyv("mirror", "sign", "publish", "mirror", "--keys", "keys").shows(stderr="nothing new to publish\n")
    extend_index([fact("3.12.1")], KeyDirectory(path=place / "keys"), place / "mirror", time.time())
    assert left_in(place / "mirror", without=(".pyv",)) == was
    machine.pyv("mirror", "revoke", "mirror", "--keys", "keys", "--version", "3.9.1", "--reason", "old").ok()
    now = left_in(place / "mirror", without=(".pyv",))
    assert {"metadata/3.snapshot.json", "metadata/2.revocations.json"} < now.keys()
    assert not {"metadata/3.releases.json", "metadata/2.targets.json", "metadata/2.root.json"} & now.keys()


def test_a_client_in_the_middle_of_a_publication_ends_with_what_it_began(place: Path) -> None:
    def publish_something(name: str) -> None:
        if name == "metadata/2.snapshot.json":
            extend_index([fact("3.13.1")], KeyDirectory(path=place / "keys"), place / "mirror", time.time())

    old = working_copies(place / "mirror")
    assert Stock(place / "mirror", place / "client", publish_something).read(*NAMES) == old
    assert Stock(place / "mirror", place / "client").read(*NAMES) == working_copies(place / "mirror") != old


def stop_after(patch: pytest.MonkeyPatch, changes: int, fault: BaseException) -> list[str]:
    """Let so many files be put in place or removed, and no more; their names as it goes on."""
    made: list[str] = []

    def counted(real: Callable[..., None]) -> Callable[..., None]:
        def run(*paths: Path, **options: Any) -> None:
            if os.path.exists(paths[0]) and not str(paths[-1]).endswith(".tmp"):  # what a failed write clears away
                if len(made) == changes:
                    raise fault
                made.append(str(paths[-1]))
            real(*paths, **options)

        return run

    patch.setattr("os.replace", counted(os.replace))
    patch.setattr("os.unlink", counted(os.unlink))
    return made


def _rotate(role: str, mirror: Mirror, keys: KeyDirectory) -> object:
    return rotate(mirror, role, Change(), keys, time.time())


ENTRY = Revocation(action="block", version="3.12.1", reason="a hole", date="2026-11-23")
DEEDS: dict[str, Callable[[Mirror, KeyDirectory], object]] = {
    "add": lambda mirror, keys: extend_index([fact("3.13.1")], keys, mirror.path, time.time()),
    "revoke": lambda mirror, keys: revoke(mirror, ENTRY, keys, time.time()),
    **{role: partial(_rotate, role) for role in (*DAYS, "artifact")},
}


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(errno.ENOSPC, "no space")], ids=["killed", "full"])
@pytest.mark.parametrize("deed", DEEDS)
def test_stopped_at_any_write(template: Path, tmp_path: Path, deed: str, fault: BaseException) -> None:
    """A client, old or new, reads the old state or the new one; whoever does it again ends with the new one."""
    for changes in count():
        place = Path(shutil.copytree(template, tmp_path / str(changes)))
        mirror, keys = Mirror(place / "mirror"), KeyDirectory(path=place / "keys")
        clients, old = [Stock(mirror.path, place / name) for name in ("old", "new")], working_copies(mirror.path)
        clients[0].read()
        with pytest.MonkeyPatch.context() as patch:
            made = stop_after(patch, changes, fault)
            try:
                DEEDS[deed](mirror, keys)
                break
            except (KeyboardInterrupt, StoreError):
                pass
        for client in clients:
            assert client.read(*NAMES) in (old, working_copies(mirror.path)), made
        DEEDS[deed](mirror, keys)
        assert (left_in(mirror.drafts), publish(mirror, keys, time.time()).changed) == ({}, {}), made
        for client in clients:
            assert client.read(*NAMES) == working_copies(mirror.path), made
    assert changes == len(made) >= 4
    last = [Path(path).name for path in made if Path(path).exists()][-1]
    by_root = ("root", "timestamp", "snapshot", "targets")
    assert last == ("2.root.json" if deed in by_root else "timestamp.json")


def test_stopped_at_any_write_of_the_first_publication(tmp_path: Path) -> None:
    """There is nothing to read, or all of it; and `sign publish` does what was left."""
    for changes in count():
        mirror, keys = Mirror(tmp_path / f"mirror-{changes}"), KeyDirectory(path=tmp_path / "keys")
        with pytest.MonkeyPatch.context() as patch:
            made = stop_after(patch, changes, KeyboardInterrupt())
            try:
                init(mirror.path, keys, time.time())
                break
            except KeyboardInterrupt:
                assert not (mirror.metadata / "timestamp.json").exists(), made
        if mirror.exists:
            publish(mirror, keys, time.time())
            assert Stock(mirror.path, tmp_path / f"{changes}").read(*NAMES) == working_copies(mirror.path), made
    assert made[-1] == str(mirror.metadata / "timestamp.json")
