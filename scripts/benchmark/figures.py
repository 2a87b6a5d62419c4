"""Figures from samples: medians, quartiles, ratios, and in which order contenders take turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WARM_UP = -1
"""The number of the round that is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The middle of some samples, and the quartiles around it."""

    median: float
    low: float
    high: float

    def milliseconds(self) -> str:
        """`312 ms (305–330)`: the samples were seconds. Short ones keep a decimal."""
        digits = 1 if self.median < 0.1 else 0
        middle, low, high = (f"{1000 * value:.{digits}f}" for value in (self.median, self.low, self.high))
        return f"{middle} ms ({low}–{high})"

    def times(self) -> str:
        """`1.24 (1.20–1.31)`: the samples were ratios."""
        return f"{self.median:.2f} ({self.low:.2f}–{self.high:.2f})"


def figure(samples: Sequence[float]) -> Figure:
    """Median and quartiles, the extremes counted as part of the population; of one sample, that sample.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("a figure needs samples")
    if len(samples) == 1:
        return Figure(median=samples[0], low=samples[0], high=samples[0])
    low, middle, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Figure(median=middle, low=low, high=high)


def ratios(of: Sequence[float], to: Sequence[float]) -> Figure:
    """How many times as much, round by round: what disturbed a whole round disturbs it on both sides."""
    return figure([one / other for one, other in zip(of, to, strict=True)])


def differences(of: Sequence[float], to: Sequence[float]) -> Figure:
    """How much more, round by round."""
    return figure([one - other for one, other in zip(of, to, strict=True)])


def turns(names: Sequence[str], runs: int) -> Iterator[tuple[int, str]]:
    """Who runs in which round: everybody once a round, each round begun by the next one; a warm-up round first."""
    for number in range(WARM_UP, runs):
        for place in range(len(names)):
            yield number, names[(number + place) % len(names)]
