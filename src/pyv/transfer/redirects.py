"""Where an answer may send pyv: to the same host freely, to another host only over `https`, never off `https`."""

from __future__ import annotations

import httpx

from pyv.transfer.failures import AttemptError


def followed(url: str, location: str) -> str:
    """Where a `Location` in the answer of `url` leads, by the same rules.

    Raises:
        AttemptError: nowhere that pyv goes.
    """
    return str(redirected(parsed(url), location))


def is_same_origin(one: str, other: str) -> bool:
    """Whether credentials of one address are meant for the other too.

    Raises:
        AttemptError: one of them is no address.
    """
    return origin(parsed(one)) == origin(parsed(other))


def parsed(text: str) -> httpx.URL:
    """An address.

    Raises:
        AttemptError: it is none.
    """
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        pass
    raise AttemptError("it is not a valid address", hint="check the host, the port and the spelling")


def redirected(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads.

    Raises:
        AttemptError: nowhere that pyv goes.
    """
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


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """What credentials belong to: scheme, host and port."""
    return url.scheme, url.host, url.port
