"""What a shim does, compared like a command: after a rehash of pyv's, and after one of a pyenv's.

What a shim of pyv's cannot decide is asked of `bin/pyv`, so its messages are those under pyv's own name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.case import Case, case
from tests.contract.differences import read_differences
from tests.contract.runs import launcher, pyenv_at_hand, run_program, run_pyv
from tests.contract.shim_cases import CASES

DIFFERENCES = read_differences()
REAL = pyenv_at_hand()


def named(shim: Case) -> tuple[Case, str]:
    """The arguments of a shim as a case, and its path."""
    return replace(shim, words=shim.words[1:]), "{root}/shims/" + shim.words[0]


@pytest.mark.parametrize("shim", CASES, ids=lambda shim: shim.name)
def test_pyvs_shims_do_what_pyenvs_do(tmp_path: Path, tools: Path, shim: Case) -> None:
    place = shim.scene.build(tmp_path, tools)
    launcher(place)
    assert run_pyv(case("rehash", shim.scene, "rehash"), place, "pyenv").status == 0
    arguments, path = named(shim)
    done = DIFFERENCES.seen("pyv as pyv", run_program(arguments, place, place.real(path)))
    assert done == DIFFERENCES.expected("pyv as pyv", shim.name, shim.outcome)


@pytest.mark.parametrize("shim", CASES if REAL else CASES[:1], ids=lambda shim: shim.name)
def test_pyenvs_shims_do_what_is_said(tmp_path: Path, tools: Path, pyenv: str, shim: Case) -> None:
    assert REAL is not None
    place = shim.scene.build(tmp_path, tools)
    assert run_program(case("rehash", shim.scene, "rehash"), place, pyenv).status == 0
    arguments, path = named(shim)
    assert run_program(arguments, place, place.real(path)) == DIFFERENCES.expected(
        f"pyenv {REAL[1]}", shim.name, shim.outcome
    )
