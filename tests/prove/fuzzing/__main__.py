"""One target by itself: fuzz it for so long, or run it on inputs that were kept.

python -m tests.prove.fuzzing TARGET [--seconds N] [--seed N]
python -m tests.prove.fuzzing TARGET FILE…
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.prove.fuzz import prove
from tests.prove.fuzzing.execution import execute
from tests.prove.fuzzing.targets import BY_NAME


def main() -> int:
    """1 where something must not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove.fuzzing", description=__doc__)
    parser.add_argument("target", choices=sorted(BY_NAME))
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked = parser.parse_args()
    target = BY_NAME[asked.target]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        if not asked.files:
            verdict = prove(Path(place), asked.seed, asked.seconds, (target,))
            print(*verdict.faults, verdict.line, sep="\n")
            return 1 if verdict.faults else 0
        outcomes = [execute(target, path.read_bytes(), Path(place)) for path in asked.files]
    for path, outcome in zip(asked.files, outcomes, strict=True):
        print(f"{path}: {'accepted' if outcome.accepted else outcome.told or outcome.fault} {outcome.details}")
    return 1 if any(outcome.fault for outcome in outcomes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
