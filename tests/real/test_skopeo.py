"""skopeo carries a mirror: between files, directories and a registry, and what it carried imports, digest for digest."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import Bundled, read_bundled
from tests.mirror.bundles import Near
from tests.support.docker_registry import DockerRegistry, free_port
from tests.support.real import clean_environment, need

pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Skopeo:
    """skopeo with a home of its own, and a policy that asks for no signatures of containers."""

    program: str
    place: Path

    def copy(self, source: str, target: str, *options: str) -> None:
        self.place.mkdir(exist_ok=True)
        policy = self.place / "policy.json"
        policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
        subprocess.run(
            [self.program, "--policy", str(policy), "copy", "--all", "--quiet", *options, source, target],
            env=clean_environment(HOME=str(self.place), XDG_RUNTIME_DIR=str(self.place)),
            check=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Near:
    """A mirror, exported."""
    near = Near.made(tmp_path_factory.mktemp("near"), "3.12.1", "3.12.2", "3.13.0")
    near.export("bundle.tar")
    return near


@pytest.fixture
def skopeo(tmp_path: Path) -> Skopeo:
    return Skopeo(need("skopeo"), tmp_path / "skopeo")


def listed(path: Path) -> Bundled:
    return read_bundled(open_bundle(path))


def assert_imports(near: Near, carried: Path, far: Path) -> None:
    """What was carried is what was exported: every document, file and archive; and a mirror takes it."""
    genuine, copied = listed(near.place / "bundle.tar"), listed(carried)
    assert copied.index == genuine.index
    assert (copied.files, copied.archives) == (genuine.files, genuine.archives)
    assert copied.bundle.blobs() == genuine.bundle.blobs()
    received = near.send(carried, far)
    assert received.ident == genuine.ident
    assert len(received.added) == 3


def test_to_a_directory_and_back_into_a_file(near: Near, skopeo: Skopeo, tmp_path: Path) -> None:
    skopeo.copy(f"oci-archive:{near.place}/bundle.tar:index", f"oci:{tmp_path}/layout:index")
    assert_imports(near, tmp_path / "layout", tmp_path / "far")
    skopeo.copy(f"oci:{tmp_path}/layout:index", f"oci-archive:{tmp_path}/again.tar:index")
    assert_imports(near, tmp_path / "again.tar", tmp_path / "other")


def test_a_directory_that_is_copied_into_again(near: Near, skopeo: Skopeo, tmp_path: Path) -> None:
    skopeo.copy(f"oci-archive:{near.place}/bundle.tar:index", f"oci:{tmp_path}/layout:index")
    (tmp_path / "more").mkdir()
    more = Near.made(tmp_path / "more", "3.12.9")
    skopeo.copy(f"oci-archive:{more.export()}:index", f"oci:{tmp_path}/layout:index")
    assert len(more.send(tmp_path / "layout", tmp_path / "far").added) == 1


def test_through_a_registry_and_back_out(near: Near, skopeo: Skopeo, tmp_path: Path) -> None:
    registry = DockerRegistry(program=need("docker-registry"), place=tmp_path / "registry", port=free_port())
    place = f"docker://127.0.0.1:{registry.port}/tools/pyv:index"
    with registry.running():
        skopeo.copy(f"oci-archive:{near.place}/bundle.tar:index", place, "--dest-tls-verify=false")
        skopeo.copy(place, f"oci-archive:{tmp_path}/again.tar:index", "--src-tls-verify=false")
    assert_imports(near, tmp_path / "again.tar", tmp_path / "far")
