"""`PYV_AUTO_INSTALL`: what is selected and missing is installed, and then the program runs as if it had been there."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from pyv.store.paths import Root
from pyv.store.shims import rehash
from tests.install.process import Processes, ended, until
from tests.install.scene import (
    HERE,
    assert_sound,
    big_tar,
    blob_path,
    fetch,
    index_of,
    installed,
    left_in,
    serve_index,
    step,
    timeless,
    trust,
)
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run
from tests.support.server import Server

UNSET = "hint: change what selects it, or go on without by unsetting PYV_AUTO_INSTALL\n"
ECHO = "#!/bin/sh\necho system\nprintf '<%s>' \"$@\"\n"


@pytest.fixture(scope="module")
def offer(tmp_path_factory: pytest.TempPathFactory) -> tuple[SignedIndex, Path]:
    index = index_of("3.11.9", "3.12.2", "3.13.0", "3.13.1t")
    return index, index.write(tmp_path_factory.mktemp("offer"))


@pytest.fixture
def pinned(machine: Machine, offer: tuple[SignedIndex, Path], tmp_path: Path) -> Machine:
    """A machine that trusts the offer, has shims, a `python` of the system, and installs what 3.12 asks for."""
    index, mirror = offer
    trust(machine, index)
    fetch(machine, mirror)
    system = tmp_path / "system" / "python"
    system.parent.mkdir()
    system.write_text(ECHO)
    system.chmod(0o755)
    (machine.cwd / ".python-version").write_text("3.12\n")
    rehash(Root(machine.root), sys.executable)
    (machine.root / "shims/python").hardlink_to(machine.root / "shims/.shim")
    variables = {
        "PYV_INDEX": str(mirror),
        "PYV_AUTO_INSTALL": "1",
        "PATH": f"{machine.root}/shims:{system.parent}:/usr/bin:/bin",
    }
    return Machine(home=machine.home, root=machine.root, cwd=machine.cwd, variables=variables)


def told(machine: Machine, offer: tuple[SignedIndex, Path], name: str = "3.12.2") -> str:
    index, mirror = offer
    (artifact,) = (each for each in index.artifacts if each.version_name == name)
    return step(artifact) + installed(machine, artifact, f"{artifact.size} bytes from {mirror}")


@pytest.mark.parametrize("how", ["exec", "shim"])
def test_what_is_missing_is_installed_first(pinned: Machine, offer: tuple[SignedIndex, Path], how: str) -> None:
    """Everything pyv says of it is on stderr; the program's arguments reach it as they were."""
    words = ["-c", "x y", "--", "--index=/evil", "", "-w", "*", "--help"]

    def run() -> Run:
        return timeless(pinned.shim("python", *words) if how == "shim" else pinned.pyv("exec", "python", *words))

    shown = "python3.12 of 3.12.2: " + " ".join(words) + "\n"
    run().shows(shown, told(pinned, offer))
    run().shows(shown)
    assert_sound(Root(pinned.root), "3.12.2")
    pinned.shim("python3.12", "-V").shows("Python 3.12.2\n")


def test_every_version_that_is_missing(pinned: Machine) -> None:
    pinned.pyv("install", "3.11").ok()
    (pinned.cwd / ".python-version").write_text("system\n3.11\n3.13t\npython-3.13.0\n")
    assert pinned.pyv("exec", "python3.13", "-V").ok().stdout == "Python 3.13.1\n"
    pinned.pyv("versions", "--bare").shows("3.11.9\n3.13.0\n3.13.1t\n")
    pinned.pyv("exec", "python").shows("system\n<>")


@pytest.mark.parametrize("word", ["cpython@3.13", "3.13+freethreaded", "3", "3.13.0"])
def test_other_spellings(pinned: Machine, word: str) -> None:
    assert pinned.pyv("exec", "python", "-V", PYV_VERSION=word).ok().stdout.startswith("Python 3.13.")


@pytest.mark.parametrize("value", ["", "0"])
def test_not_unless_it_is_asked_for(pinned: Machine, value: str) -> None:
    was = left_in(pinned.root)
    pinned.pyv("exec", "python", PYV_AUTO_INSTALL=value).shows("system\n<>")
    pinned.shim("python", PYV_AUTO_INSTALL=value).shows("system\n<>")
    assert left_in(pinned.root) == was


@pytest.mark.parametrize(
    "words", [["which", "python"], ["version-name"], ["version"], ["prefix"], ["local"], ["versions"]]
)
def test_what_only_asks_installs_nothing(pinned: Machine, words: list[str]) -> None:
    was = left_in(pinned.root)
    assert pinned.pyv(*words) == pinned.pyv(*words, PYV_AUTO_INSTALL="")
    assert left_in(pinned.root) == was


