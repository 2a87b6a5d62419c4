"""Facts to build indexes of, short to write."""

from __future__ import annotations

import hashlib

from pyv.mirror.facts import Fact

LINUX = "x86_64-unknown-linux-gnu"
NOW = 1_795_305_600.0
"""2026-11-22, 00:00 UTC."""


def fact(
    version: str = "3.13.1",
    flavor: str = "install_only",
    options: str = "",
    *,
    build: str = "20241206",
    triple: str = LINUX,
    sha256: str | None = "",
    tag: str | None = "",
    file: str | None = None,
    size: int | None = None,
) -> Fact:
    """One fact as upstream would name it; an empty `sha256` or `tag` is made up from the rest."""
    words = f"-{options}" if options else ""
    ending = "zst" if flavor == "full" else "gz"
    name = file or f"cpython-{version}+{build}-{triple}{words}-{flavor}.tar.{ending}"
    return Fact(
        version=version,
        build=build,
        triple=triple,
        flavor=flavor,
        options=options,
        file=name,
        tag=build if tag == "" else tag,
        sha256=hashlib.sha256(name.encode()).hexdigest() if sha256 == "" else sha256,
        size=size,
        origin="test",
    )
