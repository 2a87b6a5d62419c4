"""Wheels of pyv as it stands in this checkout, of what it depends on, and of uv; and what such wheels weigh."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_REQUIRED = re.compile(r"^Requires-Dist: *([A-Za-z0-9._-]+)(?!.*\bextra *==)", re.MULTILINE)
PYV = "pyv"
MANIFESTS = "pyv/manifests/"
"""Where pyv's wheel has the embedded index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One distribution, before it is installed."""

    name: str
    version: str
    download: int
    """Bytes of the file."""
    unpacked: int
    """Bytes of what is in it, without the bytecode an installer may add."""
    files: int
    requires: tuple[str, ...]
    tops: tuple[str, ...]
    """The modules and packages it brings."""


def normal(name: str) -> str:
    """A name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_wheel(path: Path) -> Wheel:
    """Weigh a wheel."""
    name, version, *_ = path.name.split("-")
    with zipfile.ZipFile(path) as packed:
        members = [member for member in packed.infolist() if not member.is_dir()]
        metadata = next(member for member in members if member.filename.endswith(".dist-info/METADATA"))
        requires = _REQUIRED.findall(packed.read(metadata).decode("utf-8"))
    heads = {member.filename.split("/")[0] for member in members}
    return Wheel(
        name=normal(name),
        version=version,
        download=path.stat().st_size,
        unpacked=sum(member.file_size for member in members),
        files=len(members),
        requires=tuple(dict.fromkeys(normal(each) for each in requires)),
        tops=tuple(sorted(head.split(".")[0] for head in heads if not head.endswith((".dist-info", ".data")))),
    )


def weighed(directory: Path) -> list[Wheel]:
    """pyv and what it brings, in the order in which it is brought: its own dependencies, each before what it needs."""
    found = {wheel.name: wheel for wheel in map(read_wheel, sorted(directory.glob("*.whl")))}
    ordered: dict[str, Wheel] = {}

    def visit(name: str) -> None:
        if name in found and name not in ordered:
            ordered[name] = found[name]
            for each in sorted(found[name].requires):
                visit(each)

    visit(PYV)
    return list(ordered.values())


def brought_by(wheel: Wheel, wheels: Sequence[Wheel]) -> list[str]:
    """Who needs it."""
    return [each.name for each in wheels if wheel.name in each.requires]


def part(path: Path, prefix: str) -> tuple[int, int, int]:
    """Of a wheel, what lies below a directory: bytes packed, bytes unpacked, files."""
    with zipfile.ZipFile(path) as packed:
        members = [each for each in packed.infolist() if each.filename.startswith(prefix) and not each.is_dir()]
    return sum(each.compress_size for each in members), sum(each.file_size for each in members), len(members)
