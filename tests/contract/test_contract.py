"""pyenv's contract, held against pyv under both its names, and against a pyenv where this machine has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.case import Case
from tests.contract.differences import Difference, Rule, read_differences
from tests.contract.runs import is_launchers, launcher, pyenv_at_hand, run_program, run_pyv
from tests.contract.shell_cases import CASES as SHELL_CASES
from tests.contract.shim_cases import CASES as SHIM_CASES
from tests.contract.table import contract

CONTRACT = contract()
DIFFERENCES = read_differences()
REAL = pyenv_at_hand()
PROGRAMS = {"pyenv": "pyv as pyenv", "pyv": "pyv as pyv"}


@pytest.mark.parametrize("case", CONTRACT, ids=lambda case: case.name)
def test_pyv_keeps_the_contract(tmp_path: Path, tools: Path, case: Case) -> None:
    place = case.scene.build(tmp_path / "once", tools, store=True)
    for name, program in PROGRAMS.items():
        if name != "pyenv" and case.outcome.after:
            place = case.scene.build(tmp_path / "again", tools, store=True)
        done = DIFFERENCES.seen(program, run_pyv(case, place, name))
        assert (program, done) == (program, DIFFERENCES.expected(program, case.name, case.outcome))


@pytest.mark.parametrize("case", [case for case in CONTRACT if is_launchers(case)], ids=lambda case: case.name)
def test_the_launcher_keeps_what_it_answers_itself(tmp_path: Path, tools: Path, case: Case) -> None:
    """`bin/pyenv` is a script that decides some things without starting pyv."""
    place = case.scene.build(tmp_path, tools, store=True)
    done = run_program(case, place, launcher(place))
    assert done == DIFFERENCES.expected(PROGRAMS["pyenv"], case.name, case.outcome)


@pytest.mark.parametrize("case", CONTRACT if REAL else CONTRACT[:1], ids=lambda case: case.name)
def test_pyenv_does_what_the_tables_say(tmp_path: Path, tools: Path, pyenv: str, case: Case) -> None:
    assert REAL is not None
    expected = DIFFERENCES.expected(f"pyenv {REAL[1]}", case.name, case.outcome)
    place = case.scene.build(tmp_path, tools)
    assert run_program(case, place, pyenv, patience=2 if expected.never_ends else 60) == expected


def test_a_name_is_that_of_one_case() -> None:
    names = [case.name for case in (*CONTRACT, *SHIM_CASES)] + [case.name for case in SHELL_CASES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("difference", DIFFERENCES.differences, ids=lambda each: f"{each.of[0]}: {each.cases[0]}")
def test_a_difference_changes_every_case_it_names(difference: Difference) -> None:
    """The runs above say that what it lists is what happens; here, that it is not what the table says anyway."""
    outcomes = {case.name: case.outcome for case in (*CONTRACT, *SHIM_CASES)} | {
        case.name: case.outcome for case in SHELL_CASES
    }
    assert difference.reason
    for name in difference.cases:
        outcome = outcomes[name]
        for program in difference.of:
            for earlier in DIFFERENCES.differences[: DIFFERENCES.differences.index(difference)]:
                if name in earlier.cases and not {program, program.partition(" as ")[0]}.isdisjoint(earlier.of):
                    outcome = earlier.applied(outcome)
            assert difference.applied(outcome) != outcome, name


@pytest.mark.parametrize("rule", DIFFERENCES.rules, ids=lambda rule: rule.reason)
def test_a_rule_is_seen_in_its_example(tmp_path: Path, tools: Path, rule: Rule) -> None:
    """Without the rule, what pyv does in the example is not what is expected."""
    case = next(case for case in CONTRACT if case.name == rule.example)
    done = run_pyv(case, case.scene.build(tmp_path, tools, store=True), "pyv")
    assert DIFFERENCES.without(rule).seen(rule.of, done) != DIFFERENCES.without(rule).expected(
        rule.of, case.name, case.outcome
    )
    assert rule.reason
