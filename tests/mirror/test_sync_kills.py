"""A few of the kills that `scripts/prove sync-kills` makes by the hundred."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mirror.sync_killing import SyncWard

AT_MOST = 20  # Of the moments, half come up in a given synchronisation: a run of misses this long is a broken test.


@pytest.mark.parametrize("hybrid", [False, True], ids=["own", "hybrid"])
def test_killed_at_any_moment(tmp_path: Path, hybrid: bool) -> None:
    ward = SyncWard.make(tmp_path, seed=4 + hybrid, hybrid=hybrid)
    while not any(casualty.hit for casualty in ward.casualties):
        assert len(ward.casualties) < AT_MOST, ward.casualties
        ward.kill_once()
    assert ward.lingering == set()
