"""The pure parts of `scripts/scale`: what is made up, and the exponent. Nothing here depends on how long anything takes."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"
sys.path.insert(0, str(SCRIPTS))

from benchmark.grown import copies, today  # noqa: E402  (scripts/ is a root of its own, found only now)
from benchmark.growth import TRIPLE, slope  # noqa: E402

from pyv.domain.manifest import dump_manifest, parse_manifest  # noqa: E402
from pyv.mirror.select import identity  # noqa: E402


def test_more_records_are_other_archives_of_the_same_kinds() -> None:
    records = today(TRIPLE)[:200]
    grown = list(copies(records, 12))
    assert grown[:200] == records
    assert len({identity(record) for record in grown}) == len(grown) == 12 * len(records)
    assert len({record.sha256 for record in grown[200:]}) == 11 * len(records)
    assert [record.variant for record in grown] == [record.variant for record in records] * 12
    assert len(parse_manifest(dump_manifest(TRIPLE, grown), "grown", TRIPLE)) == len(grown)


@pytest.mark.parametrize(("values", "exponent"), [([1.0, 10.0], 1.0), ([2.0, 200.0], 2.0), ([5.0, 5.0], 0.0)])
def test_the_exponent_is_the_slope_of_the_logarithms(values: list[float], exponent: float) -> None:
    assert slope([1, 10], values) == pytest.approx(exponent)


def test_one_figure_has_no_exponent() -> None:
    assert math.isnan(slope([1], [3.0]))


def test_a_triple_nobody_publishes_for_is_refused() -> None:
    words = [sys.executable, str(SCRIPTS / "scale"), "--only", "amiga"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("--only: amiga is not a triple there is an index of\n")
