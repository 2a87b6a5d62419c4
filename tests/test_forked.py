"""A forked run is a run: what `tests.support.forked` gives is what a process of its own would give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import forked
from tests.support.runner import Machine


@pytest.mark.parametrize(
    "line",
    [
        ["root"],
        ["--version"],
        ["--help"],
        ["mirror", "sync", "--help"],
        ["nonsense"],
        ["which", "nothing"],
        ["index", "status"],
    ],
)
def test_it_says_what_a_process_of_its_own_says(machine: Machine, line: list[str]) -> None:
    assert machine.pyv(*line, PYV_OFFLINE="1") == machine.run(machine.command(*line), PYV_OFFLINE="1")


def test_variables_directory_and_stdin_are_those_asked_for(machine: Machine, tmp_path: Path) -> None:
    program = machine.cwd / "tool"
    program.write_text("#!/bin/sh\npwd\ncat\nenv | grep -c '^SECRET=' \nexit 7\n", encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "elsewhere").mkdir()
    ran = machine.pyv("exec", program, stdin="words\n", cwd=tmp_path / "elsewhere", PYV_ROOT=str(tmp_path / "r"))
    ran.shows(f"{tmp_path}/elsewhere\nwords\n0\n", status=7)
    assert machine.pyv("root", PYV_ROOT=str(tmp_path / "r")).stdout == f"{tmp_path}/r\n"
    assert machine.pyv("root").stdout == f"{machine.root}\n"


def test_an_end_by_a_signal_is_told(machine: Machine) -> None:
    program = machine.cwd / "tool"
    program.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    program.chmod(0o755)
    assert machine.pyv("exec", program).status == -9


def test_variables_that_a_start_reads_get_a_start() -> None:
    assert forked.suits({"PYV_ROOT": "x", "PYENV_VERSION": "y"})
    assert not forked.suits({"PYV_ROOT": "x", "PYTHONWARNINGS": "error"})
    assert not forked.suits({"LC_ALL": "C"})
