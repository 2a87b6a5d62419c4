"""The interpreter of a staged prefix: judged by its header before activation, and let to compile its library."""

from __future__ import annotations

import re
from pathlib import Path

from pyv.archive.binary import contradiction
from pyv.domain.artifact import Artifact
from pyv.domain.triple import parse_triple
from pyv.errors import ArchiveError, StoreError

_INTERPRETER = re.compile(r"python3(\.[0-9]+)?[td]{0,2}|python\.exe", re.ASCII)


def check_interpreter(artifact: Artifact, staged_prefix: Path) -> None:
    """Make sure that an interpreter there is, and that it is built for the record's triple.

    Raises:
        ArchiveError: there is none, or its header says otherwise.
    """
    named = [*sorted(staged_prefix.glob("bin/python3*")), staged_prefix / "python.exe"]
    real = [path for path in named if _INTERPRETER.fullmatch(path.name) and path.is_file()]
    if not real:
        raise ArchiveError(
            f"{artifact.name}: it holds no interpreter",
            hint="this is not an archive of CPython",
            rule="interpreter",
        )
    triple = parse_triple(artifact.triple)
    for path in sorted({path.resolve() for path in real}):
        reason = contradiction(path, triple)
        if reason is not None:
            raise ArchiveError(
                f"{artifact.name}: {path.name} is not built for {artifact.triple}: {reason}",
                hint="the publisher of this record mixed up two archives: report it, and take another build",
                rule="interpreter",
            )


def compile_library(staged_prefix: Path, prefix: Path, moment: int | None = None) -> None:
    """Let the interpreter compile its own standard library; the paths in the bytecode are the final ones.

    Where everything is to bear one `moment` (`SOURCE_DATE_EPOCH`), two times give the same bytes: by one process, with
    one order of sets, none of it written in passing by an import, and all of it checked by content.

    Bytecode is not part of the recorded tree: an interpreter may write or drop it at any time.

    Raises:
        StoreError: the interpreter could not.
    """
    import subprocess  # noqa: PLC0415 (only where it was asked for)

    python = staged_prefix / "bin" / "python3"
    command, environment = [str(python), "-I", "-m", "compileall", "-j", "0"], None
    if moment is not None:
        command = [str(python), "-s", "-B", "-m", "compileall", "-j", "1"]
        environment = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(moment)}
    command += ["-q", "-s", str(staged_prefix), "-p", str(prefix)]
    run = subprocess.run(
        [*command, "-x", r"lib2to3/tests|/bad_|badsyntax", *map(str, sorted(staged_prefix.glob("lib/python3.*")))],
        cwd=staged_prefix,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        last = (run.stdout + run.stderr).strip().splitlines()[-1:] or ["no output"]
        raise StoreError(
            f"compiling bytecode failed: {last[0]}", hint="install without --compile-bytecode", status=run.returncode
        )
