"""From nothing to a working Python: machines that have none, genuine wheels, and an interpreter that runs.

A namespace hides every Python of this machine. Its mirror was made by `pyv mirror add-self`; its interpreter is a
CPython of this machine in upstream's layout, as upstream cannot be reached from everywhere.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyv.domain.kit import ANY, PYTHON, WHEEL, Kit, Part, read_kit, written
from pyv.errors import TransferError
from pyv.mirror.own_wheels import ask_pip
from tests.install.namespace import Namespace
from tests.install.scene import HERE
from tests.self.kit import CHECKOUT, SCRIPT, busybox
from tests.support.real import (
    Mirror,
    cache,
    clean_environment,
    make_mirror,
    need,
    once_at_a_time,
    pythons_at_hand,
    repacked,
    served,
    version_of,
)
from tests.support.runner import Machine, Run

pytestmark = pytest.mark.real

PINNED = read_kit(SCRIPT.read_text(), "install.sh").wheels(HERE)
PINNED_MINOR = read_kit(SCRIPT.read_text(), "install.sh").interpreter(HERE).file.split("-")[1].rpartition(".")[0]
INSIDE = Path("/mnt")
"""Where the machine inside has its disk: this one is seen by everybody there."""


@pytest.fixture(scope="module")
def archive() -> Path:
    """A CPython of this machine: of the minor version that is pinned where there is one, else its newest."""
    pythons = pythons_at_hand()
    pinned = [python for python in pythons if f"{python.resolve()}".endswith(f"python{PINNED_MINOR}")]
    return repacked((pinned or pythons)[-1])


@pytest.fixture(scope="module")
def wheels(archive: Path) -> Path:
    """What pyv needs on that interpreter, in the versions that are pinned, fetched once."""
    minor = version_of(archive).rpartition(".")[0]
    asked = "\n".join([minor, *(part.line for part in PINNED)])
    place = cache() / "wheels" / hashlib.sha256(asked.encode()).hexdigest()[:16]
    with once_at_a_time("wheels"):
        if not place.is_dir():
            staged = place.with_name(f"{place.name}.new")
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir(parents=True)
            try:
                _fetch(minor, staged)
            except TransferError as fault:
                pytest.skip(f"PyPI could not be reached: {fault.message}")
            staged.rename(place)
    return place


def _fetch(minor: str, place: Path) -> None:
    """By pip: the pinned files, to the byte; for another minor version the wheels of the same releases."""
    if minor == PINNED_MINOR:
        ask_pip(sys.executable, read_kit(SCRIPT.read_text(), "install.sh").only([HERE]), PINNED, place)
        return
    pip = [sys.executable, "-I", "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", f"--dest={place}"]
    kinds = [f"--abi={abi}" for abi in (f"cp{minor.replace('.', '')}", "abi3", "none")]
    kinds += [f"--platform={tag}_{HERE.partition('-')[0]}" for tag in ("manylinux2014", "manylinux_2_28")]
    releases = [f"{part.project}=={part.version}" for part in PINNED]
    done = subprocess.run(
        [*pip, "--implementation=cp", f"--python-version={minor}", *kinds, *releases],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TransferError(done.stderr)


@pytest.fixture(scope="module")
def script(archive: Path, wheels: Path) -> str:
    """install.sh of a checkout, with that interpreter in the place of upstream's, and its wheels."""
    parts = [_pinned(PYTHON, HERE, f"20000101/{archive.name}", archive)]
    parts += [_pinned(WHEEL, ANY, path.name, path) for path in sorted(wheels.glob("*.whl"))]
    return written(SCRIPT.read_text(), Kit(tuple(parts)), "install.sh")


def _pinned(kind: str, triple: str, location: str, path: Path) -> Part:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return Part(kind=kind, triple=triple, location=location, sha256=digest, size=len(content))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory, archive: Path, script: str, wheels: Path) -> Mirror:
    """A mirror with an archive to install, and what pyv itself is installed from."""
    place = tmp_path_factory.mktemp("real")
    made = make_mirror(place, archive)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True, env=clean_environment())
    (own,) = place.glob("pyv-*.whl")
    (place / "install.sh").write_text(script)
    machine = Machine.fresh(place)
    words = ("--script", place / "install.sh", "--wheels", wheels, "--wheel", own)
    machine.pyv("mirror", "add-self", made.directory, *words, "--quiet").ok()
    return made


@pytest.fixture(scope="module")
def address(mirror: Mirror) -> Iterator[str]:
    with served(mirror) as url:
        yield url


