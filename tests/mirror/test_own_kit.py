"""`pyv mirror add-self`: what it puts into a mirror, what it refuses, and that the rest of a mirror knows it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from pyv import __version__
from pyv.domain.kit import read_kit
from pyv.mirror.own_kit import packaged_script
from tests.install.scene import HERE
from tests.mirror.care import NEW, OLD, Scene, edit, files
from tests.self.kit import OWN_WHEEL, SCRIPT, Tiny, wheel
from tests.support.nginx import Nginx
from tests.support.real import Mirror, need, served
from tests.support.runner import Run
from tests.support.server import Server

PYTHON = f"{NEW}.tar.gz"
PLAIN = "plain-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A mirror, an install.sh that pins one of its archives, and the wheels it pins."""
    scene = Scene.make(tmp_path_factory.mktemp("template"))
    kit = Tiny.make().without("python").add("python", f"20260901/{PYTHON}", scene.blob(NEW).read_bytes(), HERE)
    kit = kit.add("python", "20260901/other.tar.gz", b"x", "aarch64-apple-darwin")
    cwd = scene.machine.cwd
    (cwd / "install.sh").write_text(kit.without("pyv").script)
    (cwd / "wheels").mkdir()
    for part, content in kit.contents.items():
        if part.kind != "python":
            (cwd / "wheels" / part.file).write_bytes(content)
    return scene


@pytest.fixture
def scene(template: Scene, tmp_path: Path) -> Scene:
    return template.copy(tmp_path)


def add(scene: Scene, *words: str, **variables: str) -> Run:
    machine = replace(scene.machine, variables=variables)
    return machine.pyv("mirror", "add-self", "mirror", "--script", "install.sh", *words)


def script_of(scene: Scene) -> Path:
    return scene.path / "self/install.sh"


def test_what_it_puts_there(scene: Scene) -> None:
    run = add(scene, "--wheels", "wheels")
    text = script_of(scene).read_text()
    digest = hashlib.sha256(text.encode()).hexdigest()
    size = sum(path.stat().st_size for path in (scene.path / "self").rglob("*.*") if path.suffix != ".sh")
    run.shows(
        f"{digest}  self/install.sh\n",
        f"self/ has pyv {__version__} for {HERE}: 3 files ({size} bytes, 3 new)\n",
    )
    there = {str(path.relative_to(scene.path / "self")) for path in (scene.path / "self").rglob("*") if path.is_file()}
    assert there == {"install.sh", f"python/{PYTHON}", f"wheels/{PLAIN}", f"wheels/{OWN_WHEEL}"}
    assert script_of(scene).stat().st_mode & 0o777 == 0o755
    kit = read_kit(text, "install.sh")
    assert kit.triples == [HERE], "the platforms of the mirror"
    for part in kit.parts:
        assert hashlib.sha256((scene.path / "self" / part.path).read_bytes()).hexdigest() == part.sha256
    assert os.path.samefile(scene.blob(NEW), scene.path / "self/python" / PYTHON), "it takes no room"

    before = files(scene.path / "self/wheels")
    again = add(scene, "--json", "-q").ok().json
    assert files(scene.path / "self/wheels") == before
    assert again["script"] == {"path": "self/install.sh", "sha256": digest}
    assert [file["new"] for file in again["files"]] == [False] * 3


def test_the_rest_of_the_mirror_knows_it(scene: Scene) -> None:
    """An archive that is pruned stays in the kit; what the kit lacks is an error."""
    add(scene, "--wheels", "wheels").ok()
    scene.run("verify", "mirror").ok()
    scene.run("prune", "mirror", "--keep-days", "0").shows("", "nothing to remove\n")
    assert "self" not in scene.run("audit", "mirror").ok().stdout
    scene.run("export", "mirror", "-o", "bundle.tar").ok()
    assert b"install.sh" not in (scene.machine.cwd / "bundle.tar").read_bytes(), "no metadata covers it"
    (scene.path / f"self/wheels/{PLAIN}").write_bytes(b"short")
    (scene.path / "self/wheels/else.whl").touch()
    run = scene.run("audit", "mirror")
    assert run.status == 1
    assert f"error self-incomplete: 1 file pyv is installed from missing or broken: self/wheels/{PLAIN}\n" in run.stdout
    assert "warning stray-file: 1 file in the served tree that belong to nothing: self/wheels/else.whl\n" in run.stdout
    add(scene, "--wheels", "wheels").ok()
    assert "self" not in scene.run("audit", "mirror").ok().stdout, "add-self brings it again, and clears up"
    script_of(scene).write_text("")
    assert (
        "self-incomplete: 1 file pyv is installed from missing or broken: self/install.sh"
        in scene.run("audit", "mirror").stdout
    )


def test_an_interpreter_that_was_revoked(scene: Scene) -> None:
    add(scene, "--wheels", "wheels").ok()
    scene.run("revoke", "mirror", "--keys", "keys", "--version", "3.12.3", "--reason", "a hole").ok()
    words = f"error self-revoked: self/ installs pyv with {NEW}, which is blocked by the mirror's own list: a hole"
    assert words in scene.run("audit", "mirror").stdout
    add(scene).fails(
        4, f"pyv: {NEW}, which install.sh pins, was revoked: a hole", "hint: take the install.sh of a newer"
    )


