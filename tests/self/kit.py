"""A kit in miniature: what `scripts/install.sh` installs, with an interpreter that is a shell script.

The script runs the Python of the tests, and stands in its way where a test wants that: `KILL` names the step at which
its whole process group is killed. An interpreter that was tampered with would leave the file that `BETRAYS` names.
"""

from __future__ import annotations

import hashlib
import io
import random
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyv
from pyv import __version__
from pyv.domain.kit import ANY, PYTHON, PYV, WHEEL, Kit, Part, written
from pyv.mirror.own_kit import packaged_script
from tests.install.scene import HERE
from tests.support.archives import TarBuilder
from tests.support.real import need
from tests.support.runner import Machine, Run

CHECKOUT = Path(__file__).parents[2]
SCRIPT = packaged_script()
SOURCE = Path(pyv.__file__).parents[1]
ARCHIVE = f"cpython-3.13.18+20261110-{HERE}-install_only_stripped.tar.gz"
OWN_WHEEL = f"pyv-{__version__}-py3-none-any.whl"
LOWEST = ("cat", "chmod", "cp", "cut", "date", "dd", "find", "grep", "gzip", "ln", "mkdir", "mv", "rm", "rmdir", "sed")
TOOLS = (*LOWEST, "sort", "tar", "touch", "tr", "uname", "wc", "xargs")
"""What is promised to be enough, besides what fetches and what hashes."""

_PYTHON = f"""\
#!/bin/sh
if [ -n "${{BETRAYS:-}}" ]; then : >"$BETRAYS"; fi
prefix=${{0%/bin/*}}
case "$*" in
'-I -c import pyv.trust.client') exit 0 ;; # it only spares others time
'-I - '*) step=place ;;
*switch*) step=switch ;;
*settle*) step=settle ;;
*) step=try ;;
esac
if [ "${{KILL:-}}" = "$step" ]; then
    kill -9 0
fi
# The pyv that is tested, which -I would not find.
shift
PYTHONPATH={shlex.quote(str(SOURCE))}
export PYTHONPATH
case $step in
place)
    shift
    exec {sys.executable} -c 'import sys
sys.prefix = sys.argv.pop(1)
sys.path.append(sys.prefix + "/lib/python3.13/site-packages")
exec(sys.stdin.read())' "$prefix" "$@"
    ;;
esac
exec {sys.executable} "$@"
"""


def wheel(name: str, version: str, **files: str) -> bytes:
    """A wheel in miniature; the same arguments give the same bytes."""
    content = io.BytesIO()
    info = f"{name}-{version}.dist-info"
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
        **files,
    }
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in texts.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return content.getvalue()


def noise(count: int) -> bytes:
    """Bytes that cannot be compressed, the same ones each time."""
    return random.Random(count).randbytes(count)


def interpreter(bulk: int = 0) -> bytes:
    """An archive of upstream's shape."""
    built = TarBuilder().file("python/bin/python3.13", _PYTHON.encode(), mode=0o755)
    built.symlink("python/bin/python3", "python3.13")
    built.file("python/lib/python3.13/site-packages/README.txt", b"packages go here\n")
    built.file("python/lib/bulk", noise(bulk))
    return built.file("python/share/terminfo/x/xterm", b"x").gz()


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """Pins, and the bytes of what they pin."""

    contents: Mapping[Part, bytes] = field(default_factory=dict)

    @classmethod
    def make(cls, dependency: str = "1.0", *, bulk: int = 0) -> Tiny:
        """A kit with one interpreter, one dependency and pyv; that of `bulk` bytes more, and twice as many."""
        own = wheel("pyv", __version__, **{"pyv/store/own.py": "", "pyv/__main__.py": ""})
        files = {"plain.py": f"version = {dependency!r}\n", "bulk": noise(bulk * 2).hex()[: bulk * 2]}
        needed = wheel("plain", dependency, **files)
        made = cls().add(PYTHON, f"20261110/{ARCHIVE}", interpreter(bulk), HERE)
        made = made.add(WHEEL, f"plain-{dependency}-py3-none-any.whl", needed)
        return made.add(PYV, OWN_WHEEL, own)

    def add(self, kind: str, location: str, content: bytes, triple: str = ANY) -> Tiny:
        """The same, and one file more."""
        digest = hashlib.sha256(content).hexdigest()
        part = Part(kind=kind, triple=triple, location=location, sha256=digest, size=len(content))
        return replace(self, contents={**self.contents, part: content})

    def without(self, kind: str) -> Tiny:
        """The same without a kind of file."""
        return Tiny(contents={part: content for part, content in self.contents.items() if part.kind != kind})

    @property
    def kit(self) -> Kit:
        """The pins."""
        return Kit(tuple(sorted(self.contents)))

    @property
    def script(self) -> str:
        """install.sh with these pins."""
        return written(SCRIPT.read_text(encoding="utf-8"), self.kit, "install.sh")

    def write(self, mirror: Path) -> Path:
        """Lay it out as a mirror's `self/`; returns the script."""
        for part, content in self.contents.items():
            path = mirror / "self" / part.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        script = mirror / "self" / "install.sh"
        script.write_text(self.script)
        return script

    def part(self, kind: str) -> Part:
        """The only file of a kind."""
        return next(part for part in self.contents if part.kind == kind)


def toolbox(place: Path, *more: str, shell: str = "sh") -> Path:
    """A directory for PATH, with nothing but what is promised to be enough, and what is named."""
    place.mkdir()
    (place / "sh").symlink_to(need(shell))
    for name in (*TOOLS, *more):
        (place / name).symlink_to(need(name))
    return place


def busybox(place: Path) -> Path:
    """A directory for PATH in which everything is BusyBox."""
    program = need("busybox")
    place.mkdir()
    applets = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in applets:
        (place / name).symlink_to(program)
    return place


def program(place: Path, name: str, text: str) -> None:
    """Put a script of the test's own into a toolbox."""
    path = place / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@dataclass(frozen=True)
class Bare:
    """A machine on which the script is run."""

    machine: Machine
    tools: Path
    shell: tuple[str, ...] = ("sh",)

    def install(self, script: Path | str, *words: str | Path, **variables: str) -> Run:
        """Run a script (its text: through a pipe) to its end."""
        path = str(self.tools)
        machine = replace(self.machine, variables={**self.machine.variables, **variables, "PATH": path})
        shell = [shutil.which(self.shell[0], path=path) or need(self.shell[0]), *self.shell[1:]]
        if isinstance(script, Path):
            return machine.run([*shell, str(script), *map(str, words)])
        return machine.run([*shell, "-s", "--", *map(str, words)], stdin=script)

    @property
    def root(self) -> Path:
        return self.machine.root

    @property
    def releases(self) -> list[str]:
        """What is in `self/`, hidden or not."""
        place = self.root / "self"
        return sorted(path.name for path in place.iterdir()) if place.is_dir() else []

    def started(self) -> str:
        """The release that `bin/pyv` starts; it answers."""
        launcher = self.root / "bin" / "pyv"
        self.machine.run([str(launcher), "root"]).shows(f"{self.root}\n")
        line = next(line for line in launcher.read_text().splitlines() if line.startswith("_pyv_python="))
        (python,) = map(Path, shlex.split(line.partition("=")[2]))
        assert python.exists()
        return python.parent.parent.name

    def dependency(self) -> str:
        """The version of the dependency in the release that is started."""
        packages = self.root / "self" / self.started() / "lib/python3.13/site-packages"
        assert (packages / "pyv/store/own.py").is_file()
        return (packages / "plain.py").read_text()
