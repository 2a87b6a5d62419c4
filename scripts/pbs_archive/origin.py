"""A CPython on the machine, as it describes itself."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from pbs_archive.errors import RefusedError

# Answered by the interpreter that is asked, so it keeps to what 3.8 understands. What is mapped into the process says
# which libpython it runs on, whatever the build data claims (Debian's claims a shared build of a static interpreter).
_QUESTION = """
import json, os, sys, sysconfig
value = sysconfig.get_config_var
shared = set()
if os.path.exists('/proc/self/maps'):
    with open('/proc/self/maps') as maps:
        shared = {line.split(None, 5)[5].rstrip() for line in maps if '/libpython' in line}
libc = os.confstr('CS_GNU_LIBC_VERSION') if 'CS_GNU_LIBC_VERSION' in getattr(os, 'confstr_names', ()) else ''
print(json.dumps({
    'implementation': sys.implementation.name,
    'version': list(sys.version_info),
    'executable': os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable),
    'prefix': os.path.realpath(sys.base_prefix),
    'stdlib': os.path.dirname(os.path.realpath(os.__file__)),
    'platstdlib': os.path.realpath(sysconfig.get_path('platstdlib', vars={'platbase': sys.base_exec_prefix,
                                                                       'installed_platbase': sys.base_exec_prefix})),
    'headers': value('INCLUDEPY') or '',
    'config_header': value('CONFINCLUDEPY') or '',
    'multiarch': value('MULTIARCH') or '',
    'framework': value('PYTHONFRAMEWORK') or '',
    'freethreaded': bool(value('Py_GIL_DISABLED')),
    'debug': bool(value('Py_DEBUG')),
    'mapped': sorted(shared),
    'libc': 'gnu' if libc else 'musl',
}))
"""

_LEVELS = {"alpha": "a", "beta": "b", "candidate": "rc"}
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class _Answer(TypedDict):
    implementation: str
    version: tuple[int, int, int, str, int]
    executable: str
    prefix: str
    stdlib: str
    platstdlib: str
    headers: str
    config_header: str
    multiarch: str
    framework: str
    freethreaded: bool
    debug: bool
    mapped: list[str]
    libc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of an interpreter before it is copied."""

    version: str
    minor: str
    """`3.12`, with a `t` where the build is freethreaded: how its files are named."""
    triple: str
    options: str
    executable: Path
    prefix: Path
    stdlib: Path
    platstdlib: Path
    headers: Path
    config_header: Path
    mapped: tuple[Path, ...]
    """Every libpython the running interpreter has mapped; none in a static build."""


def ask(python: str) -> Origin:
    """Ask an interpreter about the installation it belongs to (of a venv: the one below it)."""
    try:
        answer = _answer(python)
        base = answer["executable"]
        if os.path.realpath(python) != base:
            answer = _answer(base)
    except (OSError, ValueError, subprocess.CalledProcessError) as fault:
        detail = getattr(fault, "stderr", "") or str(fault)
        raise RefusedError(f"`{python}` does not answer as a Python ≥ 3.8 does: {detail.strip()[-300:]}") from None
    version = answer["version"]
    if answer["implementation"] != "cpython" or tuple(version[:2]) < (3, 8):
        raise RefusedError(f"`{python}` is not a CPython ≥ 3.8")
    if answer["framework"]:
        raise RefusedError(f"`{python}` is a macOS framework build, which has no movable prefix")
    return _origin(answer)


def _answer(python: str) -> _Answer:
    command = [python, "-I", "-c", _QUESTION]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    if not isinstance(answer, dict):
        raise ValueError("no answer")
    return cast("_Answer", answer)


def _origin(answer: _Answer) -> Origin:
    major, minor, micro, level, serial = answer["version"]
    suffix = "" if level == "final" else f"{_LEVELS[level]}{serial}"
    options = [name for name, is_on in (("freethreaded", answer["freethreaded"]), ("debug", answer["debug"])) if is_on]
    headers, config_header = Path(answer["headers"]), Path(answer["config_header"])
    # Debian keeps the real pyconfig.h in a directory of the architecture and includes it from the usual place.
    own = headers.parent / answer["multiarch"] / headers.name
    return Origin(
        version=f"{major}.{minor}.{micro}{suffix}",
        minor=f"{major}.{minor}" + ("t" if answer["freethreaded"] else ""),
        triple=_triple(answer["libc"]),
        options="+".join(options),
        executable=Path(answer["executable"]),
        prefix=Path(answer["prefix"]),
        stdlib=Path(answer["stdlib"]),
        platstdlib=Path(answer["platstdlib"]),
        headers=headers,
        config_header=(own if (own / "pyconfig.h").is_file() else config_header) / "pyconfig.h",
        mapped=tuple(Path(path) for path in answer["mapped"]),
    )


def _triple(libc: str) -> str:
    machine = platform.machine().lower()
    arch = _MACHINES.get(machine, machine)
    system = platform.system()
    if system == "Darwin":
        return f"{arch}-apple-darwin"
    if system != "Linux":
        raise RefusedError(f"{system} is not a system this knows to repack on")
    return f"armv7-unknown-linux-{libc}eabihf" if arch.startswith("armv7") else f"{arch}-unknown-linux-{libc}"
