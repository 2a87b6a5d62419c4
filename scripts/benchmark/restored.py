"""Jobs that begin with what the last one kept: the cache is unpacked before the clock starts, or as part of the job."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmark import installers
from benchmark.cases import Bench
from benchmark.figures import figure
from benchmark.installers import Job
from benchmark.job_scripts import command, lock_words, ready, root_variables, table, uv_variables
from benchmark.kept import Kept
from benchmark.place import VERSION
from benchmark.process import Command, Contender, measure, run
from benchmark.tables import Aim, Table, megabytes

GOAL = 150
"""Milliseconds from a restored root to a `python` that answers."""
_IS_IT = f"import sys; raise SystemExit(sys.version_info[:3] != {tuple(map(int, VERSION.split('.')))})"


def restored(bench: Bench, kept: Kept) -> Iterator[Table]:
    """What the last job kept is unpacked before the clock starts, and then as part of the job."""
    job = bench.quickest
    own, theirs = _own_cache(job, kept), _uv_cache(job)
    for is_timed in (False, True):
        contenders = [
            _after(job, kept, "pyv of pip", own, _pyv_again(job.place.pyv, kept), is_timed=is_timed),
            _after(job, kept, "pyv of install.sh", own, _pyv_again("pyv/bin/pyv", kept), is_timed=is_timed),
            _after(job, kept, "uv", theirs, _uv_again(job), is_timed=is_timed),
        ]
        measured = measure(contenders, bench.runs)
        slowest = max(figure(measured[each.name].seconds).median for each in contenders[:2])
        yield table(
            "restored",
            f"From a restored cache to `python`, {'unpacking it included' if is_timed else 'unpacked before'}",
            measured,
            against="uv",
            aims=() if is_timed else (Aim(what="pyv, either way", limit=GOAL, found=1000 * slowest, unit=" ms"),),
            notes=(
                "`pyv install --locked`, `pyv env`, `python`; `uv python install`, `uv python find`, `python`",
                f"the caches as .tar.gz: {_size(own)} with a Python for pyv itself, {_size(theirs)}",
            ),
        )


def _own_cache(job: Job, kept: Kept) -> Path:
    """The root of a job of pyv's, without the archives it fetched."""
    lines = [f"sh install.sh --quiet --from {kept.url}", *_pyv_again("pyv/bin/pyv", kept), "rm -rf pyv/cache/blobs"]

    def prepare() -> Command:
        ready(job, kept)
        return command(job, "\n".join(lines), **root_variables(job))

    return _cached(job, "pyv", prepare, f"pyv/versions/{VERSION}/bin/python3")


def _uv_cache(job: Job) -> Path:
    return _cached(job, "uv", installers.uv(job).prepare, f"{installers.UV_PREFIX}/bin/python3")


def _cached(job: Job, name: str, prepare: Callable[[], Command], interpreter: str) -> Path:
    """Run a job, use its interpreter, and pack what is left in the directory `name`."""
    path = job.place.path / f"cache-{name}.tar.gz"
    run(prepare())
    run(Command(words=(str(job.root / interpreter), "-c", ""), environment=job.environment(), directory=job.root))
    words = ("/bin/tar", "-czf", str(path), "-C", str(job.root), name)
    run(Command(words=words, environment=job.environment(), directory=job.root))
    return path


def _after(job: Job, kept: Kept, name: str, cache: Path, lines: Sequence[str], *, is_timed: bool) -> Contender:
    unpack = f"tar -xzf {shlex.quote(str(cache))}"
    script = "\n".join([unpack, *lines] if is_timed else lines)

    def prepare() -> Command:
        job.fresh()
        for path in kept.project.iterdir():
            shutil.copyfile(path, job.root / path.name)
        if not is_timed:
            run(command(job, unpack))
        return command(job, script, **root_variables(job), **uv_variables(job))

    return Contender(name=name, prepare=prepare, clean=job.ground.make_way)


def _pyv_again(program: str, kept: Kept) -> list[str]:
    """A job's lines; the interpreter they end with is the one of the pin, or the job fails."""
    locked = shlex.join(("install", "--quiet", *lock_words(kept)))
    return [f"{program} {locked}", f'eval "$({program} env --shell)"', f"python3 -c '{_IS_IT}'"]


def _uv_again(job: Job) -> list[str]:
    install = shlex.join((*installers.uv(job).prepare().words, "--quiet"))
    find = shlex.join((job.place.uv, "python", "find", "--managed-python", "--no-config", VERSION))
    return [install, f"\"$({find})\" -c '{_IS_IT}'"]


def _size(path: Path) -> str:
    return megabytes(path.stat().st_size)
