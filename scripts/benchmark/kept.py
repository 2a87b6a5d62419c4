"""What jobs begin with beside the mirror: wheels and a kit of `install.sh` that it serves, a project with a lock."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.place import CHECKOUT, TRIPLE, VERSION, Place, carry_out

PINS = re.compile(r"(?<=<<'PINS'\n).*?(?=^PINS$)", re.MULTILINE | re.DOTALL)
"""The pins in an `install.sh`."""
_PAGE = "<!doctype html><title>wheels</title>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All of it, made anew with the mirror."""

    place: Place
    url: str
    """Where the mirror is served."""

    @property
    def project(self) -> Path:
        """A directory with a pin and its lock."""
        return self.place.path / "project"

    @property
    def bare(self) -> Path:
        """A virtual environment with nothing but pip."""
        return self.place.path / "venv-bare"

    @property
    def script(self) -> Path:
        """An `install.sh` whose pins are what this mirror serves."""
        return self.place.mirror / "self" / "install.sh"

    def wheels(self, name: str) -> str:
        """The address of a page with wheels: those of `pyv`, or of `uv`."""
        return f"{self.url}/wheels/{name}.html"

    @property
    def public_key(self) -> str:
        """The public half of the key that signed the archive."""
        listed = json.loads((self.place.mirror / "targets" / "trust" / "artifact-keys.json").read_text("utf-8"))
        return str(listed["keys"][0]["public"])

    def made(self) -> Kept:
        """Make it.

        Raises:
            BenchError: something cannot be made, and why.
        """
        self.place.refreshed(self.url)
        self._project()
        if not self.bare.is_dir():
            carry_out("making a bare virtual environment", self.place.python, "-m", "venv", self.bare)
        for name, directory in (("pyv", self.place.wheels), ("uv", self.place.uv_wheels)):
            self._serve(name, directory)
        self._kit()
        return self

    def _project(self) -> None:
        shutil.rmtree(self.project, ignore_errors=True)
        self.project.mkdir()
        (self.project / ".python-version").write_text(f"{VERSION}\n", encoding="utf-8")
        words = (self.place.pyv, "lock", "--index", self.url, "--triple", TRIPLE)
        carry_out("locking", *words, root=self.place.trusting, directory=self.project)

    def _serve(self, name: str, directory: Path) -> None:
        served = self.place.mirror / "wheels"
        served.mkdir(exist_ok=True)
        wheels = sorted(directory.glob("*.whl"))
        for wheel in wheels:
            os.link(wheel, served / wheel.name)
        links = "".join(f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in wheels)
        (served / f"{name}.html").write_text(_PAGE + links, encoding="utf-8")

    def _kit(self) -> None:
        """What `pyv mirror add-self` makes, but of what is at hand: the Python pyv runs on here, and its wheels."""
        kit = self.script.parent
        shutil.rmtree(kit, ignore_errors=True)
        (kit / "wheels").mkdir(parents=True)
        packing = CHECKOUT / "scripts" / "pbs-archive"
        python = Path(os.path.realpath(self.place.python))
        carry_out("packing a Python", self.place.python, packing, "running", kit / "python", "--python", python)
        (interpreter,) = (kit / "python").iterdir()
        _add_place_for_packages(interpreter)
        tag = interpreter.name.partition("+")[2][:8]
        lines = [_pin("python", TRIPLE, f"{tag}/{interpreter.name}", interpreter)]
        for wheel in sorted(self.place.wheels.glob("*.whl")):
            os.link(wheel, kit / "wheels" / wheel.name)
            lines.append(_pin("pyv" if wheel.name.startswith("pyv-") else "wheel", "any", wheel.name, wheel))
        text = (CHECKOUT / "scripts" / self.script.name).read_text(encoding="utf-8")
        if not PINS.search(text):
            raise BenchError("install.sh has no place for pins")
        self.script.write_text(PINS.sub(lambda _: "\n".join(lines) + "\n", text), encoding="utf-8")


def _add_place_for_packages(archive: Path) -> None:
    """Give Debian's Python the directory it has packages in: upstream's archives have pip in theirs."""
    partial = archive.with_suffix(".part")
    with tarfile.open(archive) as old, tarfile.open(partial, "w:gz", compresslevel=6) as new:
        for member in old:
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
        note = tarfile.TarInfo("python/lib/python3/dist-packages/README")
        note.mode = 0o644
        new.addfile(note)
    os.replace(partial, archive)


def _pin(kind: str, triple: str, location: str, path: Path) -> str:
    return f"{kind} {triple} {location} {hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size}"
