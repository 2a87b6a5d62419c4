"""`pyenv install` and `pyenv latest --known`, as programs and people call them: exact words, streams and status."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from tests.cli.terminal import on_terminal
from tests.install.scene import HERE, fetch, index_of, left_in, let_age, publish, receipt_of, serve_index, trust
from tests.support import forked
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run
from tests.support.server import Server

USAGE = (
    "Usage: pyenv install [-f] [-kvp] <version>...\n"
    "       pyenv install [-f] [-kvp] <definition-file>\n"
    "       pyenv install -l|--list\n"
    "       pyenv install --version\n"
)
MORE = (
    "\nSee all available versions with `pyenv install --list'.\n"
    "\nIf the version you need is missing, try upgrading pyenv.\n"
)
_PROGRAM = "import sys; sys.argv[0] = 'pyenv'; from pyv.__main__ import main; raise SystemExit(main())"


@dataclass(frozen=True)
class Called(Machine):
    """A machine on which pyv is called pyenv."""

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", _PROGRAM, *arguments]

    def pyenv(self, *arguments: str, stdin: str = "", **variables: str) -> Run:
        status, out, err = forked.run(
            list(arguments),
            name="pyenv",
            variables=self.environment(**variables),
            cwd=self.cwd,
            stdin=stdin.encode(),
        )
        return Run(status, out.decode(), err.decode())

    def path(self, name: str) -> Path:
        return self.root / "versions" / name


def offered() -> SignedIndex:
    index = index_of("3.11.9", "3.12.1", "3.12.2", "3.12.10", "3.13.0", "3.13.1t", "3.13.0rc3", "3.14.0rc2")
    debug = tiny_archive("3.12.2", compression="zst", flavor="full")
    index.add("3.12.2", debug, triple=HERE, options="debug", flavor="full")
    return index


@pytest.fixture(scope="module")
def offer(tmp_path_factory: pytest.TempPathFactory) -> tuple[SignedIndex, Path]:
    index = offered()
    return index, index.write(tmp_path_factory.mktemp("offer"))


@pytest.fixture
def called(machine: Machine, offer: tuple[SignedIndex, Path]) -> Called:
    index, mirror = offer
    found = Called(
        home=machine.home, root=machine.home / ".pyenv", cwd=machine.cwd, variables={"PYV_INDEX": str(mirror)}
    )
    trust(found, index)
    fetch(found, mirror)
    return found


def story(called: Called, version: str, name: str = "", *, cached: bool = False) -> str:
    """What is said of one installation."""
    file = f"cpython-{version}+20260814-{HERE}-install_only_stripped.tar.gz"
    downloading = "" if cached else f"Downloading {file}...\n"
    return (
        f"{downloading}Installing Python-{version}...\nInstalled Python-{version} to {called.path(name or version)}\n"
    )


def exists(called: Called, name: str) -> str:
    return f"pyenv: {called.path(name)} already exists\n"


@pytest.mark.parametrize("words", [["--list"], ["-l"], ["-fl", "3.12"], ["3.12", "--list", "--nonsense"]])
def test_list(called: Called, words: list[str]) -> None:
    """For programs: no pre-release of what is not released (pipenv would ask for its release), no debug builds."""
    versions = ["3.11.9", "3.12.1", "3.12.2", "3.12.10", "3.13.0rc3", "3.13.0", "3.13.1t"]
    called.pyenv("install", *words).shows(
        "".join(f"{line}\n" for line in ["Available versions:", *(f"  {v}" for v in versions)])
    )


def test_what_was_taken_back_is_not_listed_and_no_prefix_means_it(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.1", "3.12.2", "3.13.0rc3", "3.13.0")
    entries = [
        Revocation(action=action, version=version, triple="", reason="bad", date="2026-08-20")
        for action, version in (("yank", "3.12.2"), ("block", "3.13.0"))
    ]
    index.revocations = Revocations(entries=tuple(entries))
    called = Called(home=machine.home, root=machine.home / ".pyenv", cwd=machine.cwd)
    mirror = str(publish(index, tmp_path / "mirror", called))
    called.pyenv("install", "--list", PYV_INDEX=mirror).shows("Available versions:\n  3.12.1\n")
    called.pyenv("latest", "-k", "3", PYV_INDEX=mirror).shows("3.12.1\n")
    called.pyenv("latest", "-k", "3.12.2", PYV_INDEX=mirror).shows("3.12.2\n")
    assert called.pyenv("install", "3", PYV_INDEX=mirror).ok().stderr.endswith(f"to {called.path('3.12.1')}\n")
    run = called.pyenv("install", "3.13.0", PYV_INDEX=mirror)
    run.fails(1, "pyenv: 3.13.0+20260814 was revoked")
    assert "hint" not in run.stderr


def test_a_list_asks_no_server_that_was_asked_before(
    machine: Machine, server: Server, offer: tuple[SignedIndex, Path]
) -> None:
    index, mirror = offer
    called = Called(home=machine.home, root=machine.home / ".pyenv", cwd=machine.cwd)
    address = serve_index(server, mirror)
    trust(called, index)
    first = called.pyenv("install", "--list", PYV_INDEX=address).ok()
    assert first.stdout.startswith("Available versions:\n  3.11.9\n")
    asked = len(server.requests)
    assert asked
    let_age(called)
    assert called.pyenv("install", "--list", PYV_INDEX=address) == first
    called.pyenv("latest", "-k", "3.12", PYV_INDEX=address).shows("3.12.10\n")
    assert len(server.requests) == asked


def test_a_prefix_installs_its_newest_release(called: Called) -> None:
    called.pyenv("install", "3.12").shows(stderr=story(called, "3.12.10"))
    called.pyenv("versions", "--bare").shows("3.12.10\n")
    called.shim("python", "-V", PYENV_VERSION="3.12").shows("Python 3.12.10\n")
    assert receipt_of(called, "3.12.10").request == "3.12"
    free = story(called, "3.13.1", "3.13.1t").replace(f"{HERE}-", f"{HERE}-freethreaded-")
    called.pyenv("install", "3.12.2:latest", "3.13t").shows(stderr=story(called, "3.12.2") + free)


def test_installed_already(called: Called) -> None:
    called.pyenv("install", "3.12.2").ok()
    was = left_in(called.root)
    for answer in ("", "n\n", "\n", "ja\n", "Yes\n"):
        called.pyenv("install", "3.12.2", stdin=answer).shows(stderr=exists(called, "3.12.2"), status=1)
    called.pyenv("install", "-s", "3.12.2").shows()
    called.pyenv("install", "--skip-existing", "--force", "3.12.2").shows()
    assert left_in(called.root) == was
    for answer in ("y\n", "Y\n", "yes\n", "YES"):
        run = called.pyenv("install", "3.12.2", stdin=answer).ok()
        assert run.stderr.startswith(exists(called, "3.12.2") + "Installing Python-3.12.2...\n3.12.2: the build it")
        assert run.stderr.endswith(f"packages left there: none\nInstalled Python-3.12.2 to {called.path('3.12.2')}\n")
    assert called.pyenv("install", "3.12.2", "-vf").ok().stderr.startswith("3.12.2: 3.12.2 is the version named; ")


def test_a_prefix_whose_newest_release_is_installed_already(called: Called) -> None:
    """The managed alias versions/3.12 is no such version: pyenv resolves a prefix first."""
    called.pyenv("install", "3.12.2").ok()
    called.pyenv("install", "-s", "3.12").shows(stderr=story(called, "3.12.10"))
    called.pyenv("install", "-s", "3.12").shows()
    called.pyenv("install", "3.12").shows(stderr=exists(called, "3.12.10"), status=1)


def test_a_no_goes_on_with_the_next_and_a_failure_does_not(called: Called) -> None:
    called.pyenv("install", "3.12.2").ok()
    err = exists(called, "3.12.2") + story(called, "3.11.9")
    called.pyenv("install", "3.12.2", "3.11.9").shows(stderr=err, status=1)
    missing = f"python-build: definition not found: 3.99\n{MORE}"
    called.pyenv("install", "-s", "3.12.2", "3.99", "3.13").shows(stderr=missing, status=2)
    called.pyenv("install", "3.12.2", "3.99").shows(stderr=exists(called, "3.12.2") + missing, status=2)
    assert not called.path("3.13.0").exists()


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("3.99", []),
        ("3.14", ["3.14.0rc2"]),
        ("3.1", ["3.11.9", "3.12.1", "3.12.2", "3.12.10", "3.13.0rc3", "3.13.0", "3.13.1t", "3.14.0rc2"]),
        ("3.13.1", ["3.13.1t"]),
        ("pypy3.10-7.3.15", []),
        ("3.12-dev", []),
        ("nope/x", []),
        ("*", []),
    ],
)
def test_unknown(called: Called, word: str, near: list[str]) -> None:
    listed = "".join(f"  {name}\n" for name in near)
    told = f"\nThe following versions contain `{word}' in the name:\n{listed}" if near else ""
    err = f"python-build: definition not found: {word}\n{told}{MORE}"
    called.pyenv("install", word).shows(stderr=err, status=2)


def test_a_prerelease_is_installed_by_its_name(called: Called) -> None:
    called.pyenv("install", "3.14.0rc2").shows(stderr=story(called, "3.14.0rc2"))


def test_a_debug_build(called: Called) -> None:
    run = called.pyenv("install", "-g", "3.12.2").ok()
    assert run.stderr.endswith(f"Installed Python-3.12.2 to {called.path('3.12.2-debug')}\n")
    called.pyenv("install", "--debug", "3.12.2").shows(stderr=exists(called, "3.12.2-debug"), status=1)
    called.pyenv("install", "-gs", "3.12").shows()
    called.pyenv("install", "-g", "3.13").fails(2, "python-build: definition not found: 3.13\n")


def test_without_a_version(called: Called) -> None:
    """What .python-version names; neither a variable nor the global file has a say."""
    (called.root / "version").write_text("3.13.0\n")
    called.pyenv("install", PYENV_VERSION="3.13.0").shows(stderr=USAGE, status=1)
    (called.cwd / ".python-version").write_text("system\n")
    called.pyenv("install").shows(stderr=USAGE, status=1)
    (called.cwd / ".python-version").write_text("system\n3.11.9 # the old one\n3.12\n")
    called.pyenv("install").shows(stderr=story(called, "3.11.9") + story(called, "3.12.10"))
    called.pyenv("install", "-s").shows()


@pytest.mark.parametrize("words", [["--nonsense"], ["-z"], ["-sz", "3.12"], ["3.12", "-4"], [""], ["--debug=1", "3"]])
def test_wrong_usage(called: Called, words: list[str]) -> None:
    was = left_in(called.home)
    called.pyenv("install", *words).shows(stderr=USAGE, status=1)
    assert left_in(called.home) == was


def test_version_and_help(called: Called) -> None:
    run = called.pyenv("install", "3.12", "--version").ok()
    assert run.stdout == called.pyenv("--version").stdout.replace("pyenv", "python-build")
    for words in (["--help"], ["-h"], ["-sh", "--nonsense"]):
        helped = called.pyenv("install", *words).ok()
        assert helped.stdout.startswith(USAGE)
        assert "pyv install" not in helped.stdout


def test_a_name_of_ones_own(called: Called) -> None:
    called.pyenv("install", "3.12:work", "3.13:other").shows(
        stderr=story(called, "3.12.10", "work") + story(called, "3.13.0", "other")
    )
    called.pyenv("install", "3.11:work").shows(stderr=exists(called, "work"), status=1)
    called.pyenv("install", "-s", "3.11:work").shows()
    called.pyenv("versions", "--bare").shows("other\nwork\n")
    called.pyenv("install", "3.12:3.13", "3.11").shows(
        stderr="pyenv: `3.13` asks for a version itself, so it cannot be the name of one\n", status=1
    )
    called.pyenv("install", "3.99:mine").shows(stderr=f"python-build: definition not found: 3.99\n{MORE}", status=2)


def test_what_pyenv_built_is_never_touched(called: Called) -> None:
    python = called.path("3.12.2") / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    called.path("pypy3.10-7.3.15/bin").mkdir(parents=True)
    was = left_in(called.path("3.12.2"), without=())
    called.pyenv("install", "-s", "3.12.2", "pypy3.10-7.3.15").shows()
    called.pyenv("install", "3.12.2").shows(stderr=exists(called, "3.12.2"), status=1)
    refused = f"pyenv: {called.path('3.12.2')} exists and was not installed by pyv\n"
    called.pyenv("install", "-f", "3.12.2", "3.11").shows(stderr=refused, status=1)
    called.pyenv("install", "3.12.2", stdin="y\n").shows(stderr=exists(called, "3.12.2") + refused, status=1)
    assert left_in(called.path("3.12.2"), without=()) == was
    assert not called.path("3.11.9").exists()


def test_what_is_installed_needs_no_index_to_be_skipped(called: Called) -> None:
    called.pyenv("install", "3.12.2", "3.13:work").ok()
    called.pyenv("install", "-s", "3.12.2", "3.13:work", PYV_INDEX="/nowhere").shows()
    run = called.pyenv("install", "3.11", PYV_INDEX="/nowhere")
    run.fails(1, "pyenv: ")
    assert "hint" not in run.stderr


def test_a_definition_file_is_not_built(called: Called) -> None:
    (called.cwd / "3.12.2").write_text("install_package x\n")
    called.pyenv("install", "./3.12.2").shows(
        stderr="pyenv: ./3.12.2 is a file, and nothing is built here: name a version\n", status=1
    )
    called.pyenv("install", "3.12.2").shows(stderr=story(called, "3.12.2"))


def test_what_is_of_a_build_changes_nothing(called: Called) -> None:
    variables = {"PYTHON_CONFIGURE_OPTS": "--enable-shared", "PYTHON_BUILD_MIRROR_URL": "http://127.0.0.1:1/"}
    called.pyenv("install", "-kpv", "3.12.2", **variables).ok()
    shown = on_terminal(called, "install", "-s", "3.12.2", **variables).ok().stdout
    named = "PYTHON_BUILD_MIRROR_URL, PYTHON_CONFIGURE_OPTS"
    assert shown == f"pyenv: nothing is built here, so these variables change nothing: {named}\n"


@pytest.mark.parametrize(("answer", "status"), [("yes\n", 0), ("no\n", 1)])
def test_on_a_terminal_it_asks(called: Called, answer: str, status: int) -> None:
    called.pyenv("install", "3.12.2").ok()
    run = on_terminal(called, "install", "3.12.2", answer=answer)
    assert run.stdout.startswith(exists(called, "3.12.2") + "continue with installation? (y/N) ")
    assert (run.status, "Installed" in run.stdout) == (status, status == 0)


@pytest.mark.parametrize("name", ["pyenv", "pyv"])
def test_latest_known(called: Called, name: str) -> None:
    def run(*words: str) -> Run:
        called_so = called.pyenv if name == "pyenv" else called.pyv
        return called_so("latest", *words, PYV_ROOT=str(called.root))

    for prefix, meant in {"3": "3.13.0", "3.12": "3.12.10", "3t": "3.13.1t", "3.14.0rc2": "3.14.0rc2"}.items():
        run("-k", prefix).shows(f"{meant}\n")
        run("--known", prefix).shows(f"{meant}\n")
    hint = "hint: see `pyv available`\n" if name == "pyv" else ""
    run("-k", "3.1").shows(stderr=f"{name}: no known versions match the prefix `3.1'\n{hint}", status=1)
    run("-k", "-b", "3.14").shows("3.14\n", status=1)
    run("-f", "-k", "3.14").shows("3.14\n")
    assert run("-k").fails(1).stderr.startswith(f"Usage: {name} latest ")
    assert run("-k", "--nonsense", "3").fails(1).stderr.startswith(f"Usage: {name} latest ")
    assert run("--help", "-k").ok().stdout.startswith(f"Usage: {name} latest ")


def test_completion(called: Called) -> None:
    """What a shell asks for at every tab: no server, no error."""
    options = "--help --list --force --skip-existing --keep --patch --verbose --version --debug"
    versions = called.pyenv("install", "--list").stdout.split()[2:]
    offered = "".join(f"{word}\n" for word in [*options.split(), *versions])
    called.pyenv("completions", "install").shows(offered)
    called.pyenv("completions", "install", "3.12", "").shows(offered)
    called.pyenv("completions", "install", PYV_INDEX="/nowhere").shows("".join(f"{w}\n" for w in options.split()))
    called.pyenv("completions", "mirror").shows(status=1)


def test_nothing_is_left_of_a_failure(called: Called, offer: tuple[SignedIndex, Path], tmp_path: Path) -> None:
    mirror = Path(shutil.copytree(offer[1], tmp_path / "mirror"))
    for path in (mirror / "blobs/sha256").iterdir():
        path.write_bytes(os.urandom(64))
    was = left_in(called.root)
    run = called.pyenv("install", "3.12", "3.11", PYV_INDEX=str(mirror))
    run.fails(1, "pyenv: ")
    assert "Installed" not in run.stderr
    assert left_in(called.root) == was
