"""Which proxy an address is asked through."""

from __future__ import annotations

import pytest

from pyv.transfer.proxies import Proxies, Proxy
from tests.transfer.actors import environment

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("variables", "scheme", "expected"),
    [
        ({}, "http", None),
        ({"http_proxy": PROXY}, "http", PROXY),
        ({"http_proxy": PROXY}, "https", None),
        ({"https_proxy": "proxy.example:3128"}, "https", PROXY),
        ({"HTTPS_PROXY": "http://upper:1", "https_proxy": PROXY}, "https", PROXY),
        ({"ALL_PROXY": PROXY}, "https", PROXY),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http", None),
        ({"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http", PROXY),
        ({"http_proxy": "", "HTTP_PROXY": PROXY}, "http", PROXY),
    ],
)
def test_variables(variables: dict[str, str], scheme: str, expected: str | None) -> None:
    found = Proxies(environment(variables)).proxy(scheme, "mirror.example", 80)
    assert (found and found.url) == expected


@pytest.mark.parametrize(
    ("entries", "direct"),
    [
        ("*", True),
        ("mirror.example", True),
        ("MIRROR.example", True),
        ("other.example, .example", True),
        ("*.example", True),
        ("example", True),
        ("mirror.example:8443", True),
        ("mirror.example:443", False),
        ("irror.example", False),
        ("sub.mirror.example", False),
        ("", False),
        (" , ", False),
        ("[fe80::1]:8443", False),
    ],
)
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_exceptions(variable: str, entries: str, direct: bool) -> None:
    found = Proxies(environment({"ALL_PROXY": PROXY, variable: entries})).proxy("https", "mirror.example", 8443)
    assert (found is None) is direct


def test_ipv6_exceptions() -> None:
    proxies = Proxies(environment({"ALL_PROXY": PROXY, "NO_PROXY": "fe80::1,[fe80::2]:80"}))
    assert [proxies.proxy("http", host, 80) for host in ("fe80::1", "fe80::2")] == [None, None]
    assert proxies.proxy("http", "fe80::3", 80) == Proxy(PROXY)


def test_userinfo_is_taken_out_and_hidden() -> None:
    found = Proxies(environment({"ALL_PROXY": "https://me:p%40ss@[fe80::1]:3128"})).proxy("http", "m.example", 80)
    assert found == Proxy("https://[fe80::1]:3128", ("me", "p@ss"))
    assert found.encrypted
    assert "p@ss" not in repr(found)
