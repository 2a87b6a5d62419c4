"""A few of the kills that `scripts/prove sync-kills` makes by the hundred."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mirror.sync_killing import SyncWard


@pytest.mark.parametrize("hybrid", [False, True], ids=["own", "hybrid"])
def test_killed_at_any_moment(tmp_path: Path, hybrid: bool) -> None:
    ward = SyncWard.make(tmp_path, seed=4 + hybrid, hybrid=hybrid)
    for _ in range(3):
        ward.kill_once()
    assert sum(casualty.hit for casualty in ward.casualties) > 0, ward.casualties
    assert ward.lingering == set()
