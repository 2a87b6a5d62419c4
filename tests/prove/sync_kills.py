"""Synchronisations killed by the hundred: clients find the old state or the new one, and the next run ends it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.mirror.sync_killing import SyncWard
from tests.prove.verdict import Verdict

COUNT = 120
_A_WARD = 20
"""Kills over one mirror, own and hybrid by turns."""


def prove(place: Path, seed: int, count: int) -> Verdict:
    """Kill so many times, over mirrors of their own."""
    verdict, ended, hits = Verdict("sync-kills"), Counter[str](), 0
    ward: SyncWard | None = None
    number = 0
    for done in range(count):
        if ward is None or done % _A_WARD == 0:
            _end(ward, verdict)
            number += 1
            here = place / str(number)
            here.mkdir()
            ward = SyncWard.make(here, seed + number, hybrid=number % 2 == 0)
        try:
            casualty = ward.kill_once()
        except AssertionError as fault:
            casualty = ward.casualties[-1]
            verdict.faults.append(f"seed {seed + number}{' (hybrid)' if ward.hybrid else ''}: {fault}")
            ward = None
        ended[casualty.deed] += casualty.hit
        hits += casualty.hit
    _end(ward, verdict)
    if hits < count // 3:
        verdict.faults.append(f"only {hits} of {count} processes were still alive when they were killed")
    verdict.figures = {"kills": count, "hit": hits, **ended, "seed": seed, "broken": len(verdict.faults)}
    return verdict


def _end(ward: SyncWard | None, verdict: Verdict) -> None:
    if ward is not None:
        verdict.faults += [f"left for ever: {name}" for name in sorted(ward.lingering)]
