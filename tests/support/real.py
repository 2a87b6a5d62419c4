"""pyv driven from outside, on interpreters that run: archives made by `scripts/pbs-archive`, a mirror it serves.

Whatever a machine lacks ends in a skip that names it; `tests/real/conftest.py` makes that a failure where CI=true.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LISTING = CHECKOUT / "tests" / "real" / "pbs-3.13-x86_64-gnu-layout.txt.gz"

# What the machine keeps for itself: nothing of it may decide what a test sees.
_KEPT_OUT = ("PYV_", "PYENV_", "PYTHON", "VIRTUAL_ENV", "PIP_", "XDG_", "LD_")


_EXTENSION = r"""
#include <Python.h>

static PyObject *answer(PyObject *module, PyObject *unused) { return PyLong_FromLong(42); }

static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, "The answer."}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "question", NULL, -1, methods};

PyMODINIT_FUNC PyInit_question(void) { return PyModule_Create(&definition); }
"""


def cache() -> Path:
    """Where downloads and archives are kept between runs: `PYV_TEST_CACHE`, else the user's cache."""
    named = os.environ.get("PYV_TEST_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyv-test"


@contextmanager
def once_at_a_time(name: str) -> Iterator[None]:
    """A lock between runs of the tests: whoever comes second finds in the cache what the first made."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without anything that steers pyv or a Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_OUT)}
    return {**kept, **extra}


def need(program: str, *, package: str | None = None) -> str:
    """The path of a program; skips where it is missing."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed (Debian package {package or program})")
    return found


@dataclass(frozen=True, kw_only=True)
class Pyv:
    """A user of pyv: a root, a home, a directory to work in."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """`PYV_ROOT`."""
        return self.home / "root"

    @property
    def project(self) -> Path:
        """The working directory."""
        return self.home / "project"

    @property
    def environment(self) -> dict[str, str]:
        """What commands run in: shims first on PATH, as `pyv init` leaves it."""
        path = f"{self.root / 'shims'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin"
        return clean_environment(
            HOME=str(self.home), PYV_ROOT=str(self.root), PATH=path, PWD=str(self.project), **self.variables
        )

    def run(self, *command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the project, shims first on PATH."""
        self.project.mkdir(parents=True, exist_ok=True)
        words = [os.fspath(word) for word in command]
        words[0] = shutil.which(words[0], path=self.environment["PATH"]) or words[0]
        done = subprocess.run(
            words, cwd=self.project, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def pyv(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run pyv itself."""
        return self.run(*self.command(*arguments), check=check)

    @staticmethod
    def command(*arguments: str | Path) -> list[str]:
        """The words that run pyv."""
        return [sys.executable, "-m", "pyv", *(os.fspath(word) for word in arguments)]

    def say(self, program: str | Path, *arguments: str | Path) -> str:
        """What a program on PATH prints, stripped."""
        return self.run(program, *arguments).stdout.strip()

    def python(self, code: str) -> str:
        """What a line of Python prints, run through the shim."""
        shim = self.root / "shims" / "python"
        return self.run(shim, "-c", code).stdout.strip()


def pbs_archive(*arguments: str | Path) -> Path:
    """Run `scripts/pbs-archive`; skips with its message where it cannot be done."""
    command = [sys.executable, str(CHECKOUT / "scripts" / "pbs-archive"), *map(str, arguments)]
    with once_at_a_time("archives"):  # parts of the tests that run at once make the same ones
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        pytest.skip(done.stderr.strip())
    return Path(done.stdout.strip())


def repacked(python: Path) -> Path:
    """A CPython of this machine as an archive; made once for an interpreter and a state of the script."""
    real = python.resolve()
    state = real.stat()
    digest = hashlib.sha256(f"{real} {state.st_size} {state.st_mtime_ns}".encode())
    for source in sorted((CHECKOUT / "scripts" / "pbs_archive").glob("*.py")):
        digest.update(source.read_bytes())
    directory = cache() / "running" / digest.hexdigest()[:16]
    made = sorted(directory.glob("cpython-*.tar.gz"))
    return made[0] if made else pbs_archive("running", directory, "--python", python)


def pythons_at_hand() -> list[Path]:
    """CPythons of this machine, 3.8 and newer, one a version, oldest first: the system's, the one running, pyenv's."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[tuple[int, ...], Path] = {}
    for python in (Path("/usr/bin/python3"), Path(sys.executable), *root.glob("versions/3.*/bin/python3")):
        if python.is_file():
            asked = [str(python), "-I", "-c", "import sys; print(*sys.version_info[:3])"]
            answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
            version = tuple(map(int, answer))
            if version >= (3, 8):
                found.setdefault(version, python)
    return [found[version] for version in sorted(found)]


def version_of(archive: Path) -> str:
    """`3.12.1` of `cpython-3.12.1+…`."""
    return archive.name.removeprefix("cpython-").partition("+")[0]


def write_extension(directory: Path) -> Path:
    """The source of a C extension `question`, whose `answer()` is 42; skips where there is no compiler."""
    need("cc", package="gcc")
    directory.mkdir(parents=True)
    source = directory / "question.c"
    source.write_text(_EXTENSION)
    return source


def extension_answers(user: Pyv, directory: Path) -> str:
    """What the module built there says, imported through the shim."""
    return user.python(f"import sys; sys.path.insert(0, {str(directory)!r}); import question; print(question.answer())")


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """A mirror an operator made with pyv, and the archives in it."""

    directory: Path
    keys: Path
    archives: tuple[Path, ...]


def make_mirror(place: Path, *archives: Path) -> Mirror:
    """`pyv mirror init` and `pyv mirror add`."""
    operator = Pyv(home=place / "operator")
    mirror = Mirror(directory=place / "mirror", keys=place / "keys", archives=archives)
    operator.pyv("mirror", "init", mirror.directory, "--keys", mirror.keys, "--no-passphrase")
    operator.pyv("mirror", "add", mirror.directory, *archives, "--keys", mirror.keys)
    return mirror


@contextmanager
def served(mirror: Mirror) -> Iterator[str]:
    """`pyv mirror serve` on loopback; its address."""
    operator = Pyv(home=mirror.directory.parent / "operator")
    with subprocess.Popen(
        operator.command("mirror", "serve", mirror.directory, "--port", "0"),
        env=operator.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), f"the server said {address!r}"
            yield address
        finally:
            server.terminate()
