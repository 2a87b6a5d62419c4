"""The door to the machine: operating system, processor, libc, CPU level.

Levels are those of the x86-64 psABI; a flag missing from /proc/cpuinfo counts as absent.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from pyv.domain.triple import Host, host_of, triple_hint
from pyv.errors import RequestError

_LEVELS = (
    # psABI, "x86-64-v2/v3/v4"; names as Linux prints them (pni is sse3, abm is lzcnt)
    {"cx16", "lahf_lm", "popcnt", "pni", "ssse3", "sse4_1", "sse4_2"},
    {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"},
    {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "i386": "i686", "i586": "i686"}
_NARROW = {"x86_64": "i686", "aarch64": "armv7"}


def x86_64_level(flags: set[str]) -> int:
    """The highest psABI level whose flags, and those of every level below it, are all there."""
    level = 1
    for needed in _LEVELS:
        if not needed <= flags:
            break
        level += 1
    return level


def _cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    try:
        with cpuinfo.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("flags"):
                    return set(line.partition(":")[2].split())
    except OSError:
        pass
    return set()


def _arch() -> str:
    machine = os.uname().machine.lower()
    arch = _MACHINES.get(machine, machine)
    if struct.calcsize("P") == 4:  # a 32-bit userland on a 64-bit kernel
        arch = _NARROW.get(arch, arch)
    return "armv7" if arch.startswith("armv7") else arch


def _libc(arch: str, lib: Path = Path("/lib")) -> tuple[str, tuple[int, int] | None]:
    """The C library of the running process, and the version where it says one."""
    try:
        words = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (ValueError, OSError, AttributeError):
        words = []
    if len(words) == 2 and words[0] == "glibc":
        major, minor = words[1].split(".")[:2]
        name = "gnu"
        if arch == "armv7":
            name = "gnueabihf" if (lib / "ld-linux-armhf.so.3").exists() else "gnueabi"
        return name, (int(major), int(minor))
    if any(lib.glob("ld-musl-*.so.1")):
        return "musl", None
    return "", None


def _dotted_pair(text: str) -> tuple[int, int] | None:
    parts = text.split(".")
    if not parts[0].isdigit():
        return None
    return int(parts[0]), int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def detect() -> Host:
    """This machine."""
    arch = _arch()
    system = os.uname().sysname.lower()
    if system == "linux":
        libc, version = _libc(arch)
        level = x86_64_level(_cpu_flags()) if arch == "x86_64" else 1
        return Host(os="linux", arch=arch, libc=libc, libc_version=version, level=level)
    if system == "darwin":
        import platform  # noqa: PLC0415 (a millisecond, and only macOS has a version of its own)

        return Host(os="darwin", arch=arch, os_version=_dotted_pair(platform.mac_ver()[0]))
    return Host(os=system, arch=arch)


def machine_for(triple: str | None) -> Host:
    """This machine where no triple is named, else one that runs builds for it.

    Raises:
        RequestError: it is no triple.
    """
    if triple is None:
        return detect()
    try:
        return host_of(triple)
    except ValueError as fault:
        raise RequestError(str(fault), hint=triple_hint(triple)) from None