def test_an_interpreter_that_nobody_signed(scene: Scene) -> None:
    """What somebody wrote into the working copies: nothing is published of it, and nothing taken into the kit."""
    edit(scene.mirror.manifest(HERE), scene.records[NEW].signature, scene.records[OLD].signature)
    add(scene, "--wheels", "wheels").fails(4, f"the record of {NEW} was altered after it was signed")
    assert not (scene.path / "self").exists()


def test_what_is_refused(scene: Scene) -> None:
    own = f"wheels/{OWN_WHEEL}"
    add(scene).fails(2, "pyv: this pyv's install.sh does not pin pyv itself", "hint: name pyv's wheel with --wheel")
    add(scene, "--wheel", f"wheels/{PLAIN}").fails(2, "is no wheel of a pyv that install.sh can install")
    add(scene, "--wheel", own, "--triple", "mips-unknown-linux-gnu").fails(
        3, "pins no Python for mips-unknown-linux-gnu"
    )
    scene.machine.pyv("mirror", "add-self", "mirror", "--script", own).fails(8, "no pins in it")
    scene.machine.pyv("mirror", "add-self", "wheels", "--wheel", own).fails(7, "is not a mirror")
    add(scene, "--wheel", own, "--triple", "aarch64-apple-darwin", "--wheels", "wheels").fails(
        4, "other.tar.gz, which install.sh pins, is in neither this mirror's index nor pyv's own"
    )
    wheels = scene.machine.cwd / "wheels"
    (wheels / "pyv-0.0.1-py3-none-any.whl").write_bytes((scene.machine.cwd / own).read_bytes())
    add(scene, "--wheels", "wheels").fails(2, "has several wheels of pyv")
    (wheels / PLAIN).write_bytes(wheel("plain", "6.6"))
    add(scene, "--wheel", own, "--wheels", "wheels").fails(4, f"{PLAIN} is not what is pinned: sha256 ")
    (wheels / PLAIN).unlink()
    add(scene, "--wheel", own, "--wheels", "wheels").fails(5, f"lacks 1 of the wheels: {PLAIN}", "hint: put them there")
    assert [path for path in (scene.path / "self").rglob("*") if path.is_file()] == []


def test_pip_fetches_what_is_missing_by_digest(scene: Scene, tmp_path: Path) -> None:
    own, index = f"wheels/{OWN_WHEEL}", scene.machine.cwd / "wheels"
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    content = (index / PLAIN).read_bytes()
    (index / PLAIN).write_bytes(wheel("plain", "1.0", **{"plain.py": "evil"}))
    add(scene, "--wheel", own, **pip).fails(4, "the package index has other bytes than are pinned")
    (index / PLAIN).write_bytes(content)
    add(scene, "--wheel", own, **pip).ok()
    assert (scene.path / "self/wheels" / PLAIN).read_bytes() == content


def test_an_archive_the_mirror_does_not_carry_is_fetched_and_verified(scene: Scene, server: Server) -> None:
    blob = scene.blob(NEW)
    content = blob.read_bytes()
    blob.unlink()
    address = server.put(f"/blobs/sha256/{blob.name}", content[:-1] + b"!")
    place = address.removesuffix(f"/blobs/sha256/{blob.name}")
    add(scene, "--wheels", "wheels", "--mirror", place).fails(4, "sha256")
    server.put(f"/blobs/sha256/{blob.name}", content)
    add(scene, "--wheels", "wheels", "--mirror", place).ok()
    assert (scene.path / "self/python" / PYTHON).read_bytes() == content
    assert not blob.exists(), "it is no archive of the mirror"


@pytest.mark.real
@pytest.mark.parametrize("server", ["serve", "nginx"])
def test_servers_give_it_out(scene: Scene, tmp_path: Path, server: str) -> None:
    """By the very addresses install.sh asks for: a plus sign quoted."""
    add(scene, "--wheels", "wheels").ok()
    kit = read_kit(script_of(scene).read_text(), "install.sh")
    with serving(scene, tmp_path / "server", server) as address:
        for path in ("install.sh", *(part.path for part in kit.parts)):
            with urlopen(f"{address}/self/{path.replace('+', '%2B')}") as answer:
                assert answer.read() == (scene.path / "self" / path).read_bytes()


@contextmanager
def serving(scene: Scene, place: Path, server: str) -> Iterator[str]:
    if server == "serve":
        (scene.path.parent / "operator").mkdir()
        with served(Mirror(directory=scene.path, keys=scene.keys.path, archives=())) as address:
            yield address
        return
    nginx = Nginx.at(
        place,
        need("nginx"),
        lambda port: scene.run("serve", "mirror", "--nginx", "--port", str(port)).ok().stdout,
    )
    with nginx.running():
        yield nginx.address


def test_the_script_that_came_with_pyv() -> None:
    assert packaged_script().read_bytes() == SCRIPT.read_bytes()
