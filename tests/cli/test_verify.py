"""`pyv verify` from outside: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.scene import index_of, left_in, publish
from tests.support.runner import Machine

SOURCE = Path(__file__).parents[2]
SOUND = "13 files as installed; nothing added"


@pytest.fixture
def installed(machine: Machine, tmp_path: Path) -> Machine:
    """A machine with 3.12.1 and 3.12.2."""
    index = publish(index_of("3.12.1", "3.12.2"), tmp_path / "mirror", machine)
    machine.pyv("install", "3.12.1", "3.12.2", "--index", index).ok()
    return machine


def prefix(machine: Machine, name: str) -> Path:
    return machine.root / "versions" / name


def test_sound(installed: Machine) -> None:
    before = left_in(installed.root)
    installed.pyv("verify").shows(stderr=f"3.12.1: {SOUND}\n3.12.2: {SOUND}\n")
    installed.pyv("verify", "3.12.1").shows(stderr=f"3.12.1: {SOUND}\n")
    installed.pyv("verify", "--quiet").shows()
    assert left_in(installed.root) == before


def test_words_are_understood_as_everywhere(installed: Machine) -> None:
    """An alias, a prefix, another tool's spelling; the same version twice is verified once."""
    for words in (["3.12"], ["3"], ["python-3.12.2"], ["3.12", "3.12.2"]):
        installed.pyv("verify", *words).shows(stderr=f"3.12.2: {SOUND}\n")


def test_damage(installed: Machine) -> None:
    (prefix(installed, "3.12.2") / "lib/python3.12/os.py").write_text("evil")
    (prefix(installed, "3.12.2") / "bin/pip").unlink()
    (prefix(installed, "3.12.2") / "lib/more.py").touch()
    changed = "changed 3.12.2/lib/python3.12/os.py\nmissing 3.12.2/bin/pip\n"
    told = (
        "3.12.2: damaged: of 13 files 1 changed, 1 missing; 1 added since\nhint: pyv install --force 3.12.2+20260814\n"
    )
    installed.pyv("verify").shows(changed, f"3.12.1: {SOUND}\n" + told, status=7)
    installed.pyv("verify", "3.12", "-v").shows(changed + "added 3.12.2/lib/more.py\n", told, status=7)
    installed.pyv("verify", "-q").shows(changed, status=7)
    installed.pyv("verify", "3.12.1").ok()


def test_the_hint_puts_it_right(installed: Machine, tmp_path: Path) -> None:
    (prefix(installed, "3.12.2") / "bin/pip").unlink()
    installed.pyv("verify").fails(7, "hint: pyv install --force 3.12.2+20260814")
    installed.pyv("install", "--force", "3.12.2+20260814", "--index", tmp_path / "mirror").ok()
    installed.pyv("verify").ok()


def test_packages_and_bytecode_are_no_damage(installed: Machine) -> None:
    library = prefix(installed, "3.12.2") / "lib/python3.12"
    for path in ("__pycache__/os.cpython-312.pyc", "site-packages/new/\x1b[2J.py"):
        (library / path).parent.mkdir(parents=True)
        (library / path).touch()
    told = "3.12.2: 13 files as installed; 2 added since\n"
    installed.pyv("verify", "3.12").shows(stderr=told)
    installed.pyv("verify", "3.12", "--verbose").shows(
        "added 3.12.2/lib/python3.12/__pycache__/os.cpython-312.pyc\n"
        "added 3.12.2/lib/python3.12/site-packages/new/\\x1b[2J.py\n",
        told,
    )


def test_json(installed: Machine) -> None:
    (prefix(installed, "3.12.2") / "lib/python3.12/os.py").unlink()
    (prefix(installed, "3.12.2") / "new").touch()
    run = installed.pyv("verify", "3.12", "--json")
    assert (run.status, run.stderr) == (7, "")
    assert run.json == {
        "schema": 1,
        "verified": [
            {
                "name": "3.12.2",
                "build": "3.12.2+20260814",
                "status": "damaged",
                "files": 13,
                "changed": [],
                "missing": ["lib/python3.12/os.py"],
                "added": ["new"],
                "problem": None,
                "revocation": None,
                "remedy": "pyv install --force 3.12.2+20260814",
            }
        ],
        "foreign": [],
    }
    assert installed.pyv("verify", "3.12.1", "--json").ok().json["verified"][0]["status"] == "sound"


def test_prefix_gone(installed: Machine) -> None:
    """A version whose prefix is lost is damaged, and can still be named."""
    place = prefix(installed, "3.12.2").resolve()
    shutil.rmtree(place)
    told = f"3.12.2: damaged: {place} is not there any more, or is no directory\nhint: pyv install --force 3.12.2\n"
    installed.pyv("verify", "3.12.2").shows(stderr=told, status=7)
    installed.pyv("verify").shows(stderr=f"3.12.1: {SOUND}\n{told}", status=7)


