"""Wrong usage, help, version and colours: exit 2 with words, never a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pyv import __version__
from pyv.plumbing.dispatch import OTHERS, summaries
from tests.cli.terminal import on_terminal
from tests.install.scene import index_of, left_in, publish
from tests.support.runner import Machine

OWN = ["install", "available", "trust", "trust add", "trust list", "trust remove"]
OWN += ["lock", "env", "mirror", "mirror init", "mirror add", "mirror sync", "mirror add-self", "mirror serve"]
OWN += ["index show", "index status", *(f"mirror sign {name}" for name in ("export", "add", "publish", "timestamp"))]


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(machine: Machine, flag: str) -> None:
    machine.pyv(flag).shows(f"pyv {__version__}\n")


@pytest.mark.parametrize("command", [*OWN, *summaries()])
def test_help(machine: Machine, command: str) -> None:
    """Every command has help with its usage; its own ones have an example too."""
    run = machine.pyv(*command.split(), "--help")
    assert (run.status, run.stderr) == (0, "")
    assert run.stdout.startswith(f"Usage: pyv {command}")
    if command not in {"trust", "mirror", "trust list", "trust remove"}:
        assert f"pyv {command}" in run.stdout.partition("\n")[2], "no example"
    assert left_in(machine.home) == {}


def test_help_of_all(machine: Machine) -> None:
    run = machine.pyv("--help").ok()
    for command, summary in {**summaries(), **OTHERS}.items():
        assert f"\n  {command:<19} {summary}\n" in run.stdout, "a line each, and none is cut short"
    assert machine.pyv("-h").stdout == run.stdout
    assert machine.pyv().fails(2).stdout + machine.pyv().stderr == run.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nonsense"], "No such command 'nonsense'."),
        (["--nonsense"], "No such option: --nonsense"),
        (["install", "--nonsense"], "No such option: --nonsense"),
        (["install", "3.12", "--jobs", "0"], "0 is not in the range 1<=x<=32"),
        (["install", "3.12", "--jobs", "many"], "'many' is not a valid int"),
        (["install", "3.12", "--index"], "requires an argument"),
        (["available", "3.12", "3.13"], "unexpected extra argument"),
        (["trust"], "Usage: pyv trust"),
        (["trust", "add"], "Missing argument 'URL|DIR|oci://…|FILE'"),
        (["trust", "nonsense"], "No such command 'nonsense'."),
        (["mirror"], "Usage: pyv mirror"),
        (["mirror", "add", "somewhere"], "Missing argument"),
        (["mirror", "serve", ".", "--port", "eighty"], "'eighty' is not a valid int"),
    ],
)
def test_wrong_usage(machine: Machine, words: list[str], message: str) -> None:
    machine.pyv(*words).fails(2, message)
    assert left_in(machine.home) == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["install", "3.x"], "pyv: `3.x` is not a version request\nhint: write 3.12, 3.12.2, 3.13t, 3.14.0rc2, "),
        (["install", ""], "pyv: `` is not a version request\nhint: "),
        (["install", "3.12", "--variant", "fast"], "pyv: `fast` is not a variant (default, freethreaded, debug, "),
        (
            ["install", "3.12", "--index", "gopher://x/"],
            "pyv: pyv cannot read from `gopher://` addresses\nhint: give an ",
        ),
        (["install", "3.12", "--mirror", "http://"], "pyv: `http://` names no host\nhint: give an "),
        (["install", ">=3.11,<three"], "pyv: "),
    ],
)
def test_bad_request(machine: Machine, words: list[str], message: str) -> None:
    run = machine.pyv(*words)
    assert run.fails(2).stderr.startswith(message)
    assert run.stderr.count("\n") == 2
    assert run.stdout == ""
    assert left_in(machine.home) == {}


def test_unknown_flavor_and_triple(machine: Machine) -> None:
    """A word that is none is not found, and what there is is named."""
    machine.pyv("install", "3.12.2", "--flavor", "vanilla").fails(
        3, "no vanilla archive of `3.12.2`", "hint: there is "
    )
    machine.pyv("install", "3.12.2", "--triple", "z80-unknown-cpm").fails(3, "has nothing for z80-unknown-cpm")
    assert left_in(machine.home) == {}


def test_secrets_of_an_address_are_not_printed(machine: Machine) -> None:
    run = machine.pyv("install", "3.12", "--index", "http://me:s3cr3t@127.0.0.1:9/?token=s3cr3t").fails(2)
    assert "s3cr3t" not in run.stderr


def test_colour_only_on_a_terminal(machine: Machine) -> None:
    words = ["install", "three"]
    red = "\x1b[1;31mpyv:\x1b[0m `three` is not a version request\n\x1b[36mhint:\x1b[0m "
    assert on_terminal(machine, *words).stdout.startswith(red)
    plain = machine.pyv(*words).stderr
    assert plain.startswith("pyv: `three` is not a version request\nhint: ")
    assert on_terminal(machine, *words, NO_COLOR="1").stdout == plain
    assert on_terminal(machine, *words, TERM="dumb").stdout == plain
    assert "\x1b" not in machine.pyv(*words, FORCE_COLOR="1").stderr


def test_help_is_plain_on_a_terminal(machine: Machine) -> None:
    assert "\x1b" not in on_terminal(machine, "--help").stdout


def test_bars_only_on_a_terminal(machine: Machine, tmp_path: Path) -> None:
    mirror = publish(index_of("3.12.2", "3.13.0"), tmp_path / "mirror", machine)
    run = on_terminal(machine, "install", "3.12", "3.13", "--index", str(mirror)).ok()
    assert "installed 3.12.2 in " in run.stdout
    assert "installed 3.13.0 in " in run.stdout
    machine.pyv("uninstall", "-f", "3.12.2").ok()
    piped = machine.pyv("install", "3.12", "--index", mirror).ok()
    assert "\r" not in piped.stderr
    assert "\x1b" not in piped.stderr
    quiet = on_terminal(machine, "install", "3.12", "--force", "--quiet", "--index", str(mirror))
    assert quiet.ok().stdout == ""


def test_closed_pipe(machine: Machine) -> None:
    """`pyv available | head -1` ends quietly."""
    command = "{} | head -1".format(" ".join(machine.command("available", "--all-platforms")))
    run = machine.run(["sh", "-c", command])
    assert run.stdout.count("\n") == 1
    assert run.stderr == ""


def test_working_directory_that_is_gone(machine: Machine) -> None:
    gone = machine.cwd / "gone"
    gone.mkdir()
    process = subprocess.run(
        ["sh", "-c", 'rmdir "$0" && exec "$@"', str(gone), *machine.command("install", "3.12", "--dry-run")],
        cwd=gone,
        env=machine.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in process.stderr
    assert process.stderr == "pyv: the working directory no longer exists\nhint: change to a directory that does\n"
    assert process.returncode == 1


def test_home_is_not_needed_where_the_root_is_named(machine: Machine) -> None:
    environment = machine.environment(PYV_ROOT=str(machine.root))
    del environment["HOME"]
    process = subprocess.run(
        machine.command("root"), env=environment, cwd=machine.cwd, capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, f"{machine.root}\n", "")
    assert os.listdir(machine.home) == []
