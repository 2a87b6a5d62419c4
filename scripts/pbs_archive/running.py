"""Any CPython on the machine, repacked: a fixture in upstream's layout, not one of upstream's builds.

Only the interpreter's own files are taken: never what somebody installed beside it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pbs_archive.errors import RefusedError
from pbs_archive.origin import Origin, ask
from pbs_archive.pack import tree_members, write_archive
from pbs_archive.relocate import name_install, point_beside

BUILD = "20000101"
"""A tag no release ever had, so that nobody takes the archive for one of upstream's."""

_LEFT_OUT = {
    *("__pycache__", "test", "tests", "idle_test"),
    *("EXTERNALLY-MANAGED", "sitecustomize.py", "usercustomize.py"),  # the machine's, not the interpreter's
    "python-config.py",  # its `#!` names the old prefix
}
_THIRD_PARTY = {"site-packages", "dist-packages"}
_TEST_MODULES = ("_test", "_ctypes_test", "_xxtestfuzz", "xxlimited", "xxsubtype")
_OWN_HEADERS = {"cpython", "internal"}


def write_running(directory: Path, python: str, build: str) -> Path:
    """Repack the installation that `python` belongs to."""
    origin = ask(python)
    options = f"-{origin.options}" if origin.options else ""
    name = f"cpython-{origin.version}+{build}-{origin.triple}{options}-install_only.tar.gz"
    with tempfile.TemporaryDirectory(prefix="pbs-archive-") as scratch:
        tree = Path(scratch).resolve() / "python"
        assemble(origin, tree)
        return write_archive(tree_members(tree), directory / name)


def assemble(origin: Origin, tree: Path) -> None:
    """Copy, relocate, and name the prefix `/install`."""
    python = tree / "bin" / f"python{origin.minor}"
    _copy(origin.executable, python, executable=True)
    for link in ("python", "python3", "python" + origin.minor.rstrip("t")):
        if not (tree / "bin" / link).exists():
            (tree / "bin" / link).symlink_to(python.name)
    library = tree / _below(origin.stdlib, origin)
    for source in dict.fromkeys((origin.stdlib, origin.platstdlib)):
        _copy_library(source, tree / _below(source, origin) if source.is_dir() else library)
    _copy_headers(origin, tree / "include" / f"python{origin.minor}")
    _copy_libpython(origin, tree / "lib")
    _copy_config(origin, tree)
    point_beside(tree, python, origin)
    name_install(tree, _moved(origin), origin.prefix)


def _below(path: Path, origin: Origin) -> str:
    """Where a directory stands below the prefix; upstream's place for one that stands elsewhere."""
    try:
        return path.relative_to(origin.prefix).as_posix()
    except ValueError:
        return f"lib/python{origin.minor}"


def _moved(origin: Origin) -> dict[str, str]:
    headers = f"include/python{origin.minor}"
    return {
        str(origin.stdlib): _below(origin.stdlib, origin),
        str(origin.config_header.parent): headers,
        str(origin.headers): headers,
    }


def _copy(source: Path, destination: Path, *, executable: bool = False) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
    destination.chmod(0o755 if executable or os.access(source, os.X_OK) else 0o644)


def _copy_library(source: Path, destination: Path) -> None:
    for path in _own_files(source):
        target = destination / path.relative_to(source)
        if not path.is_symlink():
            _copy(path, target)
        elif (linked := _linked(path, source)) is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_symlink():
                target.symlink_to(os.path.relpath(destination / linked, target.parent))


def _own_files(source: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        here = Path(folder)
        if here.name in _THIRD_PARTY:
            folders.clear()
        for name in sorted(files):
            third_party = here.name in _THIRD_PARTY and name != "README.txt"
            if not third_party and not _is_left_out(here, name):
                yield here / name


def _is_left_out(folder: Path, name: str) -> bool:
    if name in _LEFT_OUT or name.endswith((".a", ".pyc", ".pyo")):
        return True
    return folder.name == "lib-dynload" and name.startswith(_TEST_MODULES)


def _linked(link: Path, source: Path) -> Path | None:
    """The file a link ends at, relative to `source`; None where it dangles or leaves what is taken."""
    end = Path(os.path.realpath(link))
    if not end.is_file() or not end.is_relative_to(source):
        return None
    inside = end.relative_to(source)
    parts = set(inside.parts[:-1])
    return None if parts & (_LEFT_OUT | _THIRD_PARTY) or _is_left_out(end.parent, end.name) else inside


def _copy_headers(origin: Origin, destination: Path) -> None:
    """CPython's own headers; directories that packages added to them stay behind."""
    if not (origin.headers / "Python.h").is_file():
        return
    for path in sorted(origin.headers.rglob("*.h")):
        inside = path.relative_to(origin.headers)
        if path.is_file() and (len(inside.parts) == 1 or inside.parts[0] in _OWN_HEADERS):
            _copy(path, destination / inside)
    if origin.config_header.is_file():
        _copy(origin.config_header, destination / "pyconfig.h")


def _copy_libpython(origin: Origin, destination: Path) -> None:
    """The shared library the interpreter runs on, and the links and the stub beside it."""
    for library in origin.mapped:
        if not library.is_file():
            raise RefusedError(f"{library} is mapped by {origin.executable} but is not there")
        _copy(library, destination / library.name, executable=True)
        for path in sorted(library.parent.glob("libpython*.so*")):
            if path.is_symlink() and path.resolve() == library.resolve() and path.name != library.name:
                (destination / path.name).symlink_to(library.name)
        stub = library.parent / "libpython3.so"
        if stub.is_file() and not stub.is_symlink():
            _copy(stub, destination / stub.name, executable=True)


def _copy_config(origin: Origin, tree: Path) -> None:
    """What compilers ask: `pythonX.Y-config` where it is a shell script, pkg-config files where the prefix has them."""
    script = origin.executable.parent / f"python{origin.minor}-config"
    if script.is_file() and script.read_bytes().startswith(b"#!/bin/sh\n"):
        _copy(script, tree / "bin" / script.name, executable=True)
        (tree / "bin" / "python3-config").symlink_to(script.name)
    packages = origin.prefix / "lib" / "pkgconfig"
    for path in sorted(packages.glob(f"python-{origin.minor}*.pc")):
        _copy(path, tree / "lib" / "pkgconfig" / path.name)
