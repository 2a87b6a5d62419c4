"""`pyv install` as jobs call it, with the plainest options alone: read here, since typer takes longer to load.

What is not plain is None, and typer's to read: help, mistakes, `--option=value`, every other option. What is plain
means the same to both.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pyv.environment import Environment
from pyv.reporting import guarded

_FLAGS = {"--locked": "locked", "--offline": "offline", "--quiet": "quiet", "-q": "quiet"}
_ONCE = {"--index": "index", "--lock-file": "lock_file"}
_OFTEN = {"--mirror": "mirrors", "--artifact-key": "artifact_keys"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Such a command line."""

    requests: tuple[str, ...] = ()
    index: str | None = None
    mirrors: tuple[str, ...] = ()
    locked: bool = False
    lock_file: str | None = None
    artifact_keys: tuple[str, ...] = ()
    offline: bool = False
    quiet: bool = False


def read_plainly(words: Sequence[str]) -> Plain | None:
    """What the words behind `install` say; None where typer has to be asked."""
    flags: dict[str, bool] = {}
    once: dict[str, str] = {}
    often: dict[str, tuple[str, ...]] = {}
    left = iter(words)
    for word in left:
        if word in _FLAGS:
            flags[_FLAGS[word]] = True
        elif word in _ONCE or word in _OFTEN:
            value = next(left, "")
            if not value or value.startswith("-") or _ONCE.get(word) in once:
                return None
            if word in _ONCE:
                once[_ONCE[word]] = value
            else:
                often[_OFTEN[word]] = (*often.get(_OFTEN[word], ()), value)
        elif not word or word.startswith("-"):
            return None
        else:
            often["requests"] = (*often.get("requests", ()), word)
    return Plain(**flags, **once, **often)  # type: ignore[arg-type]  # each under its own name


def main(asked: Plain, environment: Environment) -> int:
    """Run it; the exit code. SIGTERM ends it as Ctrl-C does: cleanly."""
    signal.signal(signal.SIGTERM, _terminated)
    return guarded(lambda: _install(asked, environment), environment)


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _install(asked: Plain, environment: Environment) -> int:
    from pyv.cli.context import make_context  # noqa: PLC0415 (what is wrong with the words is said first)
    from pyv.cli.installing import Wishes, run_install  # noqa: PLC0415 (as above)
    from pyv.cli.installing_locked import read_locking  # noqa: PLC0415 (as above)
    from pyv.cli.output import Output  # noqa: PLC0415 (as above)
    from pyv.host import detect  # noqa: PLC0415 (as above)

    locking = read_locking(
        locked=asked.locked,
        lock_file=None if asked.lock_file is None else Path(asked.lock_file),
        artifact_keys=asked.artifact_keys,
        others={"--index": asked.index},
    )
    context = make_context(environment, Output(environment=environment, quiet=asked.quiet))
    wishes = Wishes(
        requests=asked.requests,
        index=asked.index,
        mirrors=asked.mirrors,
        machine=detect(),
        offline=asked.offline,
        locking=locking,
    )
    with context.closing:
        return run_install(wishes, context)
