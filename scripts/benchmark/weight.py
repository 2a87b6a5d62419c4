"""What an installation of pyv weighs, distribution by distribution: to fetch, on the disk, and at a start."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence

from benchmark import installers
from benchmark.errors import BenchError
from benchmark.installers import Job
from benchmark.process import Command
from benchmark.profile import Library, libraries
from benchmark.starts import NONE
from benchmark.tables import Table
from benchmark.wheels import MANIFESTS, PYV, Wheel, brought_by, part, weighed

_PYTHON = "Python's own"
_ALL = "together"
_NOTE = "unpacked: without bytecode; loads: modules, and milliseconds of their own under `-X importtime`, medians of {}"


def weight(job: Job, runs: int) -> list[Table]:
    """What is fetched and unpacked, who needs it, and what two commands load of it."""
    wheels = weighed(job.place.wheels)
    try:
        loads = [_loaded(job, prepare, runs) for prepare in (installers.pyv(job).prepare, lambda: _refresh(job))]
    finally:
        job.ground.make_way()
    rows = [_row(wheel, wheels, loads) for wheel in wheels]
    tops = {top for wheel in wheels for top in wheel.tops}
    own = [_told(loaded, loaded.keys() - tops) for loaded in loads]
    sums = [f"{sum(sizes):,}" for sizes in zip(*((w.download, w.unpacked, w.files) for w in wheels), strict=True)]
    rows += [(_PYTHON, *[NONE] * 4, *own), (_ALL, NONE, *sums, *(_told(loaded, loaded.keys()) for loaded in loads))]
    packed, unpacked, files = part(next(job.place.wheels.glob(f"{PYV}-*.whl")), MANIFESTS)
    return [
        Table(
            case="weight",
            title="What an installation weighs",
            columns=("distribution", "for", "download", "unpacked", "files", "`install` loads", "a refresh loads"),
            rows=tuple(rows),
            notes=(
                f"of pyv, {packed:,} bytes of the download, {unpacked:,} unpacked and {files} files are manifests",
                _NOTE.format(runs),
            ),
        )
    ]


def _row(wheel: Wheel, wheels: Sequence[Wheel], loads: Sequence[Mapping[str, Library]]) -> tuple[str, ...]:
    return (
        f"{wheel.name} {wheel.version}",
        ", ".join(brought_by(wheel, wheels)) or NONE,
        f"{wheel.download:,}",
        f"{wheel.unpacked:,}",
        f"{wheel.files:,}",
        *(_told(loaded, wheel.tops) for loaded in loads),
    )


def _told(loaded: Mapping[str, Library], tops: Collection[str]) -> str:
    """`148, 51 ms`: modules and time of these packages."""
    found = [loaded[top] for top in tops if top in loaded]
    if not found:
        return NONE
    return f"{sum(each.modules for each in found)}, {1000 * sum(each.seconds for each in found):.0f} ms"


def _loaded(job: Job, prepare: Callable[[], Command], runs: int) -> dict[str, Library]:
    """What a command of pyv's loads, by package; times are medians."""
    seen: dict[str, list[Library]] = {}
    for _ in range(runs):
        command = prepare()
        python = str(job.place.pyv_environment / "bin" / "python")
        words = (python, "-X", "importtime", *command.words)
        own = dict(command.environment)
        done = subprocess.run(words, env=own, cwd=command.directory, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(done.stderr[-2000:])
        for library in libraries(done.stderr):
            seen.setdefault(library.name, []).append(library)
    return {
        name: Library(name=name, modules=found[0].modules, seconds=statistics.median(each.seconds for each in found))
        for name, found in seen.items()
    }


def _refresh(job: Job) -> Command:
    """A first refresh of an index whose root is accepted."""
    job.fresh()
    root = job.root / "pyv"
    shutil.copytree(job.place.trusting / "trust", root / "trust")
    words = (job.place.pyv, "index", "refresh", "--index", job.server.url)
    return Command(words=words, environment=job.environment(PYV_ROOT=str(root)), directory=job.root)
