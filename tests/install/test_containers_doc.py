"""docs/containers.md is true: its recipes are carried out line by line, in directories that stand for images.

The stage that has pyv sees this machine's programs; `pip install pyv` is what it needs no more. The final stage has a
BusyBox and what is copied into it, and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.install.namespace import Namespace
from tests.install.scene import HERE
from tests.support.archives import tiny_archive
from tests.support.copied import published_with
from tests.support.index import SignedIndex
from tests.support.real import need
from tests.support.runner import Machine

PAGE = (Path(__file__).parents[2] / "docs" / "containers.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"<!-- recipe -->\n```dockerfile\n(.*?)```", PAGE, flags=re.DOTALL)
TRIPLES = (HERE, "x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu")
NAME = "3.12.2"


@dataclass
class Stage:
    """One image, as a directory."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    cwd: str = "/"


def instructions(recipe: str) -> Iterator[tuple[str, str]]:
    """The lines of a Dockerfile, joined where they go on."""
    for line in filter(None, recipe.replace("\\\n", " ").splitlines()):
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


class Builder:
    """A container engine in miniature: what the recipes use."""

    def __init__(self, inside: Namespace, place: Path, project: Path) -> None:
        self.inside, self.place, self.project = inside, place, project
        self.stages: list[Stage] = []
        self.names: dict[str, Stage] = {}

    def build(self, recipe: str) -> Stage:
        """Carry a recipe out; the last stage."""
        for word, rest in instructions(recipe):
            getattr(self, f"do_{word.lower()}")(rest)
        return self.stages[-1]

    def do_from(self, rest: str) -> None:
        name = rest.partition(" AS ")[2]
        stage = Stage(self.place / str(len(self.stages)), {"PATH": "/tools:/usr/bin:/bin"})
        stage.root.mkdir(parents=True)
        self.stages.append(stage)
        if name:
            self.names[name] = stage
            self._borrow(stage)
        else:
            install_busybox(stage.root)

    def _borrow(self, stage: Stage) -> None:
        """Let this machine's files be seen in an image, and its own `pip` and `pyv`."""
        for entry in os.scandir("/"):
            here = stage.root / entry.name
            if entry.is_symlink():
                here.symlink_to(os.readlink(entry.path))
            elif entry.is_dir():
                here.mkdir()
                if entry.name not in {"opt", "proc", "sys", "old_root"}:
                    self.inside.mount("--rbind", entry.path, here)
        tools = stage.root / "tools"
        tools.mkdir()
        machine = self.inside.machine
        path = machine.variables["PYTHONPATH"]
        for name, line in {
            "pip": 'exec echo "$@" >/pip-was-asked',
            "pyv": f'PYTHONPATH={path} exec {sys.executable} -m pyv "$@"',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{line}\n")
            (tools / name).chmod(0o755)

    def do_run(self, rest: str) -> None:
        self.run(self.stages[-1], rest)

    def run(self, stage: Stage, line: str) -> str:
        """Run a line in an image; what it printed."""
        settings = {"HOME": "/", "PYV_MIRROR": str(self.project.parent / "mirror"), **stage.variables}
        words = ["env", "-i", *(f"{name}={value}" for name, value in settings.items())]
        script = f"cd {stage.cwd} && {line}"
        return self.inside.run("chroot", str(stage.root), *words, "/bin/sh", "-c", script).ok().stdout

    def do_workdir(self, rest: str) -> None:
        self.stages[-1].cwd = rest
        (self.stages[-1].root / rest.lstrip("/")).mkdir(parents=True)

    def do_arg(self, rest: str) -> None:
        self.do_env(rest)

    def do_env(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        variables = self.stages[-1].variables
        variables[name] = value.replace("$PATH", variables["PATH"])

    def do_copy(self, rest: str) -> None:
        stage, (*sources, target) = self.stages[-1], rest.split()
        if sources[0].startswith("--from="):
            shutil.copytree(
                self.names[sources[0][7:]].root / sources[1].strip("/"),
                stage.root / target.lstrip("/"),
                symlinks=True,
                dirs_exist_ok=True,
            )
            return
        for source in sources:
            shutil.copy(self.project / source, stage.root / stage.cwd.lstrip("/") / target)


def install_busybox(root: Path) -> None:
    """An image of the barest kind."""
    busybox = need("busybox")
    libraries = re.findall(
        r"(/\S+)", subprocess.run(["ldd", busybox], capture_output=True, text=True, check=True).stdout
    )
    for path in (busybox, *libraries):
        (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, root / path.lstrip("/"))
    (root / "bin").mkdir(exist_ok=True)
    for applet in ("sh", "env", "echo", "realpath", "dirname"):
        (root / "bin" / applet).symlink_to(busybox)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Somebody with a project that is locked, by an index that pyv embeds."""
    place = tmp_path_factory.mktemp("scene")
    index = SignedIndex()
    for triple in TRIPLES:
        index.add(NAME, tiny_archive(NAME, extra={"lib/for": triple.encode()}), triple=triple)
    machine = published_with(Machine.fresh(place), index.write(place / "mirror"), place / "copy")
    machine.pyv("local", "--force", "3.12").ok()
    machine.pyv("lock", *(word for triple in TRIPLES for word in ("--triple", triple))).ok()
    return machine


@pytest.mark.parametrize(("recipe", "triple"), list(zip(RECIPES, TRIPLES, strict=True)), ids=TRIPLES)
def test_a_recipe(scene: Machine, tmp_path: Path, recipe: str, triple: str) -> None:
    with Namespace.of(scene) as inside:
        builder = Builder(inside, tmp_path / "images", scene.cwd)
        final = builder.build(recipe)
        pyv = builder.names["pyv"]
        assert (pyv.root / "pip-was-asked").read_text() == "install pyv\n"
        assert builder.run(final, "python --version") == f"Python {NAME}\n"
        assert builder.run(final, "PYV_VERSION=3.12 /opt/pyv/shims/python -m pip install x").endswith(
            "-m pip install x\n"
        )
    root = final.root / "opt" / "pyv"
    assert sorted(os.listdir(root)) == ["aliases", "shims", "store", "versions"]
    assert (root / "versions" / "3.12" / "lib" / "for").read_text() == triple
    assert [path for path in final.root.rglob("*") if path.name == "pyv" and path != root] == []
