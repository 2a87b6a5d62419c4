"""What the jobs have in common: how they begin, their variables, and the table made of them."""

from __future__ import annotations

import shutil

from benchmark.figures import figure, ratios
from benchmark.installers import Job
from benchmark.kept import Kept
from benchmark.process import Command, Runs
from benchmark.tables import Aim, Table


def lock_words(kept: Kept) -> tuple[str, ...]:
    """What a machine that knows nothing is told beside the lock: whose key counts, and where archives are."""
    return ("--locked", "--artifact-key", kept.public_key, "--mirror", kept.url)


def ready(job: Job, kept: Kept) -> None:
    """A bare virtual environment, the project, and nothing else."""
    job.fresh()
    shutil.copytree(kept.bare, job.root / "venv", symlinks=True)
    for path in (*kept.project.iterdir(), kept.script):
        shutil.copyfile(path, job.root / path.name)


def command(job: Job, script: str, **more: str) -> Command:
    """A script that ends with the first command that fails."""
    environment = job.environment(PWD=str(job.root), **more)
    return Command(words=("/bin/sh", "-euc", script), environment=environment, directory=job.root)


def root_variables(job: Job) -> dict[str, str]:
    """Where pyv's root is."""
    return {"PYV_ROOT": f"{job.root}/pyv"}


def uv_variables(job: Job) -> dict[str, str]:
    """Where uv installs."""
    return {"UV_PYTHON_INSTALL_DIR": f"{job.root}/uv", "UV_CACHE_DIR": f"{job.root}/cache"}


def table(
    case: str,
    title: str,
    measured: dict[str, Runs],
    *,
    against: str,
    aims: tuple[Aim, ...] = (),
    notes: tuple[str, ...] = (),
) -> Table:
    """What jobs took, and each `against` one of them."""
    base = measured[against].seconds
    rows = [
        (
            name,
            figure(runs.seconds).milliseconds(),
            f"{1000 * figure(runs.cpu).median:.0f} ms",
            ratios(runs.seconds, base).times(),
        )
        for name, runs in measured.items()
    ]
    columns = ("job", "median (quartiles)", "processor", "× uv (quartiles)")
    return Table(case=case, title=title, columns=columns, rows=tuple(rows), aims=aims, notes=notes, runs=measured)
