"""A mirror to be looked after: two archives, made once, copied for every test that breaks one."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.mirror.add import add
from pyv.mirror.generation import read_generation, write_generation
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror
from pyv.mirror.online import Online
from pyv.mirror.working import contents, wanted_listing
from pyv.trust.roles import RELEASES
from tests.install.scene import HERE
from tests.support.archives import tiny_archive
from tests.support.runner import Machine, Run

OLD, NEW = (f"cpython-{name}-{HERE}-install_only_stripped" for name in ("3.12.2+20260814", "3.12.3+20260901"))
HOUR, DAY = 3600.0, 86400.0


@dataclass(frozen=True)
class Scene:
    """An operator's working directory, with a mirror and its keys in it."""

    machine: Machine

    @classmethod
    def make(cls, place: Path, *, ago: float = 0.0) -> Scene:
        """A mirror that was made, filled and published so many seconds ago."""
        scene, now = cls(Machine.fresh(place)), time.time() - ago
        init(scene.path, scene.keys, now)
        paths = []
        for name in (OLD, NEW):
            paths.append(place / f"{name}.tar.gz")
            paths[-1].write_bytes(tiny_archive(name[8:14]))
        add(scene.path, paths, scene.keys, now=now)
        return scene

    def copy(self, place: Path) -> Scene:
        """The same, to be changed."""
        subprocess.run(["cp", "-a", f"{self.machine.cwd.parent}/.", place], check=True)  # hard links stay links
        return Scene(Machine(place / "home", place / "home/.pyv", place / "work"))

    def below(self, place: Path, *words: str) -> Scene:
        """Another operator, with an own mirror that synchronised with this one; `words` say what they chose."""
        place.mkdir()
        other = Scene(Machine.fresh(place))
        init(other.path, other.keys, time.time())
        other.machine.pyv("trust", "add", self.path, "--yes").ok()
        other.run("sync", "mirror", "--from", self.path, "--keys", "keys", *words).ok()
        return other

    @property
    def path(self) -> Path:
        return self.machine.cwd / "mirror"

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.path)

    @property
    def keys(self) -> KeyDirectory:
        return KeyDirectory(path=self.machine.cwd / "keys")

    @property
    def records(self) -> dict[str, Artifact]:
        """The records, by name."""
        return {record.name: record for record in self.mirror.read_manifest(HERE)}

    def blob(self, name: str) -> Path:
        """The archive of a record."""
        return self.mirror.blob(self.records[name].sha256)

    def metadata(self, role: str) -> Path:
        """The newest file of a role."""
        return max(self.mirror.metadata.glob(f"*{role}.json"), key=lambda path: path.name)

    def run(self, *words: str | Path) -> Run:
        return self.machine.pyv("mirror", *words)


def files(directory: Path) -> Mapping[str, tuple[int, int, int]]:
    """Everything below a directory, with what any change to it would change."""
    found = {}
    for path in (directory, *sorted(directory.rglob("*"))):
        told = path.lstat()
        found[str(path.relative_to(directory))] = (told.st_mode, told.st_size, told.st_mtime_ns)
    return found


def edit(path: Path, old: str, new: str) -> None:
    """Change a text that is there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def settings(scene: Scene, **values: object) -> None:
    """What the mirror knows of itself, as a synchronisation would have written it."""
    choice = {"versions": [], "triples": [], "flavors": [], "variants": [], "builds": "newest"}
    told = {"format": 1, "mode": "own", "upstream": "", "archives": [], "choice": choice, "upstream_keys": []}
    scene.mirror.settings.write_text(json.dumps({**told, **values}))


def publish_unchecked(scene: Scene) -> None:
    """What a thief of the online keys can: a manifest nobody looked at, signed by releases, snapshot and timestamp."""
    current, now = read_generation(scene.mirror), time.time()
    assert current is not None
    releases = current.listing["releases"].renewed(RELEASES, now).listing(wanted_listing(scene.mirror)["releases"])
    listing = {**current.listing, "releases": releases.signed_with(scene.keys.signers("releases"))}
    made = Online(current, scene.keys, now, {}, {}).generation(current.root, listing)
    assert made is not None
    write_generation(scene.mirror, made, contents(scene.mirror))
