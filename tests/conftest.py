"""What every test has: a home of its own, no network names, and the program to run from outside.

Where CI=true, a test on real input that is skipped has failed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.runner import Machine
from tests.support.server import Server

# A run in a shell's background has SIGINT ignored, and its children would inherit that: Ctrl-C could not be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip on real input into a failure, where CI=true."""
    report = yield
    is_skip = report.skipped and not hasattr(report, "wasxfail")
    if is_skip and os.environ.get("CI") == "true" and item.get_closest_marker("real"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"CI=true: a test on real input must not be skipped. {reason}"
    return report


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh machine: empty home, empty root, a working directory."""
    return Machine.fresh(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a loopback port."""
    with Server() as running:
        yield running
