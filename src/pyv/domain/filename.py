"""Upstream's file names, read: `cpython-3.12.2+20240224-x86_64-unknown-linux-gnu-install_only.tar.gz`.

Only the form in use since 2022 is read; older names carry a time stamp that may differ from the release tag, so
their identity is never taken from the name (PBS release history).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pyv.domain.version import is_version
from pyv.errors import RequestError

_FORM = re.compile(
    r"cpython-(?P<version>\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)\+(?P<build>\d{8})"
    r"-(?P<triple>[a-z0-9_]+-(?:unknown-linux-[a-z]+|apple-darwin|pc-windows-msvc))"
    r"(?:-(?P<options>[a-z0-9]+(?:\+[a-z0-9]+)*))?"
    r"-(?P<flavor>install_only_stripped|install_only|full)"
    r"\.tar\.(?P<compression>gz|zst)",
    re.ASCII,
)


class ArchiveName(NamedTuple):
    """The identity a file name states."""

    version: str
    build: str
    triple: str
    options: str
    flavor: str
    compression: str


def parse_file_name(name: str) -> ArchiveName:
    """Read an archive's name; `%2B` counts as `+`.

    Raises:
        RequestError: it is not a name PBS gives.
    """
    match = _FORM.fullmatch(name.replace("%2B", "+"))
    if match is None or not is_version(match["version"]):
        raise RequestError(
            f"`{name}` is not a python-build-standalone archive name",
            hint="expected cpython-VERSION+TAG-TRIPLE[-OPTIONS]-FLAVOR.tar.gz (or .tar.zst)",
            name=name,
        )
    found = match.groupdict(default="")
    return ArchiveName(
        found["version"],
        found["build"],
        found["triple"],
        found["options"],
        found["flavor"],
        found["compression"],
    )
