"""Several deeds at once: in which order they are told."""

from __future__ import annotations

from pyv.concurrently import side_by_side
from pyv.errors import PyvError


def test_what_one_thread_did_is_told_in_its_order() -> None:
    """However many of them had ended when somebody looked."""

    def translate(fault: OSError) -> PyvError:
        raise AssertionError(fault)

    for _ in range(300):
        told = side_by_side(range(4), str, jobs=1, cancel=lambda: None, translate=translate)
        assert list(told) == [(0, "0"), (1, "1"), (2, "2"), (3, "3")]
