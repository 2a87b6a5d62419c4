"""Hundreds of kills: the old state or the new one each time, and nothing that lingers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.install.killing import Ward
from tests.prove.verdict import Verdict

COUNT = 300
_A_WARD = 100
"""Kills over one root: its store grows with each `--force`."""


def prove(place: Path, seed: int, count: int) -> Verdict:
    """Kill so many times, over roots of their own."""
    verdict = Verdict("kills")
    ended: Counter[str] = Counter()
    hits = number = 0
    ward: Ward | None = None
    for done in range(count):
        if ward is None or done % _A_WARD == 0:
            number += 1
            here = place / str(number)
            here.mkdir()
            ward = Ward.make(here, seed + number)
        try:
            casualty = ward.kill_once()
        except AssertionError as fault:
            casualty = ward.casualties[-1]
            verdict.faults.append(f"seed {seed + number}: {fault}")
            verdict.faults += _lingering(ward)
            ward = None
        ended[casualty.deed] += casualty.hit
        hits += casualty.hit
        if ward is not None and (done + 1) % _A_WARD == 0:
            verdict.faults += _lingering(ward)
    if ward is not None and count % _A_WARD:
        verdict.faults += _lingering(ward)
    if hits < count // 3:
        verdict.faults.append(f"only {hits} of {count} processes were still alive when they were killed")
    verdict.figures = {"kills": count, "hit": hits, **ended, "seed": seed, "broken": len(verdict.faults)}
    return verdict


def _lingering(ward: Ward) -> list[str]:
    return [f"left for ever: {name}" for name in sorted(ward.lingering)]
