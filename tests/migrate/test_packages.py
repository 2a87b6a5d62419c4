"""`--packages`: what pip had, installed by the twin's pip; what cannot be is named, package by package."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.install.scene import left_in
from tests.migrate import scene
from tests.migrate.scene import Pyenv, add_package, site_packages, twins
from tests.support.runner import Machine, Run


@pytest.fixture
def pyenv(machine: Machine) -> Pyenv:
    """One version, with packages from everywhere."""
    found = Pyenv(machine.home / ".pyenv")
    site = site_packages(
        found.install("3.11.7", six="1.16.0", requests="2.31.0", pip="23.2", setuptools="65.5"), "3.11.7"
    )
    add_package(site, "my-app", "1.0", '{"url": "file:///w/app", "dir_info": {"editable": true}}')
    add_package(site, "forked", "2.0", '{"url": "https://git.example/f", "vcs_info": {"vcs": "git", "commit_id": "1"}}')
    add_package(site, "local", "3.0", '{"url": "file:///w/local.whl", "archive_info": {}}')
    add_package(site, "odd", "4.0", "{")
    (site / "old-style.egg-link").write_text("/w/old\n.")
    (site / "broken-1.0.dist-info").mkdir()
    return found


@pytest.fixture
def mirror(machine: Machine, tmp_path: Path) -> Path:
    """The twin."""
    return twins(tmp_path / "mirror", machine, "3.11.7", "3.12.1")


LEFT = """\
3.11.7: forked is left: it came from git+https://git.example/f
3.11.7: local is left: it came from file:///w/local.whl
3.11.7: my-app is left: it came from editable file:///w/app
3.11.7: odd is left: it came from a place its direct_url.json does not tell
3.11.7: old-style is left: it came from editable /w/old
"""


@pytest.mark.parametrize("text", [b"\xff\xfe{", b"[" * 200_000, b"[]", b'{"url"'])
def test_damaged_metadata_is_told_and_stops_nothing(machine: Machine, pyenv: Pyenv, mirror: Path, text: bytes) -> None:
    site = site_packages(pyenv.versions / "3.11.7", "3.11.7")
    (site / "odd-4.0.dist-info/direct_url.json").write_bytes(text)
    (site / "directory.egg-link").mkdir()
    (site / "dangling.egg-link").symlink_to("nothing")
    os.mkfifo(site / "pipe.egg-link")
    run = packages(machine, "--install", "--index", mirror)
    assert (run.status, run.stdout) == (0, "installed requests==2.31.0 in 3.11.7\ninstalled six==1.16.0 in 3.11.7\n")
    assert "3.11.7: odd is left: it came from a place its direct_url.json does not tell\n" in run.stderr
    for name in ("directory", "dangling", "pipe"):
        assert f"3.11.7: {name} is left: it came from editable ?\n" in run.stderr


def packages(machine: Machine, *words: str | Path, **variables: str) -> Run:
    return scene.run(machine, "pyenv", "--packages", *words, **variables)


def log(machine: Machine) -> list[str]:
    """How the twin's pip was called: what follows `install`, the requirements' file left out."""
    lines = (machine.root / "versions" / "3.11.7" / "pip.log").read_text().splitlines()
    return [f"{line.partition(' -r ')[0]} {line.partition('.txt ')[2]}" for line in lines]


def test_all_at_once(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    before = left_in(pyenv.place)
    run = packages(machine, "--install", "--index", mirror, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert (run.status, run.stdout) == (0, "installed requests==2.31.0 in 3.11.7\ninstalled six==1.16.0 in 3.11.7\n")
    assert run.stderr.partition("3.11.7: pip")[2] == f" installs 2 packages\n{LEFT}"
    options = "-I -m pip install --no-input --disable-pip-version-check --no-deps"
    assert log(machine) == [f"{options} PIP_INDEX_URL=http://127.0.0.1:9/simple PYTHONPATH="]
    assert machine.shim("six-program", PYENV_VERSION="3.11.7").status == 0, "console scripts have shims"
    assert left_in(pyenv.place) == before


def test_again_nothing_is_left_to_do(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    packages(machine, "--install", "--index", mirror).ok()
    assert packages(machine).ok().stdout == ""
    assert len(log(machine)) == 1


def test_what_is_there_stays(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    machine.pyv("install", "3.11.7", "--index", mirror).ok()
    add_package(site_packages(machine.root / "versions" / "3.11.7", "3.11.7"), "Requests", "9.9")
    run = packages(machine).ok()
    assert run.stdout == "installed six==1.16.0 in 3.11.7\n"
    assert "3.11.7: requests stays at 9.9, which is there already (it was 2.31.0)\n" in run.stderr


def test_a_package_that_cannot_be_had_is_named(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    machine.pyv("install", "3.11.7", "--index", mirror).ok()
    run = packages(machine, PIP_FAKE_REFUSED="requests")
    failed = "failed requests==2.31.0 in 3.11.7: No matching distribution found for requests\n"
    assert (run.status, run.stdout) == (1, f"installed six==1.16.0 in 3.11.7\n{failed}")
    assert run.stderr.startswith("3.11.7: pip installs 2 packages\n3.11.7: pip refused them together: one by one\n")
    assert run.stderr.endswith("3.11.7: 1 of 2 packages failed\n")
    told = packages(machine, "--json", PIP_FAKE_REFUSED="requests")
    reason = "No matching distribution found for requests"
    assert told.status == 1
    assert told.json["packages"][0]["failed"] == [{"package": "requests==2.31.0", "reason": reason}]
    # and the next run takes up where this one stopped
    assert packages(machine).ok().stdout == "installed requests==2.31.0 in 3.11.7\n"


def test_a_twin_without_pip(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    machine.pyv("install", "3.11.7", "--index", mirror).ok()
    packages(machine, PIP_FAKE_ABSENT="1").fails(1, "pyv: 3.11.7 has no pip\n", "-m ensurepip, then again")
    told = packages(machine, "--json", PIP_FAKE_ABSENT="1").json
    assert told["packages"][0]["error"]["message"] == "3.11.7 has no pip"


def test_without_a_twin_they_stay(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    pyenv.install("3.12.1", rich="13.0")
    machine.pyv("install", "3.11.7", "--index", mirror).ok()
    machine.pyv("migrate", "pyenv", "--link", "--only", "3.12.1").ok()
    run = packages(machine)
    assert "3.12.1: its packages stay where they are: pyv has not installed 3.12.1\n" in run.ok().stderr
    assert "rich" not in run.stdout


def test_setuptools_counts_from_3_12_on(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    """Before, it came with pip, as `pip freeze` has it."""
    pyenv.install("3.12.1", setuptools="69.0", pip="23.3")
    run = packages(machine, "--install", "--only", "3.12.1", "--index", mirror).ok()
    assert run.stdout == "installed setuptools==69.0 in 3.12.1\n"


def test_names_of_metadata_reach_nobody(machine: Machine, pyenv: Pyenv, mirror: Path) -> None:
    """Whatever is in the metadata: it is a requirement of an index, or none."""
    site = site_packages(pyenv.versions / "3.11.7", "3.11.7")
    for number, name in enumerate(("-r /etc/passwd", "x @ file:///etc", "../x", "--index-url=http://evil.example")):
        directory = site / f"evil{number}-1.dist-info"
        directory.mkdir()
        (directory / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    run = packages(machine, "--install", "--dry-run", "--index", mirror).ok()
    assert run.stdout.splitlines()[-1] == "would install in 3.11.7: requests==2.31.0 six==1.16.0"
