"""Fuzzing one target: mutants of its seeds, and of mutants that were met with a new answer; faults are kept as files."""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.prove.fuzzing.execution import Outcome, execute
from tests.prove.fuzzing.target import Target

_MOST_KEPT = 200
_MOST_BYTES = 1 << 20
_MOST_FAULTS = 5


class Findings:
    """Where inputs are kept that must not do what they did: a directory that outlives the run, made when needed."""

    def __init__(self) -> None:
        self._directory: Path | None = None

    def keep(self, target: Target, data: bytes) -> Path:
        """Write an input; its file."""
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="pyv-findings-"))
        path = self._directory / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
        path.write_bytes(data)
        return path


@dataclass
class Fuzzer:
    """One target under fire."""

    target: Target
    place: Path
    findings: Findings
    seed: int
    rounds: int = 0
    accepted: int = 0
    faults: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault was met."""

    def __post_init__(self) -> None:
        self.place.mkdir(parents=True)
        self._chance = random.Random(f"{self.seed}:{self.target.name}")  # whatever the others do
        self._inputs: dict[bool, list[bytes]] = {True: [], False: []}
        self._answers: set[str] = set()
        seeds = [path.read_bytes() for path in self.target.seeds()]
        for data in seeds:
            self._once(data, is_seed=True)

    @property
    def is_done(self) -> bool:
        """Whether more would say nothing new."""
        return len(self.faults) >= _MOST_FAULTS

    def fire(self, seconds: float) -> None:
        """Go on for so long."""
        end = time.monotonic() + seconds
        while not self.is_done and time.monotonic() < end:
            self._once(self._mutant())

    def _mutant(self) -> bytes:
        chance = self._chance
        data = self._parent()
        for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
            data = self.target.damage(chance, data)
        if chance.random() < 0.02:
            other = self._parent()
            data = data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]
        return data[:_MOST_BYTES]

    def _parent(self) -> bytes:
        """An input that was accepted or refused; what is accepted has more that can be damaged."""
        inputs = self._inputs[self._chance.random() < 0.75]
        return self._chance.choice(inputs or self._inputs[False] or self._inputs[True] or [b""])

    def _once(self, data: bytes, *, is_seed: bool = False) -> None:
        self.rounds += 1
        outcome = execute(self.target, data, self.place)
        self.accepted += outcome.accepted
        if outcome.fault:
            self._fault(outcome, data)
        elif is_seed or (outcome.kind not in self._answers and len(self._answers) < _MOST_KEPT):
            self._inputs[outcome.accepted].append(data)
        self._answers.add(outcome.kind)

    def _fault(self, outcome: Outcome, data: bytes) -> None:
        """Keep the first of each kind."""
        self.kinds[outcome.fault] += 1
        if self.kinds[outcome.fault] == 1:
            path = self.findings.keep(self.target, data)
            told = f"{outcome.fault} (round {self.rounds}, input {path}): {outcome.details}"
            self.faults.append(f"{self.target.name}: {told}")
