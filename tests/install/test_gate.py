"""The activation gate from outside: what the index says now is asked beside the download, and nothing goes round it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.store.paths import Root
from pyv.trust.keys import dump_key_list
from tests.install.scene import HERE, blob_path, index_of, let_age, receipt_of, serve_index, trust
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

TIMESTAMP = "/metadata/timestamp.json"


class Scene:
    """A machine that knows an index on the network, as it was two hours ago."""

    def __init__(self, machine: Machine, server: Server, tree: Path) -> None:
        self.machine, self.server, self.tree = machine, server, tree
        self.index = index_of("3.12.1")
        self.address = serve_index(server, self.index.write(tree))
        trust(machine, self.index)
        machine.pyv("index", "refresh", "--index", self.address).ok()
        let_age(machine)
        server.requests.clear()

    def publish(self, *, key_list: str = "") -> None:
        """Serve a new version of the index."""
        self.server.put_tree(self.index.write(self.tree, key_list=key_list))

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.server.requests]

    def nothing_is_left(self) -> None:
        root = Root(self.machine.root)
        for place in (root.versions, root.blobs, root.partial, root.shims):
            assert not place.is_dir() or not list(place.iterdir()), place


@pytest.fixture
def scene(machine: Machine, server: Server, tmp_path: Path) -> Scene:
    return Scene(machine, server, tmp_path / "mirror")


def test_a_fresh_index_is_not_asked(scene: Scene) -> None:
    scene.machine.pyv("index", "refresh", "--index", scene.address).ok()
    scene.server.requests.clear()
    scene.machine.pyv("install", "3.12", "--index", scene.address).ok()
    assert scene.paths == [blob_path(scene.index.artifacts[0])]
    assert receipt_of(scene.machine, "3.12.1").level == "index-fresh"


def test_nothing_new_takes_two_requests(scene: Scene) -> None:
    scene.machine.pyv("index", "refresh", "--index", scene.address).ok()
    assert scene.paths == ["/metadata/2.root.json", TIMESTAMP]


def test_the_refresh_runs_beside_the_download(scene: Scene) -> None:
    """The index answers slowly: the archive was asked for before the answer was there."""
    scene.publish()
    timestamp = scene.server.behaviour(TIMESTAMP)
    assert timestamp is not None
    scene.server.put(TIMESTAMP, timestamp.body, drip=(100, 0.1))
    scene.machine.pyv("install", "3.12.1", "--index", scene.address).ok()
    assert scene.paths.index(blob_path(scene.index.artifacts[0])) < scene.paths.index("/refresh.json")
    receipt = receipt_of(scene.machine, "3.12.1")
    assert receipt.level == "index-fresh"
    assert receipt.phases["gate"] > 0


def test_what_was_superseded_meanwhile_gives_way(scene: Scene) -> None:
    index_of("3.12.2", index=scene.index)
    scene.publish()
    run = scene.machine.pyv("install", "3.12", "--index", scene.address).ok()
    assert "3.12.1: the refreshed index has another build for it" in run.stderr
    scene.machine.shim("python", "-V", PYV_VERSION="3.12.2").shows("Python 3.12.2\n")
    assert not Root(scene.machine.root).version_link("3.12.1").exists()


@pytest.mark.parametrize("by", ["sha256", "build", "version", "key"])
def test_what_was_revoked_meanwhile_is_not_activated(scene: Scene, by: str) -> None:
    (record,) = scene.index.artifacts
    about = {
        "sha256": {"sha256": record.sha256},
        "build": {"build": record.build},
        "version": {"version": record.version},
        "key": {"keyid": record.keyid},
    }[by]
    entry = Revocation(action="block", reason="a backdoor", date="2026-11-20", **about)
    scene.index.revocations = Revocations((entry,))
    scene.publish()
    run = scene.machine.pyv("install", "3.12.1", "--index", scene.address)
    run.fails(4, "a backdoor", "hint: ")
    scene.nothing_is_left()
    scene.server.requests.clear()
    scene.machine.pyv("install", "3.12.1", "--index", scene.address).fails(4, "a backdoor")
    assert scene.paths == [], "it is known now"


def test_a_key_that_was_revoked_meanwhile_signs_nothing(scene: Scene) -> None:
    """It is the targets role that says so, by two of three keys."""
    entry = {**scene.index.key.public_key.to_dict(), "revoked": True}
    scene.publish(key_list=json.dumps({"format": 1, "keys": [entry]}))
    scene.machine.pyv("install", "3.12.1", "--index", scene.address).fails(4, "has been revoked")
    scene.nothing_is_left()


def test_an_index_that_lies_meanwhile_activates_nothing(scene: Scene) -> None:
    """There is no falling back to what was verified before: somebody is lying now."""
    scene.index.repository.signers["timestamp"] = SignedIndex().repository.signers["timestamp"]
    scene.publish()
    scene.machine.pyv("install", "3.12.1", "--index", scene.address).fails(4, "timestamp", "hint: ")
    assert not Root(scene.machine.root).version_link("3.12.1").exists()


def test_what_is_not_known_yet_is_asked_for(scene: Scene) -> None:
    """An index of two hours ago says no for no longer than it takes to ask."""
    index_of("3.12.2", index=scene.index)
    scene.publish()
    scene.machine.pyv("install", "3.12.2", "--index", scene.address).ok()
    scene.machine.pyv("install", "3.12.3", "--index", scene.address).fails(3, "no build of `3.12.3`")


def test_what_a_fresh_index_does_not_know_is_asked_for_too(scene: Scene) -> None:
    """It came out a minute ago; an hour's patience is for what is found."""
    scene.machine.pyv("index", "refresh", "--index", scene.address).ok()
    index_of("3.12.2", index=scene.index)
    scene.publish()
    scene.machine.pyv("install", "3.12.2", "--index", scene.address).ok()
    scene.server.requests.clear()
    run = scene.machine.pyv("install", "3.12.3", "--index", scene.address, "--offline", "--mirror", scene.tree)
    run.fails(3, "no build of `3.12.3`")
    assert scene.paths == []


