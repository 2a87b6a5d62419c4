"""Memory stays flat whatever the archive's size: a 52 MB archive of 136 MB is installed in at most 80 MB."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.real import Mirror, Pyv

pytestmark = pytest.mark.real

LIMIT = 80_000_000

# A process of its own measures: what it waited for is all that counts in RUSAGE_CHILDREN.
MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
print(json.dumps([done.returncode, done.stderr, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


def test_installing_over_http_takes_at_most_80_megabytes(user: Pyv, genuine_mirror: Mirror, genuine_index: str) -> None:
    user.pyv("trust", "add", genuine_mirror.directory, "--yes")
    command = user.command("install", "3.9", "--index", genuine_index)

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], env=user.environment, capture_output=True, text=True, check=True
    )

    status, said, peak = json.loads(done.stdout)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kibibytes on Linux
    assert status == 0, said
    assert peak * unit <= LIMIT, peak
