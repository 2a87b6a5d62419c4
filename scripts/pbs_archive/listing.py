"""A synthetic archive of exactly the shape of a listing: `mode path[ -> target]`, one entry a line.

Contents are small and follow from the path alone, save for the files an installer reads: the interpreter is a
shell script that answers `--version`, and the build data names the prefix `/install`, as upstream's does.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from pbs_archive.errors import RefusedError
from pbs_archive.pack import Member, write_archive

NAME = "cpython-3.13.12+20260203-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"
VERSION = "3.13.12"

_LINE = re.compile(r"(?P<mode>100644|100755|120000) (?P<path>python/\S+)(?: -> (?P<target>\S+))?")
_INTERPRETER = re.compile(r"python/bin/python3\.\d+t?")


def write_layout(listing: Path, destination: Path) -> Path:
    """Build the archive; a directory as destination takes the name of the build the listing is from."""
    target = destination / NAME if destination.is_dir() else destination
    return write_archive(listed_members(listing), target)


def listed_members(listing: Path) -> Iterator[Member]:
    """The entries of a listing (plain or `.gz`), with their contents."""
    raw = listing.read_bytes()
    text = (gzip.decompress(raw) if listing.suffix == ".gz" else raw).decode("ascii")
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or (match["mode"] == "120000") != (match["target"] is not None):
            raise RefusedError(f"{listing}:{number}: expected `MODE python/PATH[ -> TARGET]`, found {line!r}")
        if match["target"] is not None:
            yield Member(name=match["path"], target=match["target"])
        else:
            content = _content(match["path"])
            yield Member(name=match["path"], content=content, executable=match["mode"] == "100755")


def _content(path: str) -> bytes:
    name = path.rpartition("/")[2]
    if _INTERPRETER.fullmatch(path):
        text = f'#!/bin/sh\ncase "$1" in\n-V | --version) echo "Python {VERSION}" ;;\n*) exit 64 ;;\nesac\n'
    elif path.startswith("python/bin/"):
        text = f"#!/bin/sh\necho {name}\n"
    elif name.startswith("_sysconfigdata_"):
        text = "build_time_vars = {'CC': 'clang -pthread', 'AR': 'llvm-ar', 'prefix': '/install'}\n"
    elif name == "Makefile":
        text = "prefix=\t/install\nCC=\tclang -pthread\n"
    elif name.endswith(".pc"):
        text = "prefix=${pcfiledir}/../..\nexec_prefix=${prefix}\n"
    else:
        text = f"{path}\n"
    return text.encode("ascii")
