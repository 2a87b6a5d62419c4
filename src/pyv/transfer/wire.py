"""The way out: pools of connections made on first use, through the proxies and with the authorities of the environment.

Reading the certificate authorities takes some 15 ms, so plain HTTP gets a context without any: TLS with it would fail,
closed.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from typing import cast

import httpcore
import httpx

from pyv.environment import Environment
from pyv.transfer.authorities import trusted_authorities
from pyv.transfer.pace import PacedNetwork, Watch
from pyv.transfer.patience import Patience
from pyv.transfer.proxies import Proxies, Proxy

_KEEP_ALIVE = 5.0
"""Seconds an idle connection is kept for the next request."""


class _Body(httpx.SyncByteStream):
    """A body under way; its errors are httpx's."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_stream()
        except _HTTPCORE_ERRORS as fault:
            raise _as_httpx(fault) from fault

    def close(self) -> None:
        self._response.close()


_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def _as_httpx(fault: Exception) -> httpx.TransportError:
    named = getattr(httpx, type(fault).__name__, httpx.TransportError)
    return cast("httpx.TransportError", named(str(fault)))


def _no_authorities() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Wire(httpx.BaseTransport):
    """Pools of connections, one for each way out, opened on first use; safe to use from several threads."""

    def __init__(self, environment: Environment, patience: Patience) -> None:
        self._environment = environment
        self._proxies = Proxies(environment)
        self._watch = Watch()
        self._network = PacedNetwork(patience, self._watch)
        self._pools: dict[tuple[Proxy | None, bool], httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; `extensions["deadline"]` is the `Deadline` its reads obey."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        pool = self._pool(self._proxies.proxy(url.scheme, url.host, port), url.scheme == "https")
        self._watch.deadline = request.extensions.get("deadline")
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.content,
            extensions={"timeout": request.extensions.get("timeout", {})},
        )
        try:
            answer = pool.handle_request(sent)
        except _HTTPCORE_ERRORS as fault:
            raise _as_httpx(fault) from fault
        return httpx.Response(status_code=answer.status, headers=answer.headers, stream=_Body(answer))

    def _pool(self, proxy: Proxy | None, encrypted: bool) -> httpcore.ConnectionPool:
        with self._lock:
            key = (proxy, encrypted)
            if key not in self._pools:
                self._pools[key] = self._make_pool(proxy, encrypted)
            return self._pools[key]

    def _make_pool(self, proxy: Proxy | None, encrypted: bool) -> httpcore.ConnectionPool:
        through_tls = proxy is not None and proxy.encrypted
        context = trusted_authorities(self._environment) if encrypted or through_tls else _no_authorities()
        if proxy is None:
            return httpcore.ConnectionPool(
                ssl_context=context, max_connections=None, keepalive_expiry=_KEEP_ALIVE, network_backend=self._network
            )
        return httpcore.HTTPProxy(
            proxy_url=proxy.url,
            proxy_auth=proxy.user_and_password,
            ssl_context=context,
            proxy_ssl_context=context if through_tls else None,
            max_connections=None,
            keepalive_expiry=_KEEP_ALIVE,
            network_backend=self._network,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()
