"""Every seed of the corpus through its target: accepted, refused, or (whatever it is) no fault."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.prove.fuzzing.execution import execute
from tests.prove.fuzzing.target import BAD, CORPUS, GOOD, Target
from tests.prove.fuzzing.targets import BY_NAME, TARGETS

_SEEDS = [(target.name, path) for target in TARGETS for path in target.seeds()]
_LARGEST = 320 * 1024


@pytest.mark.parametrize(("name", "seed"), _SEEDS, ids=[f"{name}/{path.name}" for name, path in _SEEDS])
def test_seed(name: str, seed: Path, tmp_path: Path) -> None:
    outcome = execute(BY_NAME[name], seed.read_bytes(), tmp_path)
    assert not outcome.fault, f"{outcome.fault}: {outcome.details}"
    if seed.name.startswith((GOOD, BAD)):
        assert outcome.accepted == seed.name.startswith(GOOD), outcome.told


@pytest.mark.parametrize("name", ["manifest", "proof"])
def test_no_depth_is_read_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    """What else a record holds is nested as deeply as its writer likes, and is written anew to be verified."""
    limit = sys.getrecursionlimit()
    text = {"manifest": "good-unknown-key", "proof": "good-record"}[name]
    seed = (CORPUS / name / text).read_text(encoding="utf-8")
    outcomes = [
        execute(BY_NAME[name], seed.replace('"v":', f'"zzz":{"[" * depth}{"]" * depth},"v":').encode(), tmp_path)
        for depth in range(limit - 60, limit + 10)
    ]
    assert {outcome.fault for outcome in outcomes} == {""}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_target_has_seeds_of_both_kinds(target: Target) -> None:
    names = [path.name for path in target.seeds()]
    assert any(name.startswith(GOOD) for name in names)
    assert any(name.startswith(BAD) for name in names)


def test_the_corpus_is_small_and_has_a_target_for_each_of_its_directories() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(BY_NAME)
    assert sum(path.stat().st_size for _, path in _SEEDS) < _LARGEST
