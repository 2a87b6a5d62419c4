"""What asks servers: made for a whole run of pyv, and light until it is first needed.

Files of this machine are read without it, and most of what it needs costs more to load than an archive to unpack: so
the network (`http.py`) is loaded with the first request.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, final

from pyv.environment import Environment
from pyv.transfer.locations import Source
from pyv.transfer.patience import Deadline, Patience

if TYPE_CHECKING:
    import httpx

    from pyv.transfer.http import Http, Reply


@final
class Client:
    """One for the whole run; safe to use from several threads. `transport` replaces the network."""

    def __init__(
        self,
        environment: Environment,
        *,
        transport: httpx.BaseTransport | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.patience = Patience() if patience is None else patience
        self.now = environment.now
        self._environment = environment
        self._transport = transport
        self._http: Http | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._http is not None:
                self._http.close()

    def request(
        self,
        source: Source,
        headers: Mapping[str, str],
        deadline: Deadline,
        *,
        method: str = "GET",
        content: bytes = b"",
    ) -> Reply:
        """Ask a remote source; the reply may have any status but a redirect.

        Raises:
            AttemptError: no answer, or a redirect that is not followed.
            PyvError: credentials, proxy or certificates of the environment cannot be used.
        """
        return self._opened().request(source, headers, deadline, method=method, content=content)

    def _opened(self) -> Http:
        from pyv.transfer.http import Http  # noqa: PLC0415 (httpx: only where the network is used)

        with self._lock:
            if self._http is None:
                self._http = Http(self._environment, self.patience, self._transport)
            return self._http
