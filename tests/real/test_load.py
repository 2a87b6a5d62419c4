"""The proof of a fleet that installs at once, small enough for every run: `scripts/prove load` has the whole of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prove import load
from tests.support.real import need

pytestmark = pytest.mark.real


def test_a_fleet_installs_at_once(tmp_path: Path) -> None:
    need("nginx")
    verdict = load.prove(tmp_path, 8, files=16)
    assert verdict.faults == []
    assert [verdict.figures[name] for name in ("clients", "serve_failed", "nginx_failed")] == [8, 0, 0]
