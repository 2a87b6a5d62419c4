"""Jobs that begin with nothing, and jobs that begin with what the last one kept: pyv beside uv.

A job is a shell script, from a bare virtual environment (or from none at all) to an interpreter that answered.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmark import installers
from benchmark.cases import Bench
from benchmark.figures import ratios
from benchmark.ground import rest
from benchmark.installers import Job
from benchmark.job_scripts import command, lock_words, ready, root_variables, table, uv_variables
from benchmark.kept import Kept
from benchmark.place import VERSION
from benchmark.process import Command, Contender, Runs, measure
from benchmark.restored import restored
from benchmark.tables import Aim, Table, megabytes

GOAL = 1.0
"""A cold locked installation, × uv's."""
_FEWEST = 5
"""Rounds of what takes seconds."""
_LONG = 3
"""What takes seconds has so many times fewer rounds."""
_ANSWER = "-c 'import ssl'"
_PIP = "venv/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check"


def jobs(bench: Bench) -> Iterator[Table]:
    """Every case."""
    kept = Kept(place=bench.place, url=bench.server.url).made()
    try:
        yield from _cold(bench, kept)
        yield _from_nothing(bench, kept)
        yield _from_the_index(bench, kept)
        yield from restored(bench, kept)
    finally:
        bench.quickest.ground.make_way()


def _cold(bench: Bench, kept: Kept) -> Iterator[Table]:
    """The same archive into a fresh root: what a lock saves beside an index, and uv."""
    for ground in bench.grounds:
        if ground.on_disk:
            rest(bench.place.path)
        job = bench.job(ground)
        contenders = [_locked(job, kept), installers.pyv(job), installers.uv(job)]
        measured = measure(contenders, bench.runs, settle=ground.settle)
        yield table(
            "locked",
            f"Cold locked install over loopback HTTP, {ground.name}",
            measured,
            against="uv",
            aims=(Aim(what="pyv --locked, × uv", limit=GOAL, found=_to(measured, contenders[0].name)),),
            notes=("`pyv` alone reads an index that is kept and fresh; a lock needs none",),
        )


def _to(measured: Mapping[str, Runs], name: str) -> float:
    return ratios(measured[name].seconds, measured["uv"].seconds).median


def _locked(job: Job, kept: Kept) -> Contender:
    def prepare() -> Command:
        job.fresh()
        words = (job.place.pyv, "install", *lock_words(kept))
        environment = job.environment(PYV_ROOT=f"{job.root}/pyv", PWD=str(kept.project))
        return Command(words=words, environment=environment, directory=kept.project)

    return job.contender("pyv --locked", prepare, f"pyv/versions/{VERSION}/bin/python3")


def _from_nothing(bench: Bench, kept: Kept) -> Table:
    """All bytes from the loopback server."""
    job = bench.quickest
    pyv, uv = (f"{_PIP} --no-index --find-links {kept.wheels(name)} {name}" for name in ("pyv", "uv"))
    locked = shlex.join(("install", "--quiet", *lock_words(kept)))
    by_index = f"install --quiet {VERSION} --index {kept.url}"
    own = f"sh install.sh --quiet --from {kept.url}"
    contenders = [
        _job(job, kept, "pip install pyv; pyv install", [pyv, f"venv/bin/pyv {by_index}"]),
        _job(job, kept, "pip install pyv; pyv install --locked", [pyv, f"venv/bin/pyv {locked}"]),
        _job(job, kept, "install.sh; pyv install", [own, f"pyv/bin/pyv {by_index}"]),
        _job(job, kept, "install.sh; pyv install --locked", [own, f"pyv/bin/pyv {locked}"]),
        _uv_job(job, kept, uv),
    ]
    python = (kept.script.parent / "python").iterdir()
    size = megabytes(sum(path.stat().st_size for path in python))
    return table(
        "nothing",
        "From nothing to `python`, everything over loopback HTTP",
        measure(contenders, _few(bench)),
        against=contenders[-1].name,
        notes=(
            "pip has a bare virtual environment and no cache",
            f"install.sh has neither, and fetches a Python of its own ({size}: the one of this benchmark, repacked)",
        ),
    )


def _from_the_index(bench: Bench, kept: Kept) -> Table:
    """Wheels from where pip looks on this machine; pyv's own is beside it, the archive on the loopback server."""
    job = bench.quickest
    pyv = f"{_PIP} --find-links {shlex.quote(str(_own_wheel(kept).parent))} pyv"
    contenders = [
        _job(
            job,
            kept,
            "pip install pyv; pyv install",
            [pyv, f"venv/bin/pyv install --quiet {VERSION} --index {kept.url}"],
            **_pip_configuration(),
        ),
        _uv_job(job, kept, f"{_PIP} uv", **_pip_configuration()),
    ]
    return table(
        "index",
        "From nothing to `python`, wheels from the Python Package Index",
        measure(contenders, _few(bench)),
        against=contenders[-1].name,
        notes=("the network's share is whatever it was that minute",),
    )


def _own_wheel(kept: Kept) -> Path:
    """pyv's wheel in a directory of its own, so that everything else is fetched."""
    directory = kept.place.path / "wheels" / "own"
    directory.mkdir(exist_ok=True)
    (wheel,) = kept.place.wheels.glob("pyv-*.whl")
    shutil.copyfile(wheel, directory / wheel.name)
    return directory / wheel.name


def _pip_configuration() -> Mapping[str, str]:
    """How pip reaches its index here."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") or "proxy" in name.lower()}


def _few(bench: Bench) -> int:
    return max(_FEWEST, bench.runs // _LONG)


def _job(job: Job, kept: Kept, name: str, lines: Sequence[str], **more: str) -> Contender:
    """A job whose last line asks the interpreter that is there then."""
    script = "\n".join([*lines, f"pyv/versions/{VERSION}/bin/python3 {_ANSWER}"])

    def prepare() -> Command:
        ready(job, kept)
        shutil.copytree(job.place.trusting / "trust", job.root / "pyv" / "trust")
        return command(job, script, **root_variables(job), **more)

    return job.contender(name, prepare, f"pyv/versions/{VERSION}/bin/python3")


def _uv_job(job: Job, kept: Kept, first: str, **more: str) -> Contender:
    words = ("venv/bin/uv", *installers.uv(job).prepare().words[1:], "--quiet")
    script = "\n".join([first, shlex.join(words), f"{installers.UV_PREFIX}/bin/python3 {_ANSWER}"])

    def prepare() -> Command:
        ready(job, kept)
        return command(job, script, **uv_variables(job), **more)

    return job.contender("pip install uv; uv python install", prepare, f"{installers.UV_PREFIX}/bin/python3")
