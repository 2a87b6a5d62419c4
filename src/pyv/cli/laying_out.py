"""`pyv install --root DIR --at PATH --triple TRIPLE`: where a root is laid out, for which place and which machine."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.triple import Host, refusal
from pyv.environment import Environment
from pyv.errors import RequestError, TrustError
from pyv.host import detect, machine_for


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """Where versions are installed, and for whom."""

    machine: Host
    root: Path | None = None
    """None for the root of the environment."""
    used_at: Path | None = None
    """Where the root will lie, if it is not for this machine and this place."""


def read_place(root: str | None, at: str | None, triple: str | None, environment: Environment) -> LaidOut:
    """What the command line says.

    Raises:
        RequestError: a path cannot be one, or `--at` has no `--root`.
    """
    here = detect()
    if root is None:
        if at is not None:
            raise RequestError("--at says where another root will lie, and none is named", hint="add --root DIR")
        return LaidOut(machine=here)
    if not root:
        raise RequestError("--root names no directory", hint="name one: --root build/image/opt/pyv")
    place = Path(os.path.normpath(environment.cwd / root))
    if triple is None or refusal(triple, here) is None:
        return LaidOut(machine=here, root=place, used_at=None if at is None else _absolute(at))
    return LaidOut(machine=machine_for(triple), root=place, used_at=place if at is None else _absolute(at))


@contextmanager
def hinted_for(root: Path | None) -> Iterator[None]:
    """Have a hint about whom to trust say where: what is accepted counts below its own root alone."""
    try:
        yield
    except TrustError as fault:
        if root is not None and fault.hint is not None:
            words = f"PYV_ROOT={shlex.quote(str(root))} pyv trust add"
            fault.hint = fault.hint.replace("pyv trust add", words)
        raise


def _absolute(at: str) -> Path:
    if not at.startswith("/") or ":" in at or "\n" in at:
        raise RequestError(
            f"--at `{at}` is no place a root can lie at", hint="write an absolute path without a colon: /opt/pyv"
        )
    return Path(os.path.normpath(at))
