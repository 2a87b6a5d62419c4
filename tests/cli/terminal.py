"""pyv on a pseudo-terminal: questions can be answered, and colours show."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

from tests.support.runner import Machine, Run

_PATIENCE = 30.0


def on_terminal(machine: Machine, *arguments: str, answer: str = "", **variables: str) -> Run:
    """Run pyv with all three streams on one terminal.

    The answer is typed once something was asked, that is: once a line stands there without an end. What the terminal
    showed is the run's stdout, with plain line ends; what was typed is not echoed.
    """
    ours, theirs = pty.openpty()
    _prepare(theirs)
    process = subprocess.Popen(
        machine.command(*arguments),
        env={**machine.environment(TERM="xterm"), **variables},
        cwd=machine.cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        shown = _shown(ours, answer)
        return Run(process.wait(_PATIENCE), shown, "")
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait()


def _prepare(terminal: int) -> None:
    """No echo, and a size: bars are not drawn on a terminal of no lines."""
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    mode = termios.tcgetattr(terminal)
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, mode)


def _shown(ours: int, answer: str) -> str:
    shown = b""
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit:
        if not select.select([ours], [], [], 0.1)[0]:
            if answer and shown and not shown.endswith(b"\n"):
                os.write(ours, answer.encode())
                answer = ""
            continue
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux: the other side is closed
            data = b""
        if not data:
            break
        shown += data
    return shown.decode().replace("\r\n", "\n")
