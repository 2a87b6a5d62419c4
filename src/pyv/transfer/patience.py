"""How long pyv waits and how often it tries again: plain numbers, and the one deadline of a fetch."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds, bytes a second, and numbers of attempts; the callables are replaced in tests."""

    connect: float = 10.0
    """Seconds until a connection, its TLS handshake included, must stand."""
    read: float = 30.0
    """Seconds a server may send nothing at all."""
    minimum_rate: float = 2048.0
    """Bytes a second below which a source counts as stuck; only time spent waiting for bytes is counted."""
    window: float = 30.0
    """Seconds of waiting over which that rate is measured."""
    deadline: float = 3600.0
    """Seconds one fetch may take, every source and retry included."""
    attempts: int = 4
    """Requests made to one source before the next one is asked."""
    backoff_base: float = 0.5
    backoff_cap: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    """A number in [0, 1): spreads the retries of many machines."""
    clock: Callable[[], float] = time.monotonic

    def backoff(self, retry: int) -> float:
        """Seconds to wait before retry number `retry` (from 0): full jitter under a doubling ceiling."""
        return self.random() * min(self.backoff_cap, self.backoff_base * 2.0**retry)


class Deadline:
    """The moment at which a fetch is over, whatever it is doing."""

    def __init__(self, patience: Patience) -> None:
        self._clock = patience.clock
        self._end = patience.clock() + patience.deadline
        self.seconds = patience.deadline

    @property
    def remaining(self) -> float:
        """Seconds left; zero or less when it has passed."""
        return self._end - self._clock()
