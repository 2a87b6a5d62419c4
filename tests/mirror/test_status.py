"""`pyv mirror status`: the same line for the same mirror, and nothing touched to say it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path

import pytest

from pyv.domain.derived import Derived
from pyv.domain.timestamp import utc
from pyv.mirror.derived import write_derived
from pyv.mirror.exports import Export, remember
from pyv.mirror.generation import read_generation
from pyv.mirror.rotate import Change, rotate
from tests.install.scene import HERE
from tests.mirror.care import NEW, OLD, Scene, files, settings

CHOICE = {"versions": ["3.12.3"], "triples": [HERE], "flavors": ["full"], "variants": ["debug"], "builds": "all"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.make(tmp_path_factory.mktemp("template"))


@pytest.fixture
def scene(template: Scene, tmp_path: Path) -> Scene:
    return template.copy(tmp_path)


def test_a_mirror_of_ones_own(scene: Scene) -> None:
    before = files(scene.path)
    root = (scene.mirror.metadata / "1.root.json").read_bytes()
    current = read_generation(scene.mirror)
    assert current is not None
    drafts = {"root": current.root, **current.listing, "snapshot": current.snapshot, "timestamp": current.timestamp}
    key = scene.mirror.read_keys().keys[0]
    digest = hashlib.sha256(root).hexdigest()
    size = sum(record.size or 0 for record in scene.records.values())
    scene.run("status", "mirror").shows(
        f"mirror    {scene.path} (own)\n"
        "upstream  none\n"
        f"root      {digest[:16]} (version 1, sha256 {digest})\n"
        f"published {current.timestamp.published}\n"
        + "".join(
            f"role      {name} {draft.version}, good until {utc(draft.expires)}\n" for name, draft in drafts.items()
        )
        + "records   2\n"
        f"archives  2 ({size} bytes)\n"
        f"key       {key.keyid[:16]} own, public key {key.public.hex()}\n"
    )
    assert files(scene.path) == before
    scene.machine.pyv("trust", "add", scene.path, "--yes").ok()
    assert digest[:16] in scene.machine.pyv("trust", "list").ok().stdout, "the name the root has there"


def test_for_scripts(scene: Scene) -> None:
    """The same mirror after a synchronisation of some of it, a rotation that waits, an export and an import."""
    (scene.keys.path / "root.pem").rename(scene.machine.cwd / "root.pem")
    rotate(scene.mirror, "timestamp", Change(), scene.keys, time.time())
    key = scene.mirror.read_keys().keys[0]
    synced = {"at": "2026-11-01T00:00:00Z", "published": "2026-10-31T00:00:00Z", "revocations": 0}
    settings(
        scene,
        mode="hybrid",
        upstream="https://upstream.example/",
        upstream_keys=[key.keyid],
        choice={**CHOICE, "flavors": [], "variants": [], "builds": "newest"},
        synced=synced,
        imported={"at": "2026-11-02T00:00:00Z", "bundle": "0123456789ab"},
    )
    scene.blob(OLD).unlink()
    scene.blob(NEW).unlink()
    (scene.mirror.work.partial).mkdir(parents=True)
    for name in (scene.records[NEW].sha256, f"{scene.records[NEW].sha256}.json"):
        (scene.mirror.work.partial / name).write_text("half")
    export = Export(index="a" * 64, number=1, at="2026-11-03T00:00:00Z", snapshot=3, timestamp=3, archives=frozenset())
    remember(scene.mirror, export)
    content = b"a packing"
    packing = Derived(origin=scene.records[OLD].sha256, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    write_derived(scene.mirror, HERE, [packing])
    scene.mirror.blob(packing.sha256).write_bytes(content)
    before = files(scene.path)
    told = scene.run("status", "mirror", "--json").ok().json
    assert files(scene.path) == before
    assert told["directory"] == str(scene.path)
    assert (told["mode"], told["upstream"]) == ("hybrid", "https://upstream.example/")
    assert told["choice"]["versions"] == ["3.12.3"]
    assert told["synced"] == {"at": synced["at"], "published": synced["published"]}
    assert told["imported"] == {"at": "2026-11-02T00:00:00Z", "bundle": "0123456789ab"}
    assert told["exports"] == [{"id": export.ident, "number": 1, "at": export.at}]
    assert (told["records"], told["archives"], told["bytes"], told["packings"]) == (2, 1, len(content), 1)
    assert (told["missing"], told["absent"], told["partial"]) == (1, 1, 1)
    waiting = told["waiting"][0]
    assert (waiting["role"], waiting["version"], waiting["signed"], waiting["threshold"]) == ("root", 2, [], 1)
    assert len(waiting["missing"]) == 1
    assert told["keys"] == [{"keyid": key.keyid, "public": key.public.hex(), "upstream": True}]
    assert {role["name"]: role["version"] for role in told["roles"]} == {
        role: json.loads(scene.metadata(role).read_bytes())["signed"]["version"]
        for role in ("root", "targets", "releases", "revocations", "snapshot", "timestamp")
    }
    assert not any(role["expired"] for role in told["roles"])


def test_what_is_chosen_in_words(scene: Scene) -> None:
    def chosen(**choice: object) -> str:
        settings(scene, upstream="embedded", choice={**CHOICE, **choice})
        lines = scene.run("status", "mirror").ok().stdout.splitlines()
        assert "synced    never" in lines
        return next(line.removeprefix("chosen    ") for line in lines if line.startswith("chosen"))

    assert chosen() == f"3.12.3; {HERE}; every build; full; debug"
    nothing: list[str] = []
    everything = chosen(versions=nothing, triples=nothing, flavors=nothing, variants=nothing, builds="newest")
    assert everything == "every release; every platform; newest builds; the best flavor; the default variant"


def test_people_see_what_is_wrong(tmp_path: Path) -> None:
    scene = Scene.make(tmp_path, ago=20 * 86400)
    scene.blob(OLD).unlink()
    stdout = scene.run("status", "mirror").ok().stdout
    assert re.search(r"^role      timestamp \d+, expired 20", stdout, re.MULTILINE)
    assert "; 1 missing\n" in stdout


def test_before_the_first_publication(scene: Scene) -> None:
    for path in scene.mirror.metadata.iterdir():
        path.unlink()
    stdout = scene.run("status", "mirror").ok().stdout
    assert "root      nothing is published yet\n" in stdout
    assert "records   2\n" in stdout


def test_what_is_damaged_is_an_error(scene: Scene) -> None:
    scene.mirror.settings.write_text(json.dumps({"format": 1, "mode": "other"}))
    scene.run("status", "mirror").fails(8, "`other` is neither `own` nor `hybrid`", "restore")
    scene.run("status", "nowhere").fails(7, "is not a mirror", "pyv mirror init")
