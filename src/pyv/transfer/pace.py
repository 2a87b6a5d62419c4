"""Connections that give up on a server that is too slow.

Each read counts against the deadline of the fetch and against the minimum rate. The timeouts of httpx begin anew with
every byte: a server that drips, in its headers too, would hold it for ever.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable

import httpcore

from pyv.transfer.failures import out_of_time, too_slow
from pyv.transfer.patience import Deadline, Patience


class Watch(threading.local):
    """The deadline of the fetch this thread is busy with."""

    deadline: Deadline | None = None


_RECEIVED_AT_ONCE = 256 * 1024  # httpcore asks for 64 KiB: four times the calls for the same bytes


class _PacedStream(httpcore.NetworkStream):
    """A connection that gives up on whoever is too slow."""

    def __init__(self, inner: httpcore.NetworkStream, patience: Patience, watch: Watch) -> None:
        self._inner = inner
        self._patience = patience
        self._watch = watch
        self._waited = 0.0
        self._received = 0
        self._answering = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Receive; the wait for the first bytes of an answer is bounded by `timeout` alone."""
        max_bytes = max(max_bytes, _RECEIVED_AT_ONCE)
        deadline, clock = self._watch.deadline, self._patience.clock
        started = clock()
        left = None if deadline is None else deadline.remaining
        if deadline is None or left is None or (timeout is not None and timeout <= left):
            data = self._inner.read(max_bytes, timeout)
        else:
            data = self._read_until(deadline, max_bytes, left)
        if self._answering:
            self._count(clock() - started, len(data))
        self._answering = True
        return data

    def _read_until(self, deadline: Deadline, max_bytes: int, left: float) -> bytes:
        if left > 0:
            try:
                return self._inner.read(max_bytes, left)
            except httpcore.ReadTimeout:
                pass
        raise out_of_time(deadline.seconds)

    def _count(self, waited: float, received: int) -> None:
        self._waited += waited
        self._received += received
        if self._waited >= self._patience.window:
            if self._received < self._patience.minimum_rate * self._waited:
                raise too_slow(self._patience.minimum_rate, self._patience.window)
            self._waited, self._received = 0.0, 0

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; what follows is a new answer."""
        self._waited, self._received, self._answering = 0.0, 0, False
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _PacedStream(inner, self._patience, self._watch)

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks of the socket."""
        return self._inner.get_extra_info(info)


class PacedNetwork(httpcore.SyncBackend):
    def __init__(self, patience: Patience, watch: Watch) -> None:
        self._patience = patience
        self._watch = watch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        inner = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _PacedStream(inner, self._patience, self._watch)