@pytest.mark.parametrize("word", ["3.13", "3.12.9", "nothing", "../..", "3.12.2/bin"])
def test_not_installed(installed: Machine, word: str) -> None:
    run = installed.pyv("verify", word)
    run.fails(1, f"pyv: version `{word}' ", "hint: ")
    assert run.stdout == ""


def test_unknown_beside_known_is_said_before_anything_is_read(installed: Machine) -> None:
    installed.pyv("verify", "3.12", "3.13").shows(
        stderr="pyv: version `3.13' not installed\nhint: pyv install 3.13\n", status=1
    )


def test_foreign(installed: Machine) -> None:
    prefix(installed, "3.9.9").mkdir()
    installed.pyv("verify").shows(
        stderr=f"3.12.1: {SOUND}\n3.12.2: {SOUND}\n3.9.9: not installed by pyv, so there is nothing to hold it to\n"
    )
    installed.pyv("verify", "3.9.9").shows(
        stderr="pyv: version `3.9.9' was not installed by pyv, so there is nothing to hold it to\n"
        "hint: `pyv versions` lists what is installed\n",
        status=1,
    )
    assert installed.pyv("verify", "--json").ok().json["foreign"] == ["3.9.9"]


def test_nothing_installed(machine: Machine) -> None:
    machine.pyv("verify").shows(stderr="nothing is installed\n")
    assert left_in(machine.home) == {}


@pytest.fixture(scope="module")
def copy_of_pyv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pyv as a wheel lays it out, with an embedded index of its own."""
    place = tmp_path_factory.mktemp("copy")
    shutil.copytree(SOURCE / "src" / "pyv", place / "pyv", ignore=shutil.ignore_patterns("__pycache__"))
    keys = place / "pyv" / "manifests" / "targets" / "trust"
    keys.mkdir(parents=True)
    shutil.copy(SOURCE / "manifests" / "targets" / "trust" / "artifact-keys.json", keys)
    (keys.parent / "revocations").mkdir()
    return place


def with_revocations(place: Path, *entries: dict[str, object]) -> str:
    """The PYTHONPATH that starts the copy, once its index takes these back."""
    path = place / "pyv" / "manifests" / "targets" / "revocations" / "revocations.json"
    path.write_text(json.dumps({"format": 1, "entries": entries}))
    return str(place)


def entry(action: str, version: str, **more: str) -> dict[str, object]:
    return {"action": action, "match": {"version": version}, "reason": "a hole", "date": "2026-11-01", **more}


def test_the_copy_is_what_runs(machine: Machine, copy_of_pyv: Path) -> None:
    command = [sys.executable, "-c", "import pyv; print(pyv.__file__)"]
    done = subprocess.run(
        command, env=machine.environment(PYTHONPATH=str(copy_of_pyv)), capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{copy_of_pyv}/pyv/__init__.py\n"


def test_blocked(installed: Machine, copy_of_pyv: Path) -> None:
    """Named with what to do; the shims go on working."""
    block = entry("block", "3.12.2", ref="CVE-2026-1", replaced_by="3.12.3")
    path = with_revocations(copy_of_pyv, block, entry("yank", "3.12.1"))
    installed.pyv("verify", PYTHONPATH=path).shows(
        "yanked 3.12.1: a hole (2026-11-01)\nblocked 3.12.2: a hole (2026-11-01, CVE-2026-1)\n",
        f"3.12.1: {SOUND}\n3.12.2: {SOUND}\nhint: pyv install 3.12.3, then pyv uninstall 3.12.2\n",
        status=4,
    )
    installed.pyv("verify", "3.12.1", PYTHONPATH=path).ok()
    told = installed.pyv("verify", "3.12.2", "--json", PYTHONPATH=path)
    assert (told.status, told.json["verified"][0]["revocation"]) == (4, block)
    assert (told.json["verified"][0]["status"], told.json["verified"][0]["remedy"]) == (
        "sound",
        "pyv install 3.12.3, then pyv uninstall 3.12.2",
    )
    installed.shim("python", "-V", PYV_VERSION="3.12.2").shows("Python 3.12.2\n")


def test_damage_goes_before_blocks(installed: Machine, copy_of_pyv: Path) -> None:
    path = with_revocations(copy_of_pyv, entry("block", "3.12.2"))
    (prefix(installed, "3.12.1") / "bin/pip").unlink()
    installed.pyv("verify", PYTHONPATH=path).shows(
        "missing 3.12.1/bin/pip\nblocked 3.12.2: a hole (2026-11-01)\n",
        "3.12.1: damaged: of 13 files 0 changed, 1 missing; nothing added\n"
        "hint: pyv install --force 3.12.1+20260814\n"
        f"3.12.2: {SOUND}\nhint: install another build or version, then pyv uninstall 3.12.2\n",
        status=7,
    )
