"""What the figures were measured on, in words that name no machine."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def described() -> str:
    """Processor, count, system, kernel series."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{_processor()}, {count} processors, {platform.system()} {kernel}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load() -> str:
    """Processes that want to run, averaged over the last minute: figures taken beside other work are not worth much."""
    return f"{os.getloadavg()[0]:.1f}"


def file_system(path: Path) -> str:
    """The type of the file system a directory lies on; `unknown` where the system does not say."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    mounts = {fields[1]: fields[2] for line in lines if len(fields := line.split()) > 2}
    real = path.resolve()
    return next((mounts[str(place)] for place in (real, *real.parents) if str(place) in mounts), "unknown")


def interpreter(python: Path) -> str:
    """Version and the kind of build: one without PGO is a third slower, and everything written in Python with it."""
    asked = (
        "import platform, sysconfig\n"
        "made = sysconfig.get_config_var('CONFIG_ARGS') or ''\n"
        "kind = 'PGO' if '--enable-optimizations' in made else 'without PGO'\n"
        "print('CPython', platform.python_version(), f'({kind})')"
    )
    return said(str(python), "-I", "-c", asked)


def said(*words: str) -> str:
    """The first line a command prints."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return next(iter(done.stdout.splitlines()), "")
