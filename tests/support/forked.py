"""pyv started from a process that has imported it already: most of the tests' time was that of imports.

A server (this module run as a program) loads every module of pyv, makes its command lines, and waits on a socket. For
each run it forks; the child takes over the files, variables, working directory and arguments it was sent and is pyv
from there on, a process of its own whose end is reported as any other's. Nothing else of pyv ever runs in the server.
What an import does under other variables is not tested like this: `suits` says which runs need a start of their own.
"""

from __future__ import annotations

import array
import atexit
import functools
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

_PATIENCE = 120.0  # seconds for one run
_KEPT = ("PATH", "LANG", "TMPDIR", "COVERAGE_PROCESS_START", "PYTHONPATH")
_READ_LATE = ("PYV_", "PYENV_", "PIP_", "UV_", "PATH")
"""Beginnings of the variables that no import looks at."""


def kept_variables() -> dict[str, str]:
    """The variables of the tests' own that every process of theirs has too."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def suits(variables: Mapping[str, str]) -> bool:
    """Whether a run with these variables is the same in a process that started without them."""
    return all(name.startswith(_READ_LATE) for name in variables)


def run(
    arguments: Sequence[str],
    *,
    variables: Mapping[str, str],
    cwd: Path,
    stdin: bytes,
    name: str | None = None,
    namespaces: Sequence[str] = (),
) -> tuple[int, bytes, bytes]:
    """Run pyv; the exit status as `subprocess` gives it, what it wrote to stdout and to stderr.

    `name` is what it is called, for what goes by that; `namespaces` are files of /proc that stand for those it is in.

    Raises:
        TimeoutError: it did not end.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        asked = {
            "line": [name or "", *arguments],
            "variables": dict(variables),
            "cwd": str(cwd),
            "namespaces": list(namespaces),
        }
        request = json.dumps(asked).encode()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(_server())
            descriptors = array.array("i", [given.fileno(), out.fileno(), err.fileno()])
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)
            connection.sendmsg([len(request).to_bytes(4, "big")], [rights])
            connection.sendall(request)
            status = int(connection.makefile().readline())
        for stream in (out, err):
            stream.seek(0)
        return status, out.read(), err.read()


@functools.cache
def _server() -> str:
    """Start the server of this test process; where it listens. It ends when its stdin closes, that is with us."""
    place = tempfile.TemporaryDirectory()
    address = os.path.join(place.name, "socket")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forked", address],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env=kept_variables(),
    )

    def end() -> None:
        process.communicate()
        place.cleanup()

    atexit.register(end)
    limit = time.monotonic() + _PATIENCE
    while not os.path.exists(address):
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < limit, "the server does not start"
        time.sleep(0.01)
    return address


def _serve(address: str) -> None:
    listener = _load_and_listen(address)
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.settimeout(0)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)  # a signal nobody handles wakes nobody
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    asking: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([listener, woken, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        if listener in ready:
            connection, _ = listener.accept()
            child = os.fork()
            if child == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (listener, woken, wake, *asking.values()):
                    each.close()
                _take_over(connection)
            asking[child] = connection
        if woken in ready:
            with suppress(BlockingIOError):
                woken.recv(4096)
        _tell_of_the_dead(asking)


def _load_and_listen(address: str) -> socket.socket:
    import pyv

    for module in pkgutil.walk_packages(pyv.__path__, "pyv."):
        __import__(module.name)
    _make_commands()
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.new")
    listener.listen(64)
    os.rename(f"{address}.new", address)
    return listener


def _make_commands() -> None:
    """Have typer make what is the same in every run from the same functions: it takes longer than many a run."""
    import typer.main

    from pyv.cli import app

    app.command_line = functools.cache(app.command_line)
    typer.main.get_command = functools.cache(typer.main.get_command)
    for word in ("", *app._COMMANDS, *app._GROUPS):
        typer.main.get_command(app.command_line(word))


def _tell_of_the_dead(asking: dict[int, socket.socket]) -> None:
    """Tell those who asked for the runs that have ended how they did, without waiting for one."""
    with suppress(ChildProcessError):
        while True:
            child, state = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            with asking.pop(child) as connection, suppress(OSError):  # who asked may have lost patience
                connection.sendall(f"{os.waitstatus_to_exitcode(state)}\n".encode())


def _take_over(connection: socket.socket) -> NoReturn:
    """Be the run that is asked for on a connection."""
    header, ancillary, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    descriptors = array.array("i", ancillary[0][2])
    with connection, connection.makefile("rb") as stream:
        request = json.loads(stream.read(int.from_bytes(header, "big")))
    for namespace in request["namespaces"]:
        _enter(namespace)
    _become(request["line"], request["variables"], request["cwd"], descriptors)


def _enter(namespace: str) -> None:
    """setns(2)."""
    import ctypes

    with open(namespace, "rb") as stream:
        if ctypes.CDLL(None, use_errno=True).setns(stream.fileno(), 0):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), namespace)


def _become(line: list[str], variables: dict[str, str], cwd: str, descriptors: Sequence[int]) -> NoReturn:
    import pyv.__main__

    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    sys.argv = [line[0] or pyv.__main__.__file__, *line[1:]]
    try:
        pyv.__main__.start()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    _serve(sys.argv[1])
