"""How an error reaches a person: `pyv: message`, then `hint: hint`, on stderr; never a traceback.

Called as `pyenv`, pyv says what pyenv says: its name, no hints, no colour, and 1 for every failure a shell has no
number of its own for. On GitHub an error is an annotation too.

Shared by the plumbing and the typer commands, so it imports neither.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from pyv.environment import GITHUB, PYENV, PYV, Environment, called
from pyv.errors import PyvError

_RED, _CYAN, _PLAIN = "\033[1;31m", "\033[36m", "\033[0m"
_BY_SHELLS = 126
"""From here on an exit status means what shells mean by it: not executable, not found, ended by a signal."""
_BY_SIGNAL = 128
"""A shell's exit status for a process ended by a signal is this plus the signal's number."""


class Writer(Protocol):
    """As much of a stream as telling somebody something needs."""

    def write(self, text: str, /) -> int:
        """Write a text."""

    def flush(self) -> None:
        """Let it out."""


def report(error: PyvError, environment: Environment | None, stream: Writer) -> int:
    """Print an error and its hint; return the exit status it stands for. Without an environment: no colour."""
    name = called() if environment is None else environment.name
    coloured = environment is not None and environment.colour
    red, cyan, plain = (_RED, _CYAN, _PLAIN) if coloured else ("", "", "")
    if name == PYENV:
        stream.write(f"{name}: {printable(error.message)}\n")
        stream.flush()
        return error.exit_code if error.exit_code >= _BY_SHELLS else 1
    lines = f"{red}{name}:{plain} {printable(error.message)}\n"
    if error.hint is not None:
        lines += f"{cyan}hint:{plain} {printable(error.hint)}\n"
    stream.write(lines)
    stream.flush()
    annotate("error", (error.message, error.hint or ""), environment, stream)
    return error.exit_code


def annotate(level: str, lines: Sequence[str], environment: Environment | None, stream: Writer) -> None:
    """On GitHub, show a message beside the job as well (`error` or `warning`); nothing elsewhere."""
    if environment is None or environment.runner != GITHUB:
        return
    from pyv.domain.runner_log import annotation  # noqa: PLC0415 (on one kind of runner only)

    stream.write(annotation(level, PYV, *(printable(line) for line in lines if line)))
    stream.flush()


def printable(text: str) -> str:
    """A text on one line, without anything a terminal or a CI runner would act on: words of servers may be in it.

    Bytes of file names that no locale can decode (lone low surrogates) go out as they came in; where such bytes come
    to a character after all, it is judged as one.
    """
    if not text.isprintable():
        text = _escaped(_escaped(text).encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"))
    return inert(text)


def inert(text: str) -> str:
    """A line that is no command to GitHub's runner: it obeys `::` where a line begins, and `##[` anywhere in it."""
    if "##[" in text:
        text = text.replace("##[", "##\\x5b")
    return text.replace(":", "\\x3a", 1) if text.lstrip(" ").startswith("::") else text


def _escaped(text: str) -> str:
    return "".join(
        character if character.isprintable() or "\udc80" <= character <= "\udcff" else ascii(character)[1:-1]
        for character in text
    )


def guarded(work: Callable[[], int], environment: Environment | None) -> int:
    """Run `work` and return its exit status; errors are reported, Ctrl-C gives 130 and a closed pipe 141, quietly."""
    try:
        status = work()
        sys.stdout.flush()
    except PyvError as error:
        return _settled(report(error, environment, sys.stderr))
    except KeyboardInterrupt:
        return _settled(_BY_SIGNAL + signal.SIGINT)
    except BrokenPipeError:
        return _settled(_BY_SIGNAL + signal.SIGPIPE)
    except OSError as fault:
        return _settled(report(_unexpected(fault), environment, sys.stderr))
    return status


def _unexpected(fault: OSError) -> PyvError:
    """An error of the system that nothing nearer had better words for, such as a full disk behind stdout."""
    where = f": {fault.filename}" if fault.filename else ""
    return PyvError(
        f"{(fault.strerror or str(fault)).lower()}{where}", hint="check the path, the disk and where the output goes"
    )


def _settled(status: int) -> int:
    """Flush what was printed before an error; where the reader has gone, let the last flush find nothing to do."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def open_streams() -> None:
    """Give a process that was started with closed streams (`>&-`) somewhere to write to, and nothing to read."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (for the process's whole life)


def tolerate_any_name() -> None:
    """Let stdout and stderr carry every path: bytes no locale can decode go out as they came in."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="surrogateescape")
