"""One execution of one target: accepted, refused, or a fault; never longer or larger than allowed.

Each runs in a thread of its own, so that the depth of the stack, and with it what counts as nested too deeply, does not
depend on who runs it.
"""

from __future__ import annotations

import io
import re
import resource
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from pyv.errors import PyvError
from pyv.reporting import report
from tests.prove.fuzzing.target import Target

SLOWEST = 10.0
"""Seconds."""
LARGEST = 256 << 20
"""Bytes by which one execution may raise the memory of the process."""

_UNIT = 1 if sys.platform == "darwin" else 1024
_LITERALS = re.compile(r"`[^`]*`|'[^']*'|[0-9]+|\([^)]*\)")


@dataclass(frozen=True)
class Outcome:
    """What an input came to."""

    accepted: bool = False
    told: str = ""
    """The refusal."""
    fault: str = ""
    """What must not be: its kind, without what differs from input to input."""
    details: str = ""

    @property
    def kind(self) -> str:
        """The answer without the words of the input: a new one says that a mutant went another way."""
        return f"{self.accepted} {_LITERALS.sub('', self.told)[:120]}"


def execute(target: Target, data: bytes, place: Path) -> Outcome:
    """Run a target on an input, in `place`."""
    found: list[Outcome] = []
    before, begun = _peak(), time.monotonic()
    worker = threading.Thread(target=lambda: found.append(_attempt(target, data, place)), daemon=True)
    worker.start()
    worker.join(SLOWEST)
    seconds, grown = time.monotonic() - begun, _peak() - before
    if not found or seconds > SLOWEST:
        return Outcome(fault=f"takes longer than {SLOWEST:.0f} s", details=f"{seconds:.0f} s")
    if grown > LARGEST:
        return Outcome(fault=f"takes more than {LARGEST >> 20} MiB", details=f"{grown >> 20} MiB")
    return found[0]


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _attempt(target: Target, data: bytes, place: Path) -> Outcome:
    try:
        return Outcome(accepted=target.run(data, place))
    except PyvError as refusal:
        return _refused(refusal)
    except BaseException as fault:  # a panic of Rust code is no Exception
        frames = traceback.extract_tb(fault.__traceback__)
        ours = [frame for frame in frames if "/pyv/" in frame.filename] or frames
        where = f"{type(fault).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"
        return Outcome(fault=where, details=ascii(str(fault))[:300])


def _refused(refusal: PyvError) -> Outcome:
    told = io.StringIO()
    report(refusal, None, told)
    lines = told.getvalue().split("\n")
    told.getvalue().encode("utf-8", "surrogateescape")
    if len(lines) > 3 or not all(line.isprintable() for line in lines):
        what = f"{type(refusal).__name__} tells a terminal what to do"
        return Outcome(fault=what, details=ascii(refusal.message)[:300])
    return Outcome(told=f"{type(refusal).__name__}: {refusal.message}")
