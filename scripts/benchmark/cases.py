"""The cases: who runs, how often, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark import installers
from benchmark.figures import differences, figure, ratios
from benchmark.ground import Ground, rest
from benchmark.indexes import requests, verification
from benchmark.installers import Job
from benchmark.place import VERSION, Place
from benchmark.process import Contender, Runs, measure
from benchmark.server import Served
from benchmark.shims import DIRECT, OWN, PYENV, shims
from benchmark.starts import NONE, modules, starts, system_calls
from benchmark.tables import Aim, Table, megabytes

_SHORT = 5
"""Commands of some milliseconds run so many times as often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every case needs."""

    place: Place
    server: Served
    runs: int
    grounds: Sequence[Ground]

    def job(self, ground: Ground) -> Job:
        """A job whose runs write there."""
        return Job(place=self.place, server=self.server, ground=ground)

    @property
    def quickest(self) -> Job:
        """A job that writes to memory where that is possible."""
        return self.job(self.grounds[0])


def cold(bench: Bench) -> list[Table]:
    """A fresh root each time, the archive from the server."""

    def contenders(job: Job) -> list[Contender]:
        first = installers.pyv(job, first=True)
        return [installers.pyv(job), installers.uv(job), installers.pbs_installer(job), first]

    notes = (
        "pbs-installer keeps no record of trust, does not patch, and is told the archive's address outright",
        f"pyv's index was refreshed within the hour before; `{installers.FIRST}` fetches and verifies it first",
    )
    return _installations(bench, "cold", "Cold install over loopback HTTP", contenders, limit=1.2, notes=notes)


def warm(bench: Bench) -> list[Table]:
    """A fresh root each time, archive and index on its file system, the network forbidden."""

    def contenders(job: Job) -> list[Contender]:
        return [installers.pyv(job, warm=True), installers.uv(job, warm=True)]

    note = "pbs-installer has no cache"
    return _installations(bench, "warm", "Warm install, archive cached", contenders, limit=None, notes=(note,))


def _installations(
    bench: Bench,
    case: str,
    title: str,
    contenders: Callable[[Job], list[Contender]],
    *,
    limit: float | None,
    notes: tuple[str, ...],
) -> list[Table]:
    tables = []
    for ground in bench.grounds:
        if ground.on_disk:
            rest(bench.place.path)
        measured = measure(contenders(bench.job(ground)), bench.runs, settle=ground.settle)
        to_uv = ratios(measured["pyv"].seconds, measured["uv"].seconds).median
        tables.append(
            Table(
                case=case,
                title=f"{title}, {ground.name}",
                columns=("contender", "median (quartiles)", "processor", "peak memory", "× uv (quartiles)"),
                rows=tuple(_installation(name, runs, measured["uv"]) for name, runs in measured.items()),
                aims=() if limit is None else (Aim(what="pyv, × uv", limit=limit, found=to_uv),),
                notes=notes,
                runs=measured,
            )
        )
    return tables


def _installation(name: str, runs: Runs, uv: Runs) -> tuple[str, ...]:
    return (
        name,
        figure(runs.seconds).milliseconds(),
        f"{1000 * figure(runs.cpu).median:.0f} ms",
        megabytes(figure(runs.peaks).median),
        ratios(runs.seconds, uv.seconds).times(),
    )


def shim(bench: Bench) -> list[Table]:
    """`python -c pass`: what stands between a person and the interpreter."""
    job = bench.quickest
    try:
        ways = shims(job)
        measured = measure(ways.contenders, _SHORT * bench.runs)
    finally:
        job.ground.make_way()
    direct = measured[DIRECT].seconds
    over = {name: differences(runs.seconds, direct) for name, runs in measured.items() if name != DIRECT}
    rows = [
        (name, figure(runs.seconds).milliseconds(), over[name].milliseconds() if name in over else NONE)
        for name, runs in measured.items()
    ]
    aims = []
    if PYENV in over:
        part = over[OWN].median / over[PYENV].median
        aims.append(Aim(what="pyv's overhead, × pyenv's", limit=1 / 8, found=part))
    shell = Path("/bin/sh").resolve().name
    return [
        Table(
            case="shim",
            title="`python -c pass` through a shim",
            columns=("way", "median (quartiles)", "over direct exec (quartiles)"),
            rows=tuple(rows),
            aims=tuple(aims),
            notes=(f"/bin/sh is {shell}; {ways.pyenv}; {_SHORT * bench.runs} runs each",),
            runs=measured,
        )
    ]


def memory(bench: Bench) -> list[Table]:
    """The peak of the largest process of an installation."""
    rows, runs, aims = [], {}, []
    cases = ((".tar.gz", None, 80), (".tar.zst, window 128 MiB", "full", None))
    for archive, flavor, limit in cases:
        job = bench.quickest
        measured = measure([installers.pyv(job, flavor=flavor)], max(3, bench.runs // 3))
        taken = measured["pyv"]
        peak = figure(taken.peaks).median
        rows.append((f"pyv install {archive}", megabytes(peak), megabytes(max(taken.peaks))))
        runs[archive] = taken
        if limit is not None:
            aims.append(Aim(what=f"pyv's peak for a {archive}", limit=limit, found=peak / 1e6, unit=" MB"))
    return [
        Table(
            case="memory",
            title="Peak memory of an installation",
            columns=("command", "median", "largest"),
            rows=tuple(rows),
            aims=tuple(aims),
            notes=("the same tree in both archives; a zstd window is held whole, as the archive's format demands",),
            runs=runs,
        )
    ]


def start(bench: Bench) -> list[Table]:
    """Commands that only answer."""
    job = bench.quickest
    try:
        contenders = starts(job, shims(job))
        measured = measure(contenders, _SHORT * bench.runs)
        counts = {each.name: (modules(each.prepare(), job), system_calls(each.prepare())) for each in contenders}
    finally:
        job.ground.make_way()
    rows = [(name, figure(runs.seconds).milliseconds(), *counts[name]) for name, runs in measured.items()]
    return [
        Table(
            case="start",
            title="Commands that only answer",
            columns=("command", "median (quartiles)", "modules", "system calls"),
            rows=tuple(rows),
            notes=(f"{VERSION} is installed and pinned; {_SHORT * bench.runs} runs each",),
            runs=measured,
        )
    ]


def index(bench: Bench) -> list[Table]:
    """Refreshes, and verification without one."""
    job = bench.quickest
    try:
        asked = requests(job)
        records, spent, loaded = verification(job, _SHORT * bench.runs)
    finally:
        job.ground.make_way()
    took = figure([milliseconds / 1000 for milliseconds in spent])
    rows = [(name, str(count), f"{1000 * taken.seconds:.0f} ms") for name, count, taken in asked]
    counts = {name: count for name, count, _ in asked}
    return [
        Table(
            case="index",
            title="What an index costs",
            columns=("command", "requests", "time, once"),
            rows=tuple(rows),
            aims=(
                Aim(what="requests of a first refresh", limit=6, found=counts["first refresh"]),
                Aim(what="requests with nothing new", limit=2, found=counts["refresh with nothing new"]),
                Aim(
                    what="index requests of an install, index fresh", limit=0, found=counts["install, index fresh"] - 1
                ),
                Aim(what="verification in an install, index fresh", limit=15, found=1000 * took.median, unit=" ms"),
                Aim(what="tuf loaded in an install, index fresh", limit=0, found=float(loaded)),
            ),
            notes=(
                (
                    f"verification: {took.milliseconds()} over {len(spent)} runs, {records} records in the manifest; "
                    "the modules only trust needs, digests, keys, revocations, policy, signature"
                ),
            ),
        )
    ]


CASES: dict[str, Callable[[Bench], list[Table]]] = {
    "cold": cold,
    "warm": warm,
    "shim": shim,
    "memory": memory,
    "start": start,
    "index": index,
}


def chosen(only: Sequence[str] | None) -> list[str]:
    """The cases to run, in their own order; all of them where none is named."""
    return [name for name in CASES if not only or name in only]
