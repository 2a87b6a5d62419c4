"""The GitHub action, step by step on a faked runner, toward a mirror on this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyv import __version__
from pyv.store.paths import Root
from tests.install.scene import HERE, anchor_of, assert_sound, blob_path, index_of, publish, serve_index
from tests.self.kit import _PYTHON as PYTHON_SCRIPT
from tests.self.kit import ARCHIVE, Tiny
from tests.support import forked
from tests.support.archives import TarBuilder
from tests.support.composite import Composite, Ended, read_yaml
from tests.support.index import SignedIndex
from tests.support.real import need
from tests.support.runner import Machine
from tests.support.server import Server

CHECKOUT = Path(__file__).parents[2]
ACTION = read_yaml((CHECKOUT / "action.yml").read_text(encoding="utf-8"))


@dataclass
class Scene:
    """A repository, a runner whose image has pyv, and a mirror that everything comes from."""

    job: Composite
    index: SignedIndex
    url: str
    server: Server

    def run(self, **inputs: str) -> Ended:
        """Use the action with this mirror, whose root lies in the repository."""
        return self.job.run(**{"index": self.url, "trust": "keys/root.json", **inputs})

    @property
    def root(self) -> Path:
        """Where the action puts pyv's root."""
        return Path(self.job.variables["RUNNER_TOOL_CACHE"]) / "pyv"

    def blobs_asked(self) -> int:
        """How many archives were fetched so far."""
        return sum("/blobs/" in request.path for request in self.server.requests)


def job_in(place: Path, **changes: str) -> Composite:
    """A job of a runner that begins with nothing."""
    workspace, programs = place / "workspace", place / "programs"
    for directory in (workspace, programs, place / "home"):
        directory.mkdir(parents=True)
    pyv = programs / "pyv"
    pyv.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m pyv \"$@\"\n", encoding="utf-8")
    pyv.chmod(0o755)
    variables = {
        **forked.kept_variables(),
        "HOME": str(place / "home"),
        "PATH": f"{programs}:/usr/bin:/bin",
        "RUNNER_TOOL_CACHE": str(place / "tools"),
        **changes,
    }
    return Composite(CHECKOUT, place / "runner", workspace, variables, place / "caches")


@pytest.fixture
def scene(tmp_path: Path, server: Server) -> Scene:
    """3.12.2 and 3.13.1 in the mirror, 3.12 pinned in the repository."""
    index = index_of("3.12.2", "3.13.1")
    url = serve_index(server, index.write(tmp_path / "mirror"))
    job = job_in(tmp_path / "job")
    (job.workspace / "keys").mkdir()
    (job.workspace / "keys" / "root.json").write_text(anchor_of(index).root, encoding="utf-8")
    (job.workspace / ".python-version").write_text("3.12\n", encoding="utf-8")
    return Scene(job, index, url, server)


def python(ended: Ended, scene: Scene) -> str:
    """What `python` is in the step behind the action."""
    path = shutil.which("python", path=ended.job.path(scene.job.variables["PATH"]))
    return "" if path is None else path


def test_inputs_are_data_and_foreign_actions_are_pinned() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["id"]
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
    needed = {"python-version", "python-version-file", "lock", "index", "mirror", "cache"}
    assert needed <= ACTION["inputs"].keys()
    assert ACTION["outputs"].keys() == {"python-version", "python-path", "cache-hit"}
    assert all(not told.get("required") for told in ACTION["inputs"].values())
    scripts = [step["run"].split("/")[-1].rstrip('"') for step in ACTION["runs"]["steps"] if "run" in step]
    assert scripts == ["key.sh", "setup.sh", "env.sh"]


def test_a_job_gets_its_python_and_the_next_one_from_the_cache(scene: Scene) -> None:
    first = scene.run()
    assert (first.status, first.errors) == (0, []), first.log
    at = scene.root / "versions" / "3.12.2"
    assert first.outputs == {"python-version": "3.12.2", "python-path": f"{at}/bin/python", "cache-hit": "false"}
    assert python(first, scene) == f"{at}/bin/python"
    assert first.job.variables["pythonLocation"] == str(at)
    assert first.job.variables["PYV_ROOT"] == str(scene.root)
    assert "| cache | not restored |" in first.summary
    assert "::group::pyv install 3.12\n" in first.log
    assert scene.blobs_asked() == 1

    (at / "lib" / "left-by-the-job").touch()
    shutil.rmtree(scene.root)
    again = scene.run()
    assert (again.status, again.outputs) == (0, {**first.outputs, "cache-hit": "true"}), again.log
    assert not (at / "lib" / "left-by-the-job").exists(), "what a job leaves is none of the next job's"
    assert_sound(Root(scene.root), "3.12.2")
    assert "| cache | restored |" in again.summary
    assert scene.blobs_asked() == 1

    kept = scene.run()
    assert (kept.status, kept.outputs["cache-hit"]) == (0, "false"), "the root is still there: nothing is restored"
    assert [line.split()[0] for line in scene.job.cached] == ["restore", "save", "restore"]


