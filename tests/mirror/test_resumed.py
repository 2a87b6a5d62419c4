"""A hybrid mirror whose directory was lost goes on from its last bundle file, as the hybrid mirror it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.install.scene import index_of, trust
from tests.mirror.hybrid import CARRIED, Scene
from tests.support.runner import Run


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """What is left of a hybrid mirror: its keys, and a bundle file."""
    scene = Scene.make(tmp_path)
    mirror(scene, "sync", "mirror", "--keys", "keys").ok()
    mirror(scene, "export", "mirror", "-o", "bundle.tar").ok()
    root = hashlib.sha256((scene.mirror.metadata / "1.root.json").read_bytes()).hexdigest()
    mirror(scene, "import", "bundle.tar", "again", "--sha256", root).ok()
    return scene


def mirror(scene: Scene, *words: str) -> Run:
    return scene.machine.pyv("mirror", *words)


def settings(scene: Scene) -> dict[str, object]:
    found: dict[str, object] = json.loads((scene.machine.cwd / "again/.pyv/mirror.json").read_bytes())
    return found


def test_it_follows_the_same_upstream_byte_for_byte(scene: Scene) -> None:
    index_of("3.13.1", index=scene.index)
    scene.index.write(scene.upstream)
    scene.put_away("root", "targets")
    run = mirror(scene, "sync", "again", "--keys", "keys", "--from", str(scene.upstream)).ok()
    assert "published: releases 2, revocations 2, snapshot 2, timestamp 2" in run.stderr
    assert settings(scene)["mode"] == "hybrid"
    for role in CARRIED:
        newest = sorted((scene.upstream / "metadata").glob(f"*.{role}.json"))[-1]
        assert (scene.machine.cwd / "again/metadata" / newest.name).read_bytes() == newest.read_bytes()
    mirror(scene, "verify", "again").ok()
    mirror(scene, "sync", "again", "--keys", "keys").ok()


def test_it_becomes_no_mirror_of_ones_own_by_mistake(scene: Scene) -> None:
    other = index_of("3.12.1")
    other.write(scene.machine.cwd / "other")
    trust(scene.machine, other)
    before = settings(scene), (scene.machine.cwd / "again/metadata/timestamp.json").read_bytes()
    run = mirror(scene, "sync", "again", "--keys", "keys", "--from", "other")
    assert run.status == 2
    assert f"neither {scene.machine.cwd / 'other'} nor a key in {scene.keys.path} signs its releases" in run.stderr
    assert (settings(scene), (scene.machine.cwd / "again/metadata/timestamp.json").read_bytes()) == before
