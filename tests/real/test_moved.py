"""A genuine build that moves, and one in an image without pyv: what is built and run there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.install.namespace import Namespace
from tests.real.test_genuine import tiny_wheel
from tests.support.real import Mirror, Pyv, extension_answers, need, write_extension
from tests.support.runner import Machine

pytestmark = pytest.mark.real

BUILD = "from setuptools import Extension, setup; setup(name='question', script_args=['-q', 'build_ext', '--inplace'], ext_modules=[Extension('question', ['question.c'])])"


def tree_of(root: Path) -> object:
    (path,) = (root / "store").glob("*.json")
    return json.loads(path.read_text(encoding="utf-8"))["tree"]


@pytest.fixture
def developer(tmp_path: Path, genuine_mirror: Mirror) -> Pyv:
    """Somebody with 3.9.13, and a package with a program in it."""
    user = Pyv(home=tmp_path / "there")
    user.pyv("trust", "add", genuine_mirror.directory, "--yes")
    user.pyv("local", "--force", "3.9")
    user.pyv("install", "--index", genuine_mirror.directory)
    return user


def test_everything_builds_and_runs_after_a_move(developer: Pyv, genuine_mirror: Mirror, tmp_path: Path) -> None:
    developer.run(
        "pip", "install", "--no-index", "--disable-pip-version-check", "--no-deps", program(developer.project)
    )
    assert developer.say("tiny-says") == f"{developer.root}/versions/3.9.13"
    here = Pyv(home=tmp_path / "elsewhere")
    shutil.move(developer.home, here.home)

    told = here.pyv("install", "--offline", "--index", genuine_mirror.directory).stderr
    assert told == (
        f"3.9.13: its root was moved here from {developer.root}: fitted again\n3.9.13 is installed already\n"
    )
    prefix = f"{here.root}/versions/3.9.13"
    assert here.say("tiny-says") == prefix
    told = json.loads(here.python("import json, sysconfig; print(json.dumps(sysconfig.get_config_vars()))"))
    assert {name: value for name, value in told.items() if str(developer.root) in str(value)} == {}
    assert (told["LIBDIR"], told["INCLUDEPY"]) == (f"{prefix}/lib", f"{prefix}/include/python3.9")
    assert here.say("pip", "--version").startswith(f"pip {pip_version(here)} from {prefix}/lib/")
    source = write_extension(here.project / "extension")
    here.python(f"import os; os.chdir({str(source.parent)!r}); {BUILD}")
    assert extension_answers(here, source.parent) == "42"
    here.run("python", "-m", "venv", "--without-pip", "env")
    assert here.say(here.project / "env/bin/python", "-c", "import sys; print(sys.base_prefix)") == prefix
    here.pyv("verify")
    moved = tree_of(here.root)

    for name in ("store", "versions"):
        shutil.rmtree(here.root / name)
    here.pyv("install", "--index", genuine_mirror.directory)
    assert tree_of(here.root) == moved


def program(directory: Path) -> Path:
    """A wheel whose program says which prefix runs it."""
    import zipfile

    wheel = tiny_wheel(directory)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("tiny-1.0.dist-info/entry_points.txt", "[console_scripts]\ntiny-says = tiny_says:main\n")
        archive.writestr("tiny_says.py", "import sys\n\n\ndef main():\n    print(sys.prefix)\n")
    return wheel


def pip_version(user: Pyv) -> str:
    return user.python("import pip; print(pip.__version__)")


def test_an_image_has_a_python_and_no_pyv(developer: Pyv, genuine_mirror: Mirror, tmp_path: Path) -> None:
    """The final stage has glibc, a BusyBox and what was laid out for /opt/pyv; twice it is the same."""
    image, epoch = tmp_path / "image", "1700000000"
    root = image / "opt" / "pyv"
    words = ("install", "--root", root, "--at", "/opt/pyv", "--index", genuine_mirror.directory)
    digests = []
    for _ in range(2):
        shutil.rmtree(image, ignore_errors=True)
        for line in (("trust", "add", genuine_mirror.directory, "--yes"), words):
            developer.run("env", f"PYV_ROOT={root}", f"SOURCE_DATE_EPOCH={epoch}", *Pyv.command(*line))
        for name in ("cache", "index", "locks", "staging", "trust"):
            shutil.rmtree(root / name, ignore_errors=True)
        packed = subprocess.run(
            ["tar", "--sort=name", "-cf", "-", *sorted(path.name for path in root.iterdir())],
            cwd=root, capture_output=True, check=True,
        )  # fmt: skip
        digests.append(subprocess.run(["sha256sum"], input=packed.stdout, capture_output=True, check=True).stdout)
    python = root / "versions" / "3.9" / "bin" / "python3.9"
    for binary in (need("busybox"), python):
        listed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(?:=> |^\s+)(/lib\S+)", listed, flags=re.MULTILINE):
            (image / library[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, image / library[1:])
    (image / "bin").mkdir()
    shutil.copy(need("busybox"), image / "bin")
    for applet in ("sh", "dirname", "realpath"):
        (image / "bin" / applet).symlink_to("busybox")
    machine = Machine(home=developer.home, root=root, cwd=tmp_path)
    with Namespace.of(machine) as inside:
        for place in ("proc", "dev"):  # as every container has them
            (image / place).mkdir()
            inside.mount("--bind", f"/{place}", image / place)
        code = "import ctypes, json, sqlite3, ssl, sysconfig; print(sysconfig.get_config_var('LIBDIR'))"
        for command in (["/opt/pyv/versions/3.9/bin/python"], ["/bin/sh", "/opt/pyv/shims/python"]):
            settings = ["env", "-i", "PATH=/bin", "PYV_VERSION=3.9"]
            run = inside.run(*settings, "/usr/sbin/chroot", str(image), *command, "-I", "-c", code)
            run.shows("/opt/pyv/versions/3.9.13/lib\n")
        run = inside.run(
            "env",
            "-i",
            "PATH=/opt/pyv/versions/3.9/bin:/bin",
            "/usr/sbin/chroot",
            str(image),
            "/bin/sh",
            "-c",
            "pip --version",
        )
        assert run.ok().stdout.endswith("(python 3.9)\n")
    assert digests[0] == digests[1]
