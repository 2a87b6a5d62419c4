"""Plain numbers, and one deadline."""

from __future__ import annotations

import pytest

from pyv.transfer.patience import Deadline, Patience


def test_backoff_is_spread_under_a_doubling_ceiling() -> None:
    least = Patience(random=lambda: 0.0, backoff_base=0.5, backoff_cap=3.0)
    most = Patience(random=lambda: 1.0, backoff_base=0.5, backoff_cap=3.0)
    assert [least.backoff(retry) for retry in range(5)] == [0.0] * 5
    assert [most.backoff(retry) for retry in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_a_deadline_counts_from_its_making() -> None:
    moments = iter([100.0, 104.0, 111.0])
    deadline = Deadline(Patience(deadline=10.0, clock=lambda: next(moments)))
    assert (deadline.remaining, deadline.remaining) == (6.0, -1.0)


def test_the_defaults_stand_still() -> None:
    with pytest.raises(AttributeError):
        Patience().attempts = 5  # type: ignore[misc] # this is what must not work