def test_a_root_from_the_cache_works_elsewhere_and_for_another_user(scene: Scene) -> None:
    assert scene.run().status == 0
    place = Path(tempfile.mkdtemp(prefix="pyv-action-"))
    try:
        needed = (str(CHECKOUT), sys.prefix, sys.base_prefix, tempfile.gettempdir())
        user = 65534 if os.getuid() == 0 and all(map(_is_open, needed)) else None
        place.chmod(0o755)
        there = job_in(place / "another runner's")
        there.caches, there.user = scene.job.caches, user
        shutil.copytree(scene.job.workspace, there.workspace, dirs_exist_ok=True)
        for path in (place / "another runner's", *(place / "another runner's").iterdir()):
            os.chown(path, user if user is not None else -1, -1)
        moved = Scene(there, scene.index, scene.url, scene.server)
        ended = moved.run()
        assert (ended.status, ended.outputs.get("cache-hit")) == (0, "true"), ended.log
        assert ended.outputs["python-path"] == f"{moved.root}/versions/3.12.2/bin/python"
        assert_sound(Root(moved.root), "3.12.2")
        assert str(scene.root) not in (moved.root / "shims" / "python").read_text(encoding="utf-8")
        assert "3.12.2: its root was moved here from" in ended.log
        assert scene.blobs_asked() == 1, "nothing was fetched again"
    finally:
        shutil.rmtree(place)


def _is_open(path: str) -> bool:
    """Whether any user may read what lies here."""
    real = Path(path).resolve()
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in (real, *real.parents))


def test_a_floating_request_is_never_answered_by_an_old_cache(scene: Scene, tmp_path: Path) -> None:
    assert scene.run(python_version="3.12").outputs["python-version"] == "3.12.2"
    shutil.rmtree(scene.root)
    index_of("3.12.9", index=scene.index)
    scene.server.put_tree(scene.index.write(tmp_path / "newer"))
    ended = scene.run(python_version="3.12")
    assert (ended.outputs["python-version"], ended.outputs["cache-hit"]) == ("3.12.9", "true"), ended.log
    date = Path(scene.job.variables["PATH"].split(":")[0]) / "date"
    date.write_text('#!/bin/sh\n[ "$*" = "-u +%G-%V" ] && echo 2031-07\n', encoding="utf-8")
    date.chmod(0o755)
    shutil.rmtree(scene.root)
    ended = scene.run(python_version="3.12")
    assert (ended.outputs["python-version"], ended.outputs["cache-hit"]) == ("3.12.9", "false")


def test_the_key_is_that_of_what_is_asked_for(scene: Scene) -> None:
    def key(**inputs: str) -> str:
        scene.job.cached.clear()
        scene.job.run("restore", **{"index": "/nowhere", **inputs})
        return scene.job.cached[0].split()[1]

    lock = scene.job.workspace / "pyv.lock"
    lock.write_text("one", encoding="utf-8")
    locked = key()
    keys = [locked, key(python_version="3.12"), key(lock="false"), key(lock="false", index="/elsewhere")]
    lock.write_text("two", encoding="utf-8")
    keys += [key(), key(lock="false", python_version="3.13"), key(lock="false", mirror="/there")]
    assert len(set(keys)) == len(keys)
    lock.write_text("one", encoding="utf-8")
    assert key() == key(index="/elsewhere") == locked, "what a lock names is the same from everywhere"
    machine = os.uname().machine
    assert all(key.startswith(f"pyv-1-{machine}-") and HERE in key for key in keys)


