"""uv installs from a mirror pyv made: its list, its archives, its refusal of bytes that are others."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.real import Mirror, clean_environment, need, served, version_of

pytestmark = pytest.mark.real


@dataclass(frozen=True, kw_only=True)
class Uv:
    """Somebody who has uv, and nothing else: no home, no network but the mirror's address."""

    program: str
    place: Path
    address: str

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it with the two variables a mirror needs."""
        home = self.place / "home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "UV_PYTHON_INSTALL_DIR": str(self.place / "pythons"),
            "UV_PYTHON_INSTALL_MIRROR": f"{self.address}/pbs",
            "UV_PYTHON_DOWNLOADS_JSON_URL": f"{self.address}/download-metadata.json",
            # whatever else it might ask for meets a closed port
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
            "UV_HTTP_RETRIES": "0",
            "NO_COLOR": "1",
            **variables,
        }
        command = [self.program, *words, "--no-config"]
        return subprocess.run(
            command, env=environment, cwd=self.place, capture_output=True, text=True, check=False, timeout=120
        )

    def pythons(self) -> list[str]:
        """What it has installed."""
        found = self.place / "pythons"
        names = os.listdir(found) if found.exists() else []
        return sorted(name for name in names if not name.startswith("."))


@pytest.fixture(scope="module")
def address(machine_mirror: Mirror) -> Iterator[str]:
    """Where a mirror of several versions is served."""
    with served(machine_mirror) as found:
        yield found


@pytest.fixture
def uv(tmp_path: Path, address: str) -> Uv:
    """Its locked version stands in the environment of the tests."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    return Uv(program=str(beside) if beside.exists() else need("uv"), place=tmp_path, address=address)


def test_uv_installs_from_a_mirror(uv: Uv, machine_mirror: Mirror) -> None:
    wanted = version_of(machine_mirror.archives[1])
    done = uv.run("python", "install", wanted.rpartition(".")[0])
    assert done.returncode == 0, done.stderr
    python = uv.place / "pythons" / uv.pythons()[-1] / "bin" / "python3"
    told = subprocess.run([python, "-V"], env=clean_environment(), capture_output=True, text=True, check=True)
    assert told.stdout == f"Python {wanted}\n"


def test_uv_lists_what_the_mirror_has(uv: Uv, machine_mirror: Mirror) -> None:
    listed = uv.run("python", "list", "--only-downloads", "--all-versions").stdout.splitlines()
    versions = {line.split("-")[1] for line in listed}
    assert versions == {version_of(archive) for archive in machine_mirror.archives}


def test_uv_reads_the_list_from_a_file(uv: Uv, machine_mirror: Mirror) -> None:
    """As behind an air gap with a shared disk: neither variable names a server."""
    directory = machine_mirror.directory.as_uri()
    variables = {
        "UV_PYTHON_INSTALL_MIRROR": f"{directory}/pbs",
        "UV_PYTHON_DOWNLOADS_JSON_URL": f"{directory}/download-metadata.json",
    }
    done = uv.run("python", "install", version_of(machine_mirror.archives[0]), **variables)
    assert done.returncode == 0, done.stderr
    assert any(f"-{version_of(machine_mirror.archives[0])}-" in name for name in uv.pythons())


def test_uv_asks_nobody_for_what_the_mirror_does_not_have(uv: Uv) -> None:
    done = uv.run("python", "install", "3.7.1")
    assert (done.returncode, uv.pythons()) == (2, [])
    assert "No download found for request" in done.stderr


def test_uv_refuses_a_damaged_archive(uv: Uv, machine_mirror: Mirror) -> None:
    archive = machine_mirror.archives[0]
    (link,) = machine_mirror.directory.glob(f"pbs/*/{archive.name}")
    (blob,) = [path for path in machine_mirror.directory.glob("blobs/sha256/*") if path.samefile(link)]
    content = blob.read_bytes()
    try:
        with blob.open("r+b") as stream:  # in place, as a disk would
            stream.seek(-1, os.SEEK_END)
            stream.write(bytes([content[-1] ^ 1]))
        done = uv.run("python", "install", version_of(archive))
    finally:
        with blob.open("r+b") as stream:
            stream.write(content)
    assert (done.returncode, uv.pythons()) == (1, [])
    assert "ash mismatch" in done.stderr, done.stderr