@dataclass(frozen=True)
class Bare:
    """A machine without Python, as one of its users."""

    inside: Namespace
    home: Path
    tools: str
    user: int

    def run(self, *words: str, stdin: str | None = None, **variables: str) -> Run:
        settings = {"HOME": str(self.home), "PATH": self.tools, **variables}
        given = ["env", "-i", *(f"{name}={value}" for name, value in settings.items())]
        as_user = [need("setpriv"), f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        command = self.inside.command(*as_user, *given, *words)
        return self.inside.machine.run(command, stdin=stdin)

    @property
    def pyv(self) -> str:
        return str(self.home / ".pyv/bin/pyv")


@contextmanager
def without_python(machine: Machine, tools: str, user: int = 0) -> Iterator[Bare]:
    """Hide every Python; what is in `tools` can be run, and a home on a disk of its own written."""
    with Namespace.of(machine) as inside:
        inside.tmpfs(INSIDE, "mode=1777")
        places = [*Path("/usr/lib").glob("python3*"), *Path("/usr/local/lib").glob("python3*")]
        places += [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"), Path(sys.prefix), CHECKOUT]
        for directory in places:
            if directory.is_dir():
                inside.mount("-t", "tmpfs", "-o", "mode=755", "none", directory)
        for directory in (Path("/usr/bin"), Path("/usr/local/bin")):
            for found in directory.glob("python*"):
                if not found.is_symlink():
                    inside.mount("--bind", "/dev/null", found)
        bare = Bare(inside, INSIDE / "home", tools, user)
        inside.run("install", "-d", "-o", str(user), "-g", str(user), str(bare.home)).ok()
        for name in ("python3", "python", "/usr/bin/python3", sys.executable):
            assert bare.run("sh", "-c", f"{name} -c 0").status in {126, 127}, f"{name} can be run"
        yield bare


def steps_to_python(bare: Bare, address: str, archive: Path) -> None:
    """A fresh pyv: trust, install, run."""
    version = version_of(archive)
    bare.run(bare.pyv, "trust", "add", address, "--yes").ok()
    bare.run(bare.pyv, "install", version, "--index", address).ok()
    bare.run(bare.pyv, "global", version).shows()
    code = "import sys, ssl; print(sys.version.split()[0], sys.prefix)"
    prefix = f"{bare.home}/.pyv/versions/{version}"
    bare.run(f"{bare.home}/.pyv/shims/python", "-c", code).shows(f"{version} {prefix}\n")


def test_root_with_curl(machine: Machine, mirror: Mirror, address: str, archive: Path) -> None:
    with without_python(machine, "/usr/bin:/bin:/usr/sbin") as bare:
        text = bare.run("curl", "-fsS", f"{address}/self/install.sh").ok().stdout
        assert text == (mirror.directory / "self/install.sh").read_text()
        bare.run("sh", "-s", "--", "--from", address, "--quiet", stdin=text).shows()
        (release,) = bare.inside.seen(bare.home / ".pyv/self").iterdir()
        (shipped,) = release.rglob("*-packages/pyv/mirror/install.sh")
        assert shipped.read_text() == SCRIPT.read_text(), "what an installed pyv puts into mirrors"
        steps_to_python(bare, address, archive)


def test_somebody_with_busybox_alone(machine: Machine, mirror: Mirror, address: str, archive: Path) -> None:
    """Nobody special, who may not even read the directory it is started in."""
    place = machine.home / "busybox"
    busybox(place)
    with without_python(machine, str(INSIDE / "tools"), user=65534) as bare:
        bare.inside.run("cp", "-a", str(place), str(INSIDE / "tools")).ok()
        text = bare.run("wget", "-q", "-O", "-", f"{address}/self/install.sh").ok().stdout
        bare.run("sh", "-s", "--", "--from", address, "--quiet", stdin=text).shows()
        steps_to_python(bare, address, archive)
        bare.run("sh", "-s", "--", "--uninstall", stdin=text).ok()
        assert not bare.inside.seen(bare.home / ".pyv/self").exists()
        assert bare.inside.seen(bare.home / ".pyv/versions").is_dir()


def test_a_disk_that_was_carried_over(machine: Machine, mirror: Mirror, archive: Path) -> None:
    """No network at all: the directory, and the script as it lies there."""
    with without_python(machine, "/usr/bin:/bin") as bare:
        carried = INSIDE / "disk"
        bare.inside.run("cp", "-a", str(mirror.directory), str(carried)).ok()
        bare.run("sh", str(carried / "self/install.sh"), "-q", https_proxy="http://127.0.0.1:1").shows()
        steps_to_python(bare, str(carried), archive)