def test_a_lock_is_what_counts(scene: Scene, machine: Machine, tmp_path: Path) -> None:
    """From a place that only has archives: no index is asked, so nobody's root is needed, only the publisher's key."""
    index, lock = scene.index, scene.job.workspace / "pyv.lock"
    mirror = publish(index, tmp_path / "published", machine)
    machine.pyv("lock", "--triple", HERE, "--index", mirror, cwd=scene.job.workspace).ok()
    index_of("3.12.9", index=index)
    scene.server.put_tree(index.write(tmp_path / "newer"))
    key = index.key.public_key.public.hex()

    def run(**inputs: str) -> Ended:
        return scene.job.run(**{"index": scene.url, "artifact_keys": f"{key}\n", **inputs})

    for hit in ("false", "true"):
        ended = run()
        assert (ended.status, ended.outputs["cache-hit"]) == (0, hit), ended.log
        assert ended.outputs["python-version"] == "3.12.2"
        shutil.rmtree(scene.root)
    assert [request.path for request in scene.server.requests] == [blob_path(index.artifacts[0])]
    kept = scene.job.caches / scene.job.cached[0].split()[1] / "store"
    next(kept.glob("*/bin/python3.12")).unlink()
    ended = run()
    assert (ended.status, scene.blobs_asked()) == (0, 2), "what the cache gave back by halves is installed again"
    assert_sound(Root(scene.root), "3.12.2")

    ended = run(artifact_keys="", cache="false", python_version="3.12")
    assert (ended.status, ended.step) == (4, "setup"), "nobody vouches for the key"
    ended = run(cache="false", python_version="3.13")
    assert (ended.status, ended.errors[0].data.split("\n")[0]) == (
        3,
        "pyv.lock is not what is asked for: 3.13: it is not in the lock",
    )
    assert scene.run(python_version="3.13", lock="false").outputs["python-version"] == "3.13.1"
    (scene.job.workspace / ".python-version").write_text("3.13\n", encoding="utf-8")
    assert run(cache="false").status == 3, "drift"
    lock.write_text(
        lock.read_text(encoding="utf-8").replace('version = "3.12.2"', 'version = "3.12.3"'), encoding="utf-8"
    )
    (scene.job.workspace / ".python-version").write_text("3.12\n", encoding="utf-8")
    assert run(lock="pyv.lock", cache="false").status == 4, "altered"


@pytest.mark.parametrize(
    ("version", "installed"),
    [
        ("3.13 # comment\r\n\n  3.12.x\n", ["3.13.1", "3.12.2"]),
        (">= 3.11, <3.13\n>=3.11 <3.14", ["3.12.2", "3.13.1"]),
        ("3.x", ["3.13.1"]),
    ],
)
def test_versions_as_setup_python_spells_them(scene: Scene, version: str, installed: list[str]) -> None:
    ended = scene.run(python_version=version, cache="false")
    assert (ended.status, ended.outputs["python-version"]) == (0, installed[0]), ended.log
    assert [Path(path).parent.name for path in reversed(ended.job.prepended) if "/versions/" in path] == installed
    assert ended.job.variables["UV_PYTHON"] == ended.outputs["python-path"]
    assert scene.job.cached == []


@pytest.mark.parametrize(
    "hostile", ["$(touch ran)", "3.12'; touch ran; '", '3.12"; touch ran; "', "3.12\n--help", "3.1?", "*"]
)
def test_hostile_inputs_are_requests_nobody_can_read(scene: Scene, hostile: str) -> None:
    (scene.job.workspace / "3.13").touch()
    ended = scene.run(python_version=hostile, cache="false")
    if hostile == "*":
        assert ended.outputs["python-version"] == "3.13.1", "setup-python's word for any version"
    else:
        assert ended.status == 2, ended.log
        assert [error.data.count("is not a version request") for error in ended.errors] == [1], ended.log
    other = scene.job.run(index=hostile, mirror=hostile, lock="false", trust="", python_version="3.12", cache="false")
    assert other.status != 0
    assert [path.name for path in scene.job.workspace.iterdir() if path.name == "ran"] == []


def test_inputs_that_cannot_be_are_refused_with_what_to_do(scene: Scene) -> None:
    def refused(**inputs: str) -> str:
        ended = scene.run(**inputs)
        assert (ended.status, ended.step, len(ended.errors)) == (2, "key", 1), ended.log
        return ended.errors[0].data

    assert refused(cache="pip").startswith("cache: `pip` is neither true nor false\n")
    assert refused(python_version_file="pyproject.toml").startswith("python-version-file: pyproject.toml is no .python")
    assert refused(python_version_file="none/.python-version").startswith("python-version-file: there is no none/")
    assert refused(lock="50%\n##[error]x").startswith("lock: there is no 50%?##?error]x\n")
    (scene.job.workspace / ".python-version").unlink()
    assert refused().startswith("no version is asked for")


