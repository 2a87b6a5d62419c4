"""`scripts/conformance` from outside, as far as it goes without a checkout of the public suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "conformance"


def conformance(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "PYV_CONFORMANCE_PYTHON": sys.executable, **variables}
    return subprocess.run(
        ["sh", SCRIPT, *words], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_help_teaches() -> None:
    done = conformance("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Hold pyv's TUF client to the public tuf-conformance suite:\n")
    assert "./scripts/conformance SUITE_DIR" in done.stdout


def test_without_a_suite_it_says_how() -> None:
    done = conformance()
    assert done.returncode == 2
    assert "SUITE_DIR is a checkout of" in done.stdout


@pytest.mark.parametrize("made", [False, True])
def test_no_checkout_of_the_suite(tmp_path: Path, made: bool) -> None:
    place = tmp_path / "suite"
    if made:
        place.mkdir()
    done = conformance(place)
    assert (done.returncode, done.stdout) == (2, "")
    assert ("holds no tuf_conformance/" if made else "there is no directory") in done.stderr


def test_an_interpreter_without_pyv(tmp_path: Path) -> None:
    (tmp_path / "tuf_conformance").mkdir()
    (tmp_path / "faketime").write_text("#!/bin/sh\n")
    (tmp_path / "faketime").chmod(0o755)
    done = conformance(tmp_path, PYV_CONFORMANCE_PYTHON="/bin/false", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "run ./scripts/test once" in done.stderr
