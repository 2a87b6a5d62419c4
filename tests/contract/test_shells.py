"""The set-up of a shell, held by what it does: the same scripts after pyv's set-up and after a pyenv's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contract.case import Outcome
from tests.contract.differences import read_differences
from tests.contract.runs import launcher, pyenv_at_hand
from tests.contract.scene import Place
from tests.contract.shell_cases import CASES, ShellCase
from tests.selection.tree import write_program
from tests.support.real import need

DIFFERENCES = read_differences()
REAL = pyenv_at_hand()

SHELLS = {
    "bash": ("--noprofile", "--norc", "-c"),
    "zsh": ("-f", "-c"),
    "ksh": ("-c",),
    "fish": ("--no-config", "-c"),
}


def run(case: ShellCase, place: Place, shell: str) -> Outcome:
    """Evaluate the set-up and run the script."""
    program = need(shell)
    init = f"pyenv init {case.options} {shell}"
    script = f"{init} | source\n{case.fish}" if shell == "fish" else f'S={shell}\neval "$({init})"\n{case.posix}'
    done = subprocess.run(
        [program, *SHELLS[shell], place.real(script)],
        env={
            "HOME": str(place.base / "home"),
            "PATH": place.real(case.path),
            "PYENV_ROOT": str(place.base / "root"),
            "LC_ALL": "C.UTF-8",
        },
        cwd=place.base / "work",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Outcome(stdout=place.told(os.fsdecode(done.stdout)), stderr=place.told(os.fsdecode(done.stderr)))


def in_shells(cases: Sequence[ShellCase]) -> list[tuple[ShellCase, str]]:
    """Each case in each of its shells."""
    return [(case, shell) for case in cases for shell in case.shells]


def called(value: ShellCase | str) -> str:
    """The name of a parameter."""
    return value if isinstance(value, str) else value.name


@pytest.mark.real
@pytest.mark.parametrize(("case", "shell"), in_shells(CASES), ids=called)
def test_pyv_does_to_a_shell_what_pyenv_does(tmp_path: Path, tools: Path, case: ShellCase, shell: str) -> None:
    place = case.scene.build(tmp_path, tools)
    launcher(place)
    assert run(case, place, shell) == DIFFERENCES.expected("pyv as pyenv", case.name, case.outcome)


@pytest.mark.parametrize(("case", "shell"), in_shells(CASES if REAL else CASES[:1]), ids=called)
def test_pyenv_does_to_a_shell_what_is_said(
    tmp_path: Path, tools: Path, pyenv: str, case: ShellCase, shell: str
) -> None:
    assert REAL is not None
    place = case.scene.build(tmp_path, tools)
    write_program(tmp_path / "root/bin/pyenv", f'#!/bin/sh\nexec "{pyenv}" "$@"\n')
    assert run(case, place, shell) == DIFFERENCES.expected(f"pyenv {REAL[1]}", case.name, case.outcome)
