"""`pyv uninstall`: asks first, takes only what pyv installed, and leaves nothing of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.terminal import on_terminal
from tests.install.scene import index_of, left_in, publish
from tests.support.runner import Machine


@pytest.fixture
def mirror(machine: Machine, tmp_path: Path) -> Path:
    """Two versions, installed."""
    found = publish(index_of("3.12.1", "3.12.2"), tmp_path / "mirror", machine)
    machine.pyv("install", "3.12.1", "3.12.2", "--index", found).ok()
    return found


def test_nothing_is_left(machine: Machine, mirror: Path) -> None:
    machine.pyv("uninstall", "-f", "3.12.1", "3.12.2").shows("pyv: 3.12.1 uninstalled\npyv: 3.12.2 uninstalled\n")
    left = set(left_in(machine.root))
    assert {path for path in left if not path.startswith(("cache/blobs/", "trust/"))} == {
        "aliases",
        "bin/pyv",
        "shims/.seen",
        "shims/.shim",
    }
    assert (machine.root / "aliases").read_text() == ""
    machine.pyv("versions", "--bare").shows()


def test_neighbour_stays(machine: Machine, mirror: Path) -> None:
    kept = {path: what for path, what in left_in(machine.root).items() if "3.12.1" in path}
    machine.pyv("uninstall", "--force", "3.12.2").ok()
    left = left_in(machine.root)
    assert {path: what for path, what in left.items() if "3.12.1" in path} == kept
    assert not [path for path in left if "3.12.2" in path]
    assert os.readlink(machine.root / "versions" / "3.12") == "3.12.1"
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.1\n")


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("yes", 0), ("n", 1), ("", 1), ("whatever", 1)])
def test_asked_on_a_terminal(machine: Machine, mirror: Path, answer: str, status: int) -> None:
    was = left_in(machine.root)
    run = on_terminal(machine, "uninstall", "3.12.2", answer=f"{answer}\n")
    question = f"pyv: remove {machine.root}/versions/3.12.2? (y/N) "
    assert run.stdout.startswith(question)
    assert run.status == status
    assert run.stdout.removeprefix(question).strip() == ("pyv: 3.12.2 uninstalled" if status == 0 else "")
    assert (left_in(machine.root) == was) == (status == 1)


def test_asked_through_a_pipe(machine: Machine, mirror: Path) -> None:
    was = left_in(machine.root)
    machine.pyv("uninstall", "3.12.2").shows(status=1)
    machine.pyv("uninstall", "3.12.2", stdin="n\n").shows(status=1)
    assert left_in(machine.root) == was
    machine.pyv("uninstall", "3.12.2", stdin="y\n").shows("pyv: 3.12.2 uninstalled\n")


def test_alias(machine: Machine, mirror: Path) -> None:
    was = left_in(machine.root)
    for force in ([], ["-f"]):
        machine.pyv("uninstall", *force, "3.12").shows(
            stderr="pyv: version `3.12' is a managed alias of 3.12.2\nhint: pyv uninstall 3.12.2\n", status=1
        )
    assert left_in(machine.root) == was


def test_unknown(machine: Machine, mirror: Path) -> None:
    was = left_in(machine.root)
    machine.pyv("uninstall", "3.11.9").shows(
        stderr="pyv: version `3.11.9' not installed\nhint: see `pyv versions`\n", status=1
    )
    machine.pyv("uninstall", "-f", "3.11.9").shows()
    for name in ("../store", "..", ".", "3.12.2/bin"):
        assert machine.pyv("uninstall", "-f", name).stdout == ""
    assert left_in(machine.root) == was


def test_a_persons_link_goes_alone(machine: Machine, mirror: Path, tmp_path: Path) -> None:
    """As pyenv has it: what it leads to stays, and a shim only it had goes with it."""
    program = tmp_path / "mine" / "bin" / "only-mine"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (machine.root / "versions" / "work").symlink_to(tmp_path / "mine")
    machine.pyv("rehash").ok()
    assert (machine.root / "shims" / "only-mine").exists()
    machine.pyv("uninstall", "-f", "work").shows("pyv: work uninstalled\n")
    assert not (machine.root / "versions" / "work").is_symlink()
    assert not (machine.root / "shims" / "only-mine").exists()
    assert program.exists()
    (machine.root / "versions" / "gone").symlink_to("nowhere")
    machine.pyv("uninstall", "-f", "gone").shows("pyv: gone uninstalled\n")
    machine.pyv("versions", "--bare").shows("3.12.1\n3.12.2\n")


def test_foreign(machine: Machine, mirror: Path) -> None:
    """What pyenv compiled is not pyv's to remove."""
    place = machine.root / "versions" / "3.11.4"
    (place / "bin").mkdir(parents=True)
    was = left_in(machine.root)
    machine.pyv("uninstall", "-f", "3.11.4").shows(
        stderr=f"pyv: {place} was not installed by pyv\nhint: remove it by hand if you want it gone\n", status=7
    )
    assert left_in(machine.root) == was
    assert place.exists()


def test_usage(machine: Machine) -> None:
    usage = "Usage: pyv uninstall [-f|--force] <version> ...\n"
    for words in ([], ["-f"], ["--nonsense", "3.12.2"], ["3.12.2", "-f"], [""]):
        machine.pyv("uninstall", *words).shows(stderr=usage, status=1)
    assert left_in(machine.home) == {}


def test_last_program_takes_its_shim_along(machine: Machine, mirror: Path, tmp_path: Path) -> None:
    other = publish(index_of("3.13.1t"), tmp_path / "other", machine)
    machine.pyv("install", "3.13t", "--index", other).ok()
    assert (machine.root / "shims" / "python3.13t").exists()
    machine.pyv("uninstall", "-f", "3.13.1t").ok()
    assert sorted(os.listdir(machine.root / "shims")) == [
        ".seen",
        ".shim",
        "pip",
        "pip3",
        "pip3.12",
        "python",
        "python3",
        "python3.12",
    ]
