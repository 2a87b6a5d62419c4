"""Where the time of one cold installation goes: what importing costs, and the receipt's phases."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass

from benchmark import installers
from benchmark.cases import Bench
from benchmark.errors import BenchError
from benchmark.figures import figure
from benchmark.process import measure

_LINE = re.compile(r"^import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What importing one library took, what it imported in turn left out."""

    name: str
    modules: int
    seconds: float


def libraries(report: str) -> list[Library]:
    """Self times of a `-X importtime` report, summed by top-level name, the largest first."""
    counts: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(report):
        name = module.split(".")[0]
        counts[name] += 1
        times[name] += int(microseconds)
    return [Library(name=name, modules=counts[name], seconds=spent / 1e6) for name, spent in times.most_common()]


def profile(bench: Bench, *, most: int = 15) -> str:
    """The report."""
    job = bench.quickest
    contender = installers.pyv(job)
    try:
        runs = measure([contender], bench.runs)["pyv"]
        command = contender.prepare()
        python = str(job.place.pyv_environment / "bin" / "python")
        words = (python, "-X", "importtime", *command.words)
        own = dict(command.environment)
        done = subprocess.run(words, env=own, cwd=command.directory, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(done.stderr[-2000:])
        (receipt,) = (job.root / "pyv" / "store").glob("*.json")
        phases = json.loads(receipt.read_text(encoding="utf-8"))["phases"]
    finally:
        job.ground.make_way()
    found = libraries(done.stderr)
    total = sum(library.seconds for library in found)
    wall, cpu = figure(runs.seconds).milliseconds(), figure(runs.cpu).milliseconds()
    lines = [f"whole process: {wall}, processor {cpu}", "", "phases of the receipt (they overlap):"]
    lines += [f"  {name:12} {1000 * float(seconds):7.1f} ms" for name, seconds in phases.items()]
    lines += [
        "",
        f"imports: {1000 * total:.0f} ms, {sum(each.modules for each in found)} modules (under -X importtime):",
    ]
    lines += [f"  {each.name:22} {1000 * each.seconds:7.1f} ms  {each.modules:4} modules" for each in found[:most]]
    return "\n".join(lines)
