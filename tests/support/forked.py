"""pyv started from a process that has imported it already: most of the tests' time was that of imports.

A server (this module run as a program) loads every module of pyv and waits on a socket. For each run it forks; the
child takes over the files, variables, working directory and arguments it was sent and is pyv from there on, a
process of its own whose end is reported as any other's. Nothing of pyv ever runs in the server itself. What an
import does under other variables is not tested like this: `suits` says which runs need a start of their own.
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
    arguments: Sequence[str], *, variables: Mapping[str, str], cwd: Path, stdin: bytes, name: str | None = None
) -> tuple[int, bytes, bytes]:
    """Run pyv; the exit status as `subprocess` gives it, what it wrote to stdout and to stderr.

    `name` is what it is called, for what goes by that.

    Raises:
        TimeoutError: it did not end.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        asked = {"name": name, "arguments": list(arguments), "variables": dict(variables), "cwd": str(cwd)}
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
    import pyv

    for module in pkgutil.walk_packages(pyv.__path__, "pyv."):
        __import__(module.name)
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.new")
    listener.listen(64)
    os.rename(f"{address}.new", address)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _keep(connection)
        connection.close()
        _forget_the_dead()


def _forget_the_dead() -> None:
    """Take note of the keepers that have ended, without waiting for one."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _keep(connection: socket.socket) -> NoReturn:
    """Start one pyv, and tell how it ended."""
    header, ancillary, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    descriptors = array.array("i", ancillary[0][2])
    request = json.loads(connection.makefile("rb").read(int.from_bytes(header, "big")))
    child = os.fork()
    if child == 0:
        connection.close()
        _become([request["name"] or "", *request["arguments"]], request["variables"], request["cwd"], descriptors)
    _, state = os.waitpid(child, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(state)}\n".encode())
    os._exit(0)


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
