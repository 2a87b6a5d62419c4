"""A genuine python-build-standalone build, from the one npm package that carries one whole.

The package keeps every file's bytes but loses execute bits and symbolic links; both are restored from what is known
of the original, and every link only after its copy proved byte-identical to the target. The result is not the
upstream archive byte for byte, so it is signed with a key of one's own.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pbs_archive.errors import RefusedError
from pbs_archive.pack import tree_members, write_archive

PACKAGE = "@xspect-build/python-linux-x64@3.9.13-install-only.1"
PACKED = "xspect-build-python-linux-x64-3.9.13-install-only.1.tgz"
SHA256 = "a6b8d7d28fe49f7c010e540bf4cbb68b819a4aeeea9f85efd26866123031857b"
NAME = "cpython-3.9.13+20220528-x86_64-unknown-linux-gnu-install_only.tar.gz"

RECIPE = "1"
"""Raised when the repair below gives other bytes: the cached result is then made anew."""

LINKS = {
    "bin/2to3": "2to3-3.9",
    "bin/idle3": "idle3.9",
    "bin/pydoc3": "pydoc3.9",
    "bin/python3": "python3.9",
    "bin/python3-config": "python3.9-config",
    "lib/libpython3.9.so": "libpython3.9.so.1.0",
    "lib/libpython3.9.a": "python3.9/config-3.9-x86_64-linux-gnu/libpython3.9.a",
    "lib/pkgconfig/python3.pc": "python-3.9.pc",
    "lib/pkgconfig/python3-embed.pc": "python-3.9-embed.pc",
    "share/man/man1/python3.1": "python3.9.1",
}


def write_npm(directory: Path, cache: Path) -> Path:
    """Put the archive into `directory`; package and result are kept in `cache`, by digest."""
    packed = cache / f"{SHA256[:16]}-{RECIPE}" / NAME
    if not packed.is_file():
        package = cache / f"{SHA256}.tgz"
        if not package.is_file() or _sha256(package) != SHA256:
            _fetch(package)
        with tempfile.TemporaryDirectory(prefix="pbs-archive-") as scratch:
            tree = _unpack(package, Path(scratch))
            _restore(tree)
            write_archive(tree_members(tree), packed)
    directory.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(packed, directory / NAME))


def _fetch(package: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RefusedError("npm is not installed: it fetches the genuine build (Debian: apt-get install npm)")
    print(f"fetching {PACKAGE}", file=sys.stderr)
    package.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=".npm-") as scratch:
        command = [npm, "pack", PACKAGE, "--pack-destination", scratch, "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        fetched = Path(scratch, PACKED)
        if done.returncode or not fetched.is_file():
            raise RefusedError(f"npm could not fetch {PACKAGE}: {done.stderr.strip()[-400:]}")
        if (found := _sha256(fetched)) != SHA256:
            raise RefusedError(f"npm's {PACKAGE} has sha256 {found}, expected {SHA256}")
        os.replace(fetched, package)


def _unpack(package: Path, scratch: Path) -> Path:
    tar = subprocess.run(["tar", "-xzf", package, "-C", scratch, "--no-same-owner"], check=False)
    tree = scratch / "package" / "python"
    if tar.returncode or not tree.is_dir():
        raise RefusedError(f"tar could not unpack {package}")
    return tree


def _restore(tree: Path) -> None:
    """Undo npm's damage: caches it added, execute bits and links it lost."""
    for folder in list(tree.rglob("__pycache__")):
        shutil.rmtree(folder)
    for link, target in LINKS.items():
        path = tree / link
        if not filecmp.cmp(path, path.parent / target, shallow=False):
            raise RefusedError(f"{link} is not a copy of {target}: the package is not the one this recipe knows")
        path.unlink()
        path.symlink_to(target)
    for path in tree.rglob("*"):
        if not path.is_symlink() and path.is_file():
            path.chmod(0o755 if _is_program(path, tree) else 0o644)


def _is_program(path: Path, tree: Path) -> bool:
    with path.open("rb") as content:
        head = content.read(4)
    return path.parent == tree / "bin" or head.startswith(b"#!") or (head == b"\x7fELF" and ".so" in path.name)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
