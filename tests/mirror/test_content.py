"""What an extracted archive holds, against what its name says."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.errors import ArchiveError
from pyv.mirror.content import check_content

LINUX = "x86_64-unknown-linux-gnu"
SCRIPT = b"#!/bin/sh\n"


def artifact(version: str = "3.13.1", options: str = "", triple: str = LINUX, flavor: str = "install_only") -> Artifact:
    return Artifact(version=version, triple=triple, flavor=flavor, options=options, build="20241206", sha256="0" * 64)


def tree(prefix: Path, *names: str, content: bytes = SCRIPT, stated: str | None = None) -> Path:
    for name in names:
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).write_bytes(content)
    if stated is not None:
        header = prefix / "include" / "python3.13" / "patchlevel.h"
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text(f'/* */\n#define PY_MAJOR_VERSION 3\n#define PY_VERSION      \t"{stated}"\n')
    return prefix


def pe(machine: int) -> bytes:
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", machine) + bytes(64)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("", ["bin/python3.13"]),
        ("debug", ["bin/python3.13d"]),
        ("debug", ["bin/python3.13", "bin/python3.13d"]),
        ("freethreaded", ["bin/python3.13t", "bin/python3.13"]),
        ("freethreaded+debug", ["bin/python3.13td"]),
    ],
)
def test_the_interpreter_of_the_variant_is_there(tmp_path: Path, options: str, names: list[str]) -> None:
    check_content(tree(tmp_path, *names, stated="3.13.1"), artifact(options=options))


@pytest.mark.parametrize(
    ("options", "names", "problem"),
    [
        ("", ["bin/python3.12"], "there is no bin/python3.13 in it"),
        ("", ["bin/python3", "bin/python"], "there is no bin/python3.13 in it"),
        ("", ["lib/x"], "there is no bin/python3.13 in it"),
        (
            "",
            ["bin/python3.13t", "bin/python3.13"],
            "its name says default, but there is a bin/python3.13t in it",
        ),
        (
            "freethreaded",
            ["bin/python3.13"],
            "its name says freethreaded, but there is no bin/python3.13t in it",
        ),
    ],
)
def test_another_interpreter_is_refused(tmp_path: Path, options: str, names: list[str], problem: str) -> None:
    claim = artifact(options=options)
    with pytest.raises(ArchiveError) as caught:
        check_content(tree(tmp_path, *names), claim)
    assert caught.value.message == f"{claim.name} is something else than its name says: {problem}"


def test_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        check_content(tree(tmp_path, "bin/python3.13", stated="3.13.0"), artifact())
    assert caught.value.message.endswith("its patchlevel.h says 3.13.0, its name 3.13.1")


@pytest.mark.parametrize("place", ["include", "include/python3.13t"])
def test_the_header_is_found_where_any_platform_has_it(tmp_path: Path, place: str) -> None:
    tree(tmp_path, "bin/python3.13", f"{place}/patchlevel.h")
    (tmp_path / place / "patchlevel.h").write_text('#define PY_VERSION "3.13.2"\n')
    with pytest.raises(ArchiveError, match=r"patchlevel\.h says 3\.13\.2"):
        check_content(tmp_path, artifact())


def test_a_tree_without_headers_is_judged_by_the_rest(tmp_path: Path) -> None:
    check_content(tree(tmp_path, "bin/python3.13", "include/python3.13/patchlevel.h"), artifact())


def test_windows_trees_have_their_interpreter_on_top(tmp_path: Path) -> None:
    claim = artifact(triple="x86_64-pc-windows-msvc")
    check_content(tree(tmp_path, "python.exe", content=pe(0x8664)), claim)
    with pytest.raises(ArchiveError, match="it is built for aarch64, not for x86_64"):
        check_content(tree(tmp_path, "python.exe", content=pe(0xAA64)), claim)


def test_an_interpreter_for_another_platform_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        check_content(tree(tmp_path, "bin/python3.13", content=pe(0x8664)), artifact())
    assert caught.value.message == (
        f"cpython-3.13.1+20241206-{LINUX}-install_only is something else than its name says:"
        f" its bin/python3.13 does not fit {LINUX}: it is an executable for windows, not for linux"
    )
