"""Requests: one GET, its redirects followed by pyv's own rules, its body as raw bytes; for registries, writes too.

Redirects: at most ten; `https` never to `http`; to the same host freely, to another host only over `https`; writes are
not redirected. Credentials belong to scheme, host and port: they stay behind at the first hop that leaves these. A
registry that answers 401 is asked once more, with what its challenge wants (`tokens.py`). No cookies are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, final

import httpx

import pyv
from pyv.environment import Environment
from pyv.transfer.breakage import network_failure
from pyv.transfer.credentials import Authorization, Credentials
from pyv.transfer.failures import AttemptError, status_failure
from pyv.transfer.locations import Source
from pyv.transfer.patience import Deadline, Patience
from pyv.transfer.redirects import origin, parsed, redirected
from pyv.transfer.wire import Wire

if TYPE_CHECKING:
    from pyv.transfer.tokens import Tokens

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10
_ANSWER_BYTES = 64 * 1024
"""The most that is read of an answer that is no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A request to be sent, perhaps more than once."""

    headers: Mapping[str, str]
    deadline: Deadline
    method: str = "GET"
    content: bytes = b""

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


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

    def brief(self) -> bytes:
        """The beginning of the body, which is over with it; most answers that are no file are shorter.

        Raises:
            AttemptError: as `pieces`.
        """
        content = b""
        try:
            for piece in self.pieces():
                content += piece
                if len(content) > _ANSWER_BYTES:
                    break
        finally:
            self.close()
        return content[:_ANSWER_BYTES]

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self.response.close()


@final
class Http:
    """The network behind a `Client`; safe to use from several threads.

    Proxies, certificate authorities and credentials come from `environment` (`proxies.py`, `authorities.py`,
    `credentials.py`). `transport` replaces the network.
    """

    def __init__(self, environment: Environment, patience: Patience, transport: httpx.BaseTransport | None) -> None:
        self.patience = patience
        self.now = environment.now
        self._credentials = Credentials(environment)
        self._environment = environment
        self._transport = transport
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._transport is not None:
                self._transport.close()

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
        url = parsed(source.url or "")
        asked = _Asked(headers=headers, deadline=deadline, method=method, content=content)
        if source.repository:
            return self._ask_registry(source, url, asked)
        known = None if source.is_foreign else source.authorization or self._credentials.authorization(url.host)
        return self._followed(url, asked, known)

    def _ask_registry(self, source: Source, url: httpx.URL, asked: _Asked) -> Reply:
        tokens = self._known_tokens()
        authorization = tokens.authorization(source)
        reply = self._followed(url, asked, authorization)
        if reply.status != 401 or origin(reply.response.request.url) != origin(url):
            return reply
        header = reply.headers.get("www-authenticate", "")
        try:
            answer = tokens.answer(source, header, authorization, asked.deadline)
        except BaseException:
            reply.close()
            raise
        if answer is None:
            return reply
        reply.close()
        return self._followed(url, asked, answer)

    def _known_tokens(self) -> Tokens:
        from pyv.transfer.tokens import Tokens  # noqa: PLC0415 (only where a registry is named)

        with self._lock:
            if self._tokens is None:
                self._tokens = Tokens(self._credentials, self._ask_realm)
            return self._tokens

    def _ask_realm(self, address: str, authorization: Authorization | None, deadline: Deadline) -> bytes:
        url = parsed(address)
        reply = self._followed(url, _Asked(headers={}, deadline=deadline), authorization)
        content = reply.brief()
        if reply.status != 200:
            failure = status_failure(reply.status, reply.headers, url.host, authorization, self.now)
            failure.problem = f"no token from {url.host}: {failure.problem}"
            raise failure
        return content

    def _followed(self, url: httpx.URL, asked: _Asked, authorization: Authorization | None) -> Reply:
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._send(url, asked, authorization)
            target = reply.headers.get("location", "")
            if reply.status not in _REDIRECTS or not target:
                return reply
            reply.close()
            if asked.writes:
                raise AttemptError(
                    "it redirects what is sent to it, which pyv does not follow", hint="name the place it redirects to"
                )
            following = redirected(url, target)
            if origin(following) != origin(url):
                authorization = None
            url = following
        raise AttemptError(f"it redirects more than {_MOST_REDIRECTS} times", hint="check the address of the mirror")

    def _send(self, url: httpx.URL, asked: _Asked, authorization: Authorization | None) -> Reply:
        standing = {"User-Agent": f"pyv/{pyv.__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
        if asked.writes:
            standing["Content-Length"] = str(len(asked.content))  # httpx leaves it out where it is 0
        request = httpx.Request(
            asked.method,
            url,
            headers={**standing, **asked.headers},
            content=asked.content or None,
            extensions={"timeout": self._timeouts(), "deadline": asked.deadline},
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
