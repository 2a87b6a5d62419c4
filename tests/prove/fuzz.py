"""Damaged input of every kind: only a `PyvError` may come out, and what is accepted must mean what others say it means.

Every target of `tests.prove.fuzzing` gets its share of the time. Archives that our reader accepts are extracted by GNU
tar too: both trees must be the same. Documents that are accepted after damage must not carry a signature over anything
but what was signed. An input that must not do what it did is kept as a file, whose name stands in the fault;
`python -m tests.prove.fuzzing TARGET FILE` runs it again.
"""

from __future__ import annotations

import time
from pathlib import Path

from tests.prove.fuzzing.archives import gnu_tar
from tests.prove.fuzzing.fuzzer import Findings, Fuzzer
from tests.prove.fuzzing.target import Target
from tests.prove.fuzzing.targets import TARGETS
from tests.prove.verdict import Verdict

SECONDS = 60
_SLICES = 4


def prove(place: Path, seed: int, seconds: float, targets: tuple[Target, ...] = TARGETS) -> Verdict:
    """Fuzz for so long."""
    verdict = Verdict("fuzz")
    if gnu_tar() is None:
        verdict.faults.append("there is no GNU tar to compare with")
    findings = Findings()
    begun = time.monotonic()
    fuzzers = [Fuzzer(target, place / target.name, findings, seed) for target in targets]
    left = seconds - (time.monotonic() - begun)
    share = max(left, 1.0) / _SLICES / sum(target.share for target in targets)
    for _ in range(_SLICES):
        for fuzzer in fuzzers:
            fuzzer.fire(share * fuzzer.target.share)
    for fuzzer in fuzzers:
        name, rounds, accepted = fuzzer.target.name, fuzzer.rounds, fuzzer.accepted
        verdict.figures[name] = f"{rounds}({accepted}-accepted)"
        verdict.faults += fuzzer.faults
        if not 0 < accepted < rounds:
            verdict.faults.append(f"{name}: {accepted} of {rounds} accepted: nothing was compared")
    verdict.figures |= {"seed": seed, "broken": len(verdict.faults)}
    return verdict
