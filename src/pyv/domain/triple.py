"""Triples: what a host can run, and why it cannot run the rest.

Minimums are those upstream validates its releases against (PBS: glibc 2.17, riscv64 2.28; macOS 10.15 and 11.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(
    r"(?P<arch>[a-z0-9_]+?)(?:_v(?P<level>[2-4]))?-(?P<vendor>unknown|apple|pc)-(?P<os>linux|darwin|windows)"
    r"(?:-(?P<libc>gnu|gnueabi|gnueabihf|musl|msvc))?"
)

_LEVELLED = tuple(
    f"x86_64{level}-unknown-linux-{libc}" for libc in ("gnu", "musl") for level in ("", "_v2", "_v3", "_v4")
)
PUBLISHED = (
    *_LEVELLED,
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "armv7-unknown-linux-gnueabi",
    "armv7-unknown-linux-gnueabihf",
    "i686-unknown-linux-gnu",
    "ppc64le-unknown-linux-gnu",
    "riscv64-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "aarch64-pc-windows-msvc",
    "i686-pc-windows-msvc",
    "x86_64-pc-windows-msvc",
)
"""Every triple PBS has ever published for: where a listing of all platforms looks."""
_ARCHES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "x86": "i686"}
_SYSTEMS = {
    "linux": "unknown-linux-{libc}",
    **dict.fromkeys(("macos", "darwin", "osx", "mac"), "apple-darwin"),
    **dict.fromkeys(("windows", "win"), "pc-windows-msvc"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """An LLVM target triple, taken apart."""

    text: str
    arch: str
    level: int
    """x86-64 level 1 to 4; 1 elsewhere."""
    os: str
    libc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What a machine is, as far as interpreters care."""

    os: str
    arch: str
    libc: str = ""
    """`gnu`, `gnueabi`, `gnueabihf`, `musl`; nothing outside Linux."""
    libc_version: tuple[int, int] | None = None
    level: int = 1
    os_version: tuple[int, int] | None = None

    @property
    def triple(self) -> str:
        """The baseline triple of this host: the one resolution takes unless another is asked for."""
        if self.os == "linux":
            return f"{self.arch}-unknown-linux-{self.libc or 'gnu'}"
        return f"{self.arch}-apple-darwin" if self.os == "darwin" else f"{self.arch}-pc-windows-msvc"


def parse_triple(text: str) -> Triple:
    """Take a triple apart.

    Raises:
        ValueError: it is not one PBS builds for.
    """
    match = _FORM.fullmatch(text)
    if match is None or (match["level"] and match["arch"] != "x86_64"):
        raise ValueError(f"`{text}` is not a triple such as `x86_64-unknown-linux-gnu`")
    return Triple(
        text=text,
        arch=match["arch"],
        level=int(match["level"] or 1),
        os=match["os"],
        libc=match["libc"] or "",
    )


def meant_by(text: str) -> str | None:
    """The triple a platform in words of others is likely to mean: `linux/amd64`, `macos-arm64`, `x86_64-linux-musl`."""
    words = re.split(r"[-/.: ]", text.lower())
    archs = [_ARCHES.get(word, word) for word in words]
    libc = "musl" if {"musl", "alpine"}.intersection(words) else "gnu"
    for system in (_SYSTEMS[word].format(libc=libc) for word in words if word in _SYSTEMS):
        for arch in archs:
            if f"{arch}-{system}" in PUBLISHED:
                return f"{arch}-{system}"
    return None


def triple_hint(text: str) -> str:
    """What to do about a triple nobody has."""
    meant = meant_by(text)
    asked = f"did you mean {meant}? " if meant is not None and meant != text else ""
    return f"{asked}`pyv available --all-platforms` lists those there are"


def host_of(text: str) -> Host:
    """A machine that runs builds for a triple: for plans that are carried out for another machine than this one.

    Raises:
        ValueError: it is not a triple PBS builds for.
    """
    triple = parse_triple(text)
    least = _minimum_glibc(triple) if triple.os == "linux" and triple.libc != "musl" else None
    return Host(os=triple.os, arch=triple.arch, libc=triple.libc, libc_version=least, level=triple.level)


def runnable_triples(host: Host) -> list[str]:
    """Every triple this host runs, the baseline first, then its CPU levels upwards."""
    baseline = host.triple
    levels = range(2, host.level + 1) if host.arch == "x86_64" and host.os == "linux" else ()
    return [baseline, *(baseline.replace("x86_64", f"x86_64_v{level}", 1) for level in levels)]


def _minimum_glibc(triple: Triple) -> tuple[int, int]:
    return (2, 28) if triple.arch == "riscv64" else (2, 17)


def _dotted(version: tuple[int, int] | None) -> str:
    return "an unknown version" if version is None else ".".join(map(str, version))


def refusal(text: str, host: Host) -> str | None:
    """Why this host cannot run builds for a triple; None where it can."""
    try:
        triple = parse_triple(text)
    except ValueError as fault:
        return str(fault)
    for built, here in ((triple.os, host.os), (triple.arch, host.arch)):
        if built != here:
            return f"it is built for {built}, this host is {here}"
    if triple.level > host.level:
        return f"it needs a CPU of level x86-64-v{triple.level}, this one is v{host.level}"
    return _libc_refusal(triple, host) if triple.os == "linux" else _macos_refusal(triple, host)


def _macos_refusal(triple: Triple, host: Host) -> str | None:
    minimum = (11, 0) if triple.arch == "aarch64" else (10, 15)
    if triple.os == "darwin" and host.os_version is not None and host.os_version < minimum:
        return f"it needs macOS {_dotted(minimum)}, this host has {_dotted(host.os_version)}"
    return None


def _libc_refusal(triple: Triple, host: Host) -> str | None:
    if triple.libc != host.libc:
        return f"it is built for {triple.libc}, this host has {host.libc or 'no libc that pyv knows'}"
    minimum = _minimum_glibc(triple)
    if triple.libc != "musl" and (host.libc_version is None or host.libc_version < minimum):
        return f"it needs glibc {_dotted(minimum)}, this host has {_dotted(host.libc_version)}"
    return None
