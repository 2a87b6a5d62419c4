"""The installers, each made to do the same job: this archive, from this address, verified, into a fresh root."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmark.errors import BenchError
from benchmark.ground import Ground
from benchmark.machine import said
from benchmark.place import GZIP, VERSION, Place
from benchmark.process import Command, Contender
from benchmark.server import Served, published

FIRST = "pyv, first time"
UV_PREFIX = "uv/cpython-3.9.13-linux-x86_64-gnu"
"""Where uv puts it."""
# What pbs-installer's `install` does, told where the archive is; its own list has only upstream's addresses.
_PBS_DRIVER = """
import sys
from pbs_installer import _install
url, sha256, destination = sys.argv[1:]
_install.get_download_link = lambda *asked, **ignored: ("cpython@3.9.13", (url, sha256))
_install.install("3.9.13", destination)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is installed, from where and into what."""

    place: Place
    server: Served
    ground: Ground

    @property
    def root(self) -> Path:
        """Fresh for each run."""
        return self.ground.root

    @property
    def archive_url(self) -> str:
        return f"{self.server.url}/peers/{quote(GZIP)}"

    def fresh(self) -> None:
        """An empty root with a home and a place for temporary files."""
        self.ground.make_way()
        for name in ("home", "tmp"):
            (self.root / name).mkdir(parents=True)

    def environment(self, **more: str) -> dict[str, str]:
        own = {"HOME": f"{self.root}/home", "TMPDIR": f"{self.root}/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return own | more

    def contender(self, name: str, prepare: Callable[[], Command], interpreter: str) -> Contender:
        def check() -> None:
            answer = said(str(self.root / interpreter), "-c", "import platform, ssl; print(platform.python_version())")
            if answer != VERSION:
                raise BenchError(f"{name}: {interpreter} says {answer!r}, not {VERSION}")

        return Contender(name=name, prepare=prepare, check=check, clean=self.ground.make_way)


def pyv(job: Job, *, warm: bool = False, first: bool = False, flavor: str | None = None) -> Contender:
    """`pyv install`, its index over the same server and fresh; warm: all on disk; first: nothing known but the root."""
    known = ("trust",) if first else ("trust", "index")
    job.place.refreshed(job.server.url)

    def prepare() -> Command:
        job.fresh()
        root = job.root / "pyv"
        for part in known:
            shutil.copytree(job.place.trusting / part, root / part)
        index = [job.server.url]
        if warm:
            _linked(_kept(job), root / "cache" / "blobs" / "sha256" / job.place.digest())
            index = [str(job.place.mirror), "--offline"]
        words = (job.place.pyv, "install", VERSION, "--index", *index, *(["--flavor", flavor] if flavor else []))
        return Command(words=words, environment=job.environment(PYV_ROOT=str(root)), directory=job.root)

    return job.contender(FIRST if first else "pyv", prepare, f"pyv/versions/{VERSION}/bin/python3")


def uv(job: Job, *, warm: bool = False) -> Contender:
    """`uv python install`, its list over the same server; warm: everything on disk."""
    listed = published(job.place, "downloads.json", json.dumps(_uv_list(job), indent=1))

    def prepare() -> Command:
        job.fresh()
        more = {"UV_PYTHON_INSTALL_DIR": f"{job.root}/uv", "UV_CACHE_DIR": f"{job.root}/cache"}
        offline: tuple[str, ...] = ()
        source = f"{job.server.url}/peers/{listed.name}"
        if warm:
            more["UV_PYTHON_CACHE_DIR"] = f"{job.root}/archives"
            _linked(_kept(job), job.root / "archives" / _uv_cache_name(job.place.digest()))
            source, offline = str(listed), ("--offline",)
        settings = ("--no-bin", "--managed-python", "--no-config", "--python-downloads-json-url", source, *offline)
        words = (job.place.uv, "python", "install", VERSION, *settings)
        return Command(words=words, environment=job.environment(**more), directory=job.root)

    return job.contender("uv", prepare, f"{UV_PREFIX}/bin/python3")


def pbs_installer(job: Job) -> Contender:
    """`pbs_installer.install`: it has no cache, and does not patch."""
    python = str(job.place.peer_environment / "bin" / "python")

    def prepare() -> Command:
        job.fresh()
        words = (python, "-c", _PBS_DRIVER, job.archive_url, job.place.digest(), f"{job.root}/pbs")
        return Command(words=words, environment=job.environment(), directory=job.root)

    return job.contender("pbs-installer", prepare, "pbs/bin/python3")


def _uv_list(job: Job) -> dict[str, object]:
    """uv's list of downloads, with one entry."""
    entry = {
        "name": "cpython",
        "arch": {"family": "x86_64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": 3,
        "minor": 9,
        "patch": 13,
        "prerelease": "",
        "url": job.archive_url,
        "sha256": job.place.digest(),
        "variant": None,
        "build": "20220528",
    }
    return {"cpython-3.9.13-linux-x86_64-gnu": entry}


def _uv_cache_name(digest: str) -> str:
    """How uv's archive cache calls the file (seen in uv 0.13); under another name it would not be found offline."""
    return f"{digest[:9]}-{GZIP.replace('+', '-', 1)}"


def _kept(job: Job) -> Path:
    """The archive on the file system that is written to, copied there once."""
    kept = job.ground.path / GZIP
    if not kept.is_file():
        shutil.copyfile(job.place.archive, kept)
    return kept


def _linked(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True)
    os.link(source, destination)