def test_with_strict_mode(pinned: Machine) -> None:
    assert pinned.pyv("exec", "python", "-V", PYV_STRICT="1").ok().stdout == "Python 3.12.2\n"
    origin = "PYV_VERSION environment variable"
    err = f"pyv: version `3.11' is not installed (set by {origin})\nhint: pyv install 3.11\n"
    pinned.pyv("which", "python", PYV_STRICT="1", PYV_VERSION="3.11").shows(stderr=err, status=127)


def test_a_failed_installation_is_an_error_with_its_cause(pinned: Machine) -> None:
    (pinned.cwd / ".python-version").write_text("3.12\n3.99\n")
    was = left_in(pinned.root)
    failed = (
        f"pyv: version `3.12' is not installed (set by {pinned.cwd}/.python-version), "
        f"and installing it failed (status 3)\n{UNSET}"
    )
    cause = f"pyv: no build of `3.99` for {HERE}\nhint: there is 3.13.0, 3.12.2, 3.11.9\n"
    for run in (pinned.pyv("exec", "python"), pinned.shim("python")):
        run.shows(stderr=cause + failed, status=127)
    assert left_in(pinned.root) == was
    run = pinned.pyv("exec", "python", PYV_VERSION="3.12", PYV_INDEX="/nowhere")
    run.fails(127, "pyv: ", "and installing it failed (status ")


@pytest.mark.parametrize("word", ["work", "latest", "3.12-dev", "pypy3.10", ">=3.11", "3.12.2+20260814", "--index=x3"])
def test_what_is_no_version_is_an_error(pinned: Machine, word: str) -> None:
    was = left_in(pinned.root)
    pinned.pyv("exec", "python", PYV_VERSION=f"3.12:{word}").shows(
        stderr=f"pyv: version `{word}' is not installed (set by PYV_VERSION environment variable), "
        f"and is no version that can be installed\n{UNSET}",
        status=127,
    )
    assert left_in(pinned.root) == was


def test_a_policy_has_its_say(pinned: Machine) -> None:
    (pinned.cwd / "pyv.toml").write_text('[policy]\nversions = ">=3.13"\n')
    run = pinned.pyv("exec", "python")
    run.fails(127, "allows `>=3.13`", "and installing it failed (status 4)")
    assert pinned.pyv("versions", "--bare").stdout == ""


def test_under_the_name_pyenv(pinned: Machine) -> None:
    """The root is pyenv's, and what is installed goes there."""
    program = "import sys; sys.argv[0] = 'pyenv'; from pyv.__main__ import main; raise SystemExit(main())"
    run = pinned.run([sys.executable, "-c", program, "exec", "python", "-V"], PYENV_ROOT=str(pinned.root))
    assert run.ok().stdout == "Python 3.12.2\n"
    assert_sound(Root(pinned.root), "3.12.2")
    run = pinned.run(
        [sys.executable, "-c", program, "exec", "python"], PYENV_ROOT=str(pinned.root), PYENV_VERSION="work"
    )
    err = (
        "pyenv: version `work' is not installed (set by PYENV_VERSION environment variable), "
        "and is no version that can be installed\n"
    )
    run.shows(stderr=err, status=127)


def test_several_at_once_install_it_once(pinned: Machine, processes: Processes, server: Server, tmp_path: Path) -> None:
    index = SignedIndex()
    artifact = index.add("3.12.2", big_tar(files=10).gz(), triple=HERE)
    address = serve_index(server, index.write(tmp_path / "mirror"))
    trust(pinned, index)
    server.put(blob_path(artifact), index.blobs[artifact.sha256], drip=(16384, 0.05))
    shim = str(pinned.root / "shims/python")
    running = [processes.run(pinned, [shim, "-V"], PYV_INDEX=address) for _ in range(3)]
    for process in running:
        assert ended(process).ok().stdout == "Python 3.12.2\n"
    assert len(server.asked(blob_path(artifact))) == 1
    assert_sound(Root(pinned.root), "3.12.2")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_stopped(
    pinned: Machine, processes: Processes, server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    """SIGTERM to the process that waits reaches the installation; Ctrl-C reaches both from the terminal."""
    index = SignedIndex()
    artifact = index.add("3.12.2", big_tar(files=10).gz(), triple=HERE)
    address = serve_index(server, index.write(tmp_path / "mirror"))
    trust(pinned, index)
    server.put(blob_path(artifact), index.blobs[artifact.sha256], drip=(1024, 30.0))
    command = [sys.executable, "-m", "pyv", "exec", "python"]
    if number == signal.SIGINT:
        command = ["setsid", *command]
    process = processes.run(pinned, command, PYV_INDEX=address)
    assert until(lambda: server.asked(blob_path(artifact)), process)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    run = ended(process)
    assert (run.status, run.stdout) == (130, "")
    assert "Traceback" not in run.stderr
    assert pinned.pyv("versions", "--bare").stdout == ""
    assert left_in(pinned.root / "staging") == {}
