"""Which proxy an address is asked through.

`http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, lower case before upper case; `HTTP_PROXY` is ignored where
`REQUEST_METHOD` is set (there a client's `Proxy:` header sets it). Servers of this machine are reached directly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pyv.environment import Environment
from pyv.errors import TransferError
from pyv.transfer.locations import is_loopback_host, redacted


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: its address without userinfo, and what authenticates to it."""

    url: str
    user_and_password: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether the proxy itself is reached over TLS."""
        return self.url.startswith("https:")


class Proxies:
    """Which proxy an address is asked through."""

    def __init__(self, environment: Environment) -> None:
        self._named: dict[str, str] = {}
        for kind in ("http", "https", "all", "no"):
            value = environment.variable(f"{kind}_proxy")
            if value is None and not (kind == "http" and environment.variable("REQUEST_METHOD")):
                value = environment.variable(f"{kind}_proxy".upper())
            if value is not None:
                self._named[kind] = value.strip()

    def proxy(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy for an address, or None for a direct connection.

        Raises:
            TransferError: the variable does not hold the address of an HTTP proxy.
        """
        named = self._named.get(scheme) or self._named.get("all")
        if named is None or is_loopback_host(host):
            return None
        if any(_covers(entry.strip(), host, port) for entry in self._named.get("no", "").split(",")):
            return None
        return _parsed(named if "://" in named else f"http://{named}")


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of `no_proxy` names a host: `*`, the host, a domain above it, each with or without a port."""
    name = entry.lower()
    with_port = re.fullmatch(r"([^:]*|\[.*\]):([0-9]+)", name)
    if with_port is not None:
        if int(with_port[2]) != port:
            return False
        name = with_port[1]
    name = name.strip("[]").removeprefix("*.").lstrip(".")
    return name == "*" or (name != "" and (host == name or host.endswith(f".{name}")))


def _parsed(text: str) -> Proxy:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise TransferError(
            f"`{redacted(text)}` is not a proxy pyv can use",
            hint="set HTTP_PROXY, HTTPS_PROXY or ALL_PROXY to http://host:port (SOCKS is not supported)",
        )
    bracketed = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{bracketed}" + ("" if port is None else f":{port}")
    if parts.username is None:
        return Proxy(url)
    return Proxy(url, (unquote(parts.username), unquote(parts.password or "")))