def test_what_is_not_known_and_cannot_be_asked_for_is_said_with_both_causes(scene: Scene) -> None:
    body = scene.server.behaviour(TIMESTAMP)
    assert body is not None
    scene.server.put(TIMESTAMP, body.body, status=503)
    run = scene.machine.pyv("install", "3.12.2", "--index", scene.address)
    run.fails(3, "no build of `3.12.2`", "503", "the index as it was verified before is used")


@pytest.mark.parametrize("behaviour", [{"status": 503}, {"status": 404}, {"drop_after": 10}])
def test_an_index_that_cannot_be_reached_is_said_and_what_is_valid_serves(
    scene: Scene, behaviour: dict[str, Any]
) -> None:
    body = scene.server.behaviour(TIMESTAMP)
    assert body is not None
    scene.server.put(TIMESTAMP, body.body, **behaviour)
    run = scene.machine.pyv("install", "3.12.1", "--index", scene.address).ok()
    assert "the index as it was verified before is used, which is still valid" in run.stderr
    scene.machine.shim("python", "-V", PYV_VERSION="3.12.1").shows("Python 3.12.1\n")


def test_what_is_installed_already_asks_nobody_by_its_exact_name(scene: Scene) -> None:
    scene.machine.pyv("install", "3.12.1", "--index", scene.address).ok()
    let_age(scene.machine)
    scene.server.requests.clear()
    scene.machine.pyv("install", "3.12.1", "--index", scene.address).ok()
    assert scene.paths == []


def test_several_versions_share_one_refresh(scene: Scene) -> None:
    index_of("3.11.9", "3.13.0", index=scene.index)
    scene.publish()
    scene.machine.pyv("index", "refresh", "--index", scene.address).ok()
    let_age(scene.machine)
    scene.server.requests.clear()
    scene.machine.pyv("install", "3.11", "3.12", "3.13", "--index", scene.address).ok()
    assert scene.paths.count(TIMESTAMP) == 1
    assert len(scene.paths) == 5, scene.paths


def test_a_manifest_that_is_not_kept_is_fetched_when_it_is_asked_for(scene: Scene) -> None:
    """A machine that only knows its own triple is asked for another one."""
    other = "aarch64-apple-darwin" if "apple" not in HERE else "x86_64-unknown-linux-gnu"
    scene.index.add("3.12.1", b"x", triple=other)
    scene.publish()
    run = scene.machine.pyv("available", "3.12.1", "--triple", other, "--index", scene.address, "--json").ok()
    assert [each["triple"] for each in run.json["artifacts"]] == [other]
    assert sum("/targets/manifest/" in path for path in scene.paths) == 1


def test_key_lists_of_the_index_are_what_signs(scene: Scene) -> None:
    """A record by a key of nobody is refused although every online key vouches for its manifest."""
    thief = SignedIndex(repository=scene.index.repository)
    index_of("3.12.9", index=thief)
    thief.write(scene.tree, key_list=dump_key_list(scene.index.keys))
    scene.server.put_tree(scene.tree)
    scene.machine.pyv("install", "3.12.9", "--index", scene.address).fails(
        4, "3.12.9", "which this index does not name", "hint: "
    )
    scene.nothing_is_left()


def test_two_requests_that_meet_only_in_an_old_index_are_both_met(scene: Scene) -> None:
    """By what is kept both mean 3.12.1; by what is published the first means 3.12.2."""
    index_of("3.12.2", index=scene.index)
    scene.publish()
    scene.machine.pyv("install", "3.12", "3.12.1", "--index", scene.address).ok()
    for version in ("3.12.1", "3.12.2"):
        scene.machine.shim("python", "-V", PYV_VERSION=version).shows(f"Python {version}\n")