def test_the_pins_of_a_part_of_the_repository(scene: Scene) -> None:
    part = scene.job.workspace / "a part"
    part.mkdir()
    (part / ".python-version").write_text("3.13\n", encoding="utf-8")
    ended = scene.run(python_version_file="a part/.python-version", cache="false")
    assert (ended.status, ended.outputs["python-version"]) == (0, "3.13.1"), ended.log
    assert "UV_PYTHON" not in ended.job.variables
    ended = scene.run(python_version_file="a part/.python-version", python_version="3.12", cache="false")
    assert ended.outputs["python-version"] == "3.12.2", ended.log
    assert "::warning title=pyv::python-version and python-version-file are both given" in ended.log


def test_the_environment_can_be_left_alone(scene: Scene) -> None:
    ended = scene.run(update_environment="false", cache="false")
    assert (ended.status, ended.outputs["python-version"]) == (0, "3.12.2"), ended.log
    assert (ended.job.variables, ended.job.prepended) == ({}, [])
    assert "3.12.2" in ended.summary


def test_trust_is_given_by_the_repository(scene: Scene) -> None:
    ended = scene.run(trust="", cache="false")
    assert (ended.status, ended.step) == (4, "setup")
    assert ended.errors[0].data.startswith(f"the index {scene.url}/ is not trusted")
    wrong = scene.run(trust="ab" * 32, cache="false")
    assert (wrong.status, wrong.step) == (4, "setup")
    right = scene.run(trust=anchor_of(scene.index).sha256, cache="false")
    assert right.status == 0, right.log


def interpreter() -> bytes:
    """That of the kit in miniature, which finds the packages of the tests' Python where it is told to look for none."""
    whole = 'if [ "${1:-}" = -S ]; then shift; fi\nexec '
    script = PYTHON_SCRIPT.replace("\nexec ", f"\n{whole}")
    assert whole in script
    return (
        TarBuilder().file("python/bin/python3", script.encode(), mode=0o755).file("python/lib/python3.13/x", b"").gz()
    )


def test_where_the_image_has_no_pyv_the_action_brings_it(scene: Scene, tmp_path: Path) -> None:
    """By scripts/install.sh, from a kit in miniature; from the cache it works under another root, without the kit."""
    kit = Tiny.make().without("pyv").without("python").add("python", f"20261110/{ARCHIVE}", interpreter(), HERE)
    kit.write(tmp_path / "kit")
    files = {
        "pyproject.toml": "",
        "scripts/install.sh": kit.script,
        "src/pyv/__init__.py": f'__version__ = "{__version__}"\n',
        "src/pyv/__main__.py": "",
        "src/pyv/mirror/__init__.py": "",
        "manifests/metadata/1.root.json": "{}",
        "manifests/targets/manifest/a.json": "{}",
        "action.yml": (CHECKOUT / "action.yml").read_text(encoding="utf-8"),
    }
    action = tmp_path / "action"
    for name, text in files.items():
        (action / name).parent.mkdir(parents=True, exist_ok=True)
        (action / name).write_text(text, encoding="utf-8")
    shutil.copytree(CHECKOUT / "scripts" / "ci", action / "scripts" / "ci")

    def job(name: str) -> Composite:
        made = job_in(tmp_path / name, PYV_SELF_FROM=str(tmp_path / "kit"))
        Path(made.variables["PATH"].split(":")[0], "pyv").unlink()
        shutil.copytree(scene.job.workspace, made.workspace, dirs_exist_ok=True)
        made.action, made.caches = action, tmp_path / "caches"
        return made

    first = Scene(job("first"), scene.index, scene.url, scene.server)
    ended = first.run()
    assert (ended.status, ended.outputs.get("python-version")) == (0, "3.12.2"), ended.log
    assert f"installed pyv {__version__}: {first.root}/bin/pyv\n" in ended.log
    assert "to use it here" not in ended.log
    path = ended.job.path("").split(":")
    assert path.index(f"{first.root}/versions/3.12.2/bin") < path.index(f"{first.root}/bin")
    shutil.rmtree(tmp_path / "first")
    for name in ("python", "wheels"):
        shutil.rmtree(tmp_path / "kit" / "self" / name)
    second = Scene(job("second"), scene.index, scene.url, scene.server)
    (tmp_path / "second" / "programs" / "sh").symlink_to(need("busybox"))
    ended = second.run()
    assert (ended.status, ended.outputs.get("cache-hit")) == (0, "true"), ended.log
    assert ended.outputs["python-path"] == f"{second.root}/versions/3.12.2/bin/python"
    (action / "src" / "pyv" / "more.py").touch()
    third = Scene(job("third"), scene.index, scene.url, scene.server)
    third.run()
    keys = [each.job.cached[0].split()[1] for each in (first, second, third)]
    assert keys[0] == keys[1] != keys[2], "another pyv has another key"
