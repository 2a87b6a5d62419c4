"""Requests: one GET, its redirects followed by pyv's own rules, its body as raw bytes.

Redirects: at most ten; `https` never to `http`; to the same host freely, to another host only over `https`.
Credentials belong to scheme, host and port: they stay behind at the first hop that leaves these. No cookies are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import cast, final

import httpx

import pyv
from pyv.environment import Environment
from pyv.transfer.credentials import Authorization, Credentials
from pyv.transfer.failures import AttemptError, network_failure
from pyv.transfer.locations import Source
from pyv.transfer.patience import Deadline, Patience
from pyv.transfer.wire import Wire

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """A response whose body has not been read; close it."""

    status: int
    headers: Mapping[str, str]
    """Names are found in any case."""
    sent: Authorization | None
    """The credentials the answering server was shown."""
    response: httpx.Response
    patience: Patience

    def pieces(self) -> Iterator[bytes]:
        """The raw body, undecoded, as it arrives.

        Raises:
            AttemptError: the connection broke, stalled, or was too slow.
        """
        try:
            yield from cast("httpx.SyncByteStream", self.response.stream)
            return
        except httpx.TransportError as fault:
            failure = network_failure(fault, connect=self.patience.connect, read=self.patience.read)
        raise failure

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self.response.close()


@final
class Client:
    """What asks servers: one for the whole run of pyv; safe to use from several threads.

    Proxies, certificate authorities and credentials come from `environment` (`proxies.py`, `authorities.py`,
    `credentials.py`). `transport` replaces the network.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        transport: httpx.BaseTransport | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.patience = Patience() if patience is None else patience
        self.now = environment.now
        self._credentials = Credentials(environment)
        self._environment = environment
        self._transport = transport
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
            if self._transport is not None:
                self._transport.close()

    def request(self, source: Source, headers: Mapping[str, str], deadline: Deadline) -> Reply:
        """GET a remote source; the reply may have any status but a redirect.

        Raises:
            AttemptError: no answer, or a redirect that is not followed.
            PyvError: credentials, proxy or certificates of the environment cannot be used.
        """
        url = _parsed(source.url or "")
        authorization = source.authorization or self._credentials.authorization(url.host)
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._send(url, headers, authorization, deadline)
            target = reply.headers.get("location", "")
            if reply.status not in _REDIRECTS or not target:
                return reply
            reply.close()
            following = _redirected(url, target)
            if _origin(following) != _origin(url):
                authorization = None
            url = following
        raise AttemptError(f"it redirects more than {_MOST_REDIRECTS} times", hint="check the address of the mirror")

    def _send(
        self, url: httpx.URL, headers: Mapping[str, str], authorization: Authorization | None, deadline: Deadline
    ) -> Reply:
        request = httpx.Request(
            "GET",
            url,
            headers={"User-Agent": f"pyv/{pyv.__version__}", "Accept": "*/*", "Accept-Encoding": "identity", **headers},
            extensions={"timeout": self._timeouts(), "deadline": deadline},
        )
        if authorization is not None:
            request.headers["Authorization"] = authorization.header
        try:
            response = self._opened().handle_request(request)
            response.request = request
            return Reply(response.status_code, response.headers, authorization, response, self.patience)
        except (httpx.TransportError, httpx.InvalidURL, ValueError, OverflowError) as fault:
            # The last two: host names and ports that only the socket layer finds impossible.
            failure = network_failure(fault, connect=self.patience.connect, read=self.patience.read)
        raise failure

    def _timeouts(self) -> dict[str, float]:
        patience = self.patience
        return {"connect": patience.connect, "read": patience.read, "write": patience.read, "pool": patience.read}

    def _opened(self) -> httpx.BaseTransport:
        with self._lock:
            if self._transport is None:
                self._transport = Wire(self._environment, self.patience)
            return self._transport


def _parsed(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        pass
    raise AttemptError("it is not a valid address", hint="check the host, the port and the spelling")


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        target = None
    if target is None or (target.port or 0) > 65535:
        raise AttemptError("it redirects to something that is no address", hint="check the address of the mirror")
    if not target.host or target.scheme not in ("http", "https"):
        raise AttemptError("it redirects to something other than http or https", hint="check the address of the mirror")
    if target.scheme == "http" and url.scheme == "https":
        raise AttemptError(
            "it redirects from https to http, which pyv does not follow",
            hint="use a mirror that stays on https, or behind a proxy check who answers",
        )
    if target.scheme == "http" and target.host != url.host:
        raise AttemptError(
            "it redirects to another host without https, which pyv does not follow",
            hint="name the other host as the mirror if you trust it",
        )
    return target.copy_with(userinfo=b"")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
