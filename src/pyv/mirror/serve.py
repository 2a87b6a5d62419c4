"""Serving a mirror over HTTP: loopback unless told otherwise, one thread a connection, nothing but files.

For labs and tests: `pyv.mirror.nginx` has the configuration of a server for a fleet.

`Server` runs in the background (tests, quickstart); `serve` runs until Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import ipaddress
import resource
import signal
import threading
from contextlib import closing, suppress
from pathlib import Path

from pyv.errors import PyvError, RequestError, StoreError
from pyv.mirror.layout import Mirror
from pyv.mirror.listener import Listener, Log

_FILES = 16384


def check_mirror(directory: Path) -> None:
    """Refuse to serve what is no mirror.

    Raises:
        StoreError: it is none.
    """
    if not Mirror(directory).exists:
        raise StoreError(f"{directory} is not a mirror", hint="make one with `pyv mirror init`", path=str(directory))


class Server:
    """A mirror being served in the background, from construction to `close`."""

    def __init__(self, directory: Path, host: str = "127.0.0.1", port: int = 0, *, log: Log) -> None:
        """Bind and start; port 0 takes a free one.

        Raises:
            StoreError: `directory` is not a mirror.
            RequestError: there is no such port.
            PyvError: the address cannot be listened on.
        """
        check_mirror(directory)
        if not 0 <= port <= 65535:
            raise RequestError(f"`{port}` is not a port", hint="ports go from 0 (any free one) to 65535")
        try:
            self._listener = Listener(directory, (host, port), log)
        except OSError as fault:
            raise PyvError(
                f"cannot listen on {host} port {port}: {(fault.strerror or str(fault)).lower()}",
                hint="name another --host or --port; port 0 takes a free one",
            ) from None
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": 0.05},
            daemon=True,
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where clients find it, without a slash at the end."""
        host = self._listener.server_name
        return f"http://{f'[{host}]' if ':' in host else host}:{self._listener.server_port}"

    def close(self) -> None:
        """Stop answering; safe to call twice."""
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _allow_many_files() -> None:
    """Use what the system allows this process: a connection takes two files, and a fleet makes hundreds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # macOS names a limit it does not allow
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def serve(directory: Path, host: str = "127.0.0.1", port: int = 0, *, ready: Log, log: Log) -> None:
    """Serve until Ctrl-C or SIGTERM; `ready` gets the address once, `log` one line a request.

    Call it from the main thread: signals are waited for, so that no handler ever interrupts a lock.

    Raises:
        PyvError: see `Server`.
    """
    _allow_many_files()
    stops = {signal.SIGINT, signal.SIGTERM}
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        with closing(Server(directory, host, port, log=log)) as server:
            ready(server.url)
            signal.sigwait(stops)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
