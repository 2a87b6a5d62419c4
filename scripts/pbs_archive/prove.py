"""Proof that an archive is what it claims: unpacked elsewhere, it runs from there and imports what it should."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from pbs_archive.errors import RefusedError
from pbs_archive.relocate import mapped_outside

MODULES = (
    *("zlib", "hashlib", "decimal", "json", "ssl", "sqlite3", "ctypes", "lzma", "bz2", "uuid", "zoneinfo"),
    *("readline", "curses", "tkinter", "venv", "ensurepip"),
)
_IMPORTS = """
import importlib, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        found[name] = ''
    except ImportError as fault:
        found[name] = str(fault)
print(json.dumps([sys.version.split()[0], found]))
"""


def check(archive: Path) -> list[str]:
    """Unpack and run; the lines of a report. Refuses where the interpreter does not run from where it was put."""
    with tempfile.TemporaryDirectory(prefix="pbs-check-") as scratch:
        if subprocess.run(["tar", "-xzf", archive, "-C", scratch, "--no-same-owner"], check=False).returncode:
            raise RefusedError(f"tar could not unpack {archive}")
        tree = Path(scratch).resolve() / "python"
        python = tree / "bin" / "python3"
        if outside := mapped_outside(tree, python):
            raise RefusedError(f"{archive.name} does not run from where it is put: {', '.join(outside)}")
        command = [str(python), "-I", "-B", "-c", _IMPORTS, *MODULES]
        done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RefusedError(f"{archive.name} does not run: {done.stderr.strip()[-300:]}")
        version, found = json.loads(done.stdout)
    missing = [f"  {name} does not import: {fault}" for name, fault in found.items() if fault]
    works = " ".join(name for name, fault in found.items() if not fault)
    return [f"{archive.name}: Python {version} runs from where it is put; imports {works}", *missing]
