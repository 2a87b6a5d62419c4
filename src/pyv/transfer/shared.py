"""One HTTP client for many requests: made when it is first asked for, shared by all threads, closed at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from pyv.environment import Environment
from pyv.errors import PyvError

if TYPE_CHECKING:
    from pyv.transfer.client import Client


def shared_client(environment: Environment, closing: ExitStack) -> Callable[[], Client]:
    """What gives the client to whoever needs it; `closing` closes it, and then there is none any more."""
    made: list[Client] = []
    lock, closed = threading.Lock(), threading.Event()
    closing.callback(closed.set)

    def client() -> Client:
        from pyv.transfer.client import Client  # noqa: PLC0415 (httpx: only when something is fetched)

        with lock:
            if closed.is_set():
                raise PyvError("the session is closed", hint="do what needs the network while it is open")
            if not made:
                made.append(closing.enter_context(Client(environment)))
            return made[0]

    return client
