"""Does an extracted archive hold what its name says?

Judged are names, the version in `patchlevel.h`, and the interpreter's header; nothing is run, so an archive for any
platform can be judged on any other.
"""

from __future__ import annotations

import re
from pathlib import Path

from pyv.archive.binary import contradiction
from pyv.domain.artifact import Artifact
from pyv.domain.triple import parse_triple
from pyv.errors import ArchiveError
from pyv.store.atomic import translated

_PY_VERSION = re.compile(rb'^#define[ \t]+PY_VERSION[ \t]+"([^"]{1,40})"', re.MULTILINE)
_HEADER_BYTES = 64 * 1024


def check_content(prefix: Path, artifact: Artifact) -> None:
    """Compare an extracted tree with the identity its archive claims.

    Raises:
        ArchiveError: the interpreter is missing or made for something else, or the version is another one.
    """
    interpreter = _interpreter(prefix, artifact)
    reason = contradiction(interpreter, parse_triple(artifact.triple))
    if reason is not None:
        raise _disagreement(artifact, f"its {interpreter.relative_to(prefix)} does not fit {artifact.triple}: {reason}")
    found = _stated_version(prefix)
    if found is not None and found != artifact.version:
        raise _disagreement(artifact, f"its patchlevel.h says {found}, its name {artifact.version}")


def _interpreter(prefix: Path, artifact: Artifact) -> Path:
    """The executable; a freethreaded one is named so (`python3.13t`), and only that one."""
    version, variant = artifact.parsed_version, artifact.variant
    stem = f"python{version.major}.{version.minor}"
    if artifact.triple.endswith("-windows-msvc"):
        return _first(prefix, ("python.exe", f"{stem}t.exe", "python_d.exe"), artifact)
    threaded = [name for name in (f"{stem}t", f"{stem}td") if prefix.joinpath("bin", name).is_file()]
    if variant.freethreaded != bool(threaded):
        what = f"there is no bin/{stem}t in it" if variant.freethreaded else f"there is a bin/{threaded[0]} in it"
        raise _disagreement(artifact, f"its name says {variant.label}, but {what}")
    names = [*threaded, stem, f"{stem}d"]
    return _first(prefix, [f"bin/{name}" for name in names], artifact)


def _first(prefix: Path, names: tuple[str, ...] | list[str], artifact: Artifact) -> Path:
    for name in names:
        if prefix.joinpath(name).is_file():
            return prefix / name
    raise _disagreement(artifact, f"there is no {names[0]} in it")


def _stated_version(prefix: Path) -> str | None:
    """`PY_VERSION` of the C headers (`include/python3.13t/patchlevel.h`; on Windows without the middle part)."""
    for header in sorted([*prefix.glob("include/patchlevel.h"), *prefix.glob("include/python*/patchlevel.h")]):
        with translated("read", header), header.open("rb") as stream:
            match = _PY_VERSION.search(stream.read(_HEADER_BYTES))
        if match is not None:
            return match[1].decode("ascii", "backslashreplace")
    return None


def _disagreement(artifact: Artifact, problem: str) -> ArchiveError:
    return ArchiveError(
        f"{artifact.name} is something else than its name says: {problem}",
        hint="give the archive the name it was published under",
        artifact=artifact.name,
    )
