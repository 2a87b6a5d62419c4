"""`scripts/prove`: the proofs that take too long for every run."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.prove import fuzz, kills, load, mutants, sync_kills
from tests.prove.verdict import Verdict

_ALL = ("kills", "sync-kills", "fuzz", "mutants", "load")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/prove", description="The proofs that take too long for every run.")
    parser.add_argument("--seed", type=int, help="repeat a run (default: another one each time)")
    commands = parser.add_subparsers(dest="what", required=True, metavar="PROOF")
    for name, word, default, told in (
        ("kills", "N", kills.COUNT, "kill pyv N times (default %d), and look at what is left"),
        ("sync-kills", "N", sync_kills.COUNT, "kill `pyv mirror sync` N times (default %d)"),
        (
            "fuzz",
            "SECONDS",
            fuzz.SECONDS,
            "feed damaged documents and archives to the readers for so long (default %d)",
        ),
        ("load", "N", load.CLIENTS, "install from one mirror with N clients at once (default %d)"),
    ):
        command = commands.add_parser(name, help=told % default)
        command.add_argument("amount", nargs="?", type=int, default=default, metavar=word)
    mutation = commands.add_parser(
        "mutants", help="take single checks out of a copy of the source: do the tests notice?"
    )
    mutation.add_argument("only", nargs="*", metavar="WORD", help="only those whose name holds one of these words")
    commands.add_parser("all", help="all of them")
    return parser


def _run(name: str, asked: argparse.Namespace, seed: int, place: Path) -> Verdict:
    amount = getattr(asked, "amount", None)
    if name == "kills":
        return kills.prove(place, seed, amount or kills.COUNT)
    if name == "sync-kills":
        return sync_kills.prove(place, seed, amount or sync_kills.COUNT)
    if name == "fuzz":
        return fuzz.prove(place, seed, amount or fuzz.SECONDS)
    if name == "load":
        return load.prove(place, amount or load.CLIENTS)
    return mutants.prove(place, tuple(getattr(asked, "only", ())))


def main() -> int:
    """Run what was asked for; 1 if anything did not hold."""
    asked = _parser().parse_args()
    seed = asked.seed if asked.seed is not None else time.time_ns() % 1_000_000
    verdicts = []
    for name in _ALL if asked.what == "all" else (asked.what,):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"prove-{name}-", ignore_cleanup_errors=True) as place:
            verdict = _run(name, asked, seed, Path(place))
        verdict.figures["seconds"] = round(time.monotonic() - begun)
        verdicts.append(verdict)
        for fault in verdict.faults:
            print(f"{name}: {fault}", file=sys.stderr)
    for verdict in verdicts:
        print(verdict.line)
    return 1 if any(verdict.faults for verdict in verdicts) else 0


if __name__ == "__main__":
    raise SystemExit(main())
