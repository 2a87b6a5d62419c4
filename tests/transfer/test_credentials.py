"""Which secret goes where, and that it is seen nowhere."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from pyv.errors import DocumentError, PyvError, RequestError
from pyv.transfer.credentials import Credentials, token_variable
from pyv.transfer.documents import fetch_document
from pyv.transfer.download import download
from tests.support.server import Server
from tests.transfer.actors import MemorySink, Watcher, at, client, environment, everything_said

SECRET = "s3cret-p4ssw0rd"
BASIC = base64.b64encode(f"me:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    ("host", "variable"),
    [
        ("mirror.example-site.org", "PYV_TOKEN_MIRROR_EXAMPLE_SITE_ORG"),
        ("127.0.0.1", "PYV_TOKEN_127_0_0_1"),
        ("::1", "PYV_TOKEN___1"),
    ],
)
def test_the_variable_of_a_host(host: str, variable: str) -> None:
    assert token_variable(host) == variable


def netrc(home: Path, text: str) -> Path:
    (home / ".netrc").write_text(text)
    (home / ".netrc").chmod(0o600)
    return home


def test_the_address_beats_the_token_and_the_token_beats_netrc(server: Server, tmp_path: Path) -> None:
    server.put("/a", b"x")
    home = netrc(tmp_path, f"machine 127.0.0.1 login me password {SECRET}\n")
    token = {"PYV_TOKEN_127_0_0_1": "t0ken\n"}
    with client(token, home) as asking:
        fetch_document(asking, at(server.url.replace("//", "//you:too@") + "/a"), 1)
        fetch_document(asking, at(server.url + "/a"), 1)
    with client({}, home) as asking:
        fetch_document(asking, at(server.url + "/a"), 1)
    with client() as asking:
        fetch_document(asking, at(server.url + "/a"), 1)
    assert [request.headers.get("authorization") for request in server.requests] == [
        "Basic " + base64.b64encode(b"you:too").decode(),
        "Bearer t0ken",
        f"Basic {BASIC}",
        None,
    ]


def test_netrc_can_lie_elsewhere_and_its_default_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(f"machine m.example login me password {SECRET}\ndefault login d password d\n")
    held = Credentials(environment({"NETRC": str(tmp_path / "mine")}))
    found = held.authorization("m.example")
    assert found is not None
    assert (found.header, found.found_in) == (f"Basic {BASIC}", "the netrc file")
    assert held.authorization("other.example") is None


@pytest.mark.parametrize("name", ["missing", "missing/below"])
def test_no_netrc_is_no_fault(tmp_path: Path, name: str) -> None:
    assert Credentials(environment({"NETRC": str(tmp_path / name)})).authorization("m.example") is None


@pytest.mark.parametrize(
    "content",
    [f"machine m.example login me passwrod {SECRET}\n".encode(), f"{SECRET}\n".encode(), b"\xff\xfe" + SECRET.encode()],
)
def test_a_malformed_netrc_is_named_without_its_content(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".netrc").write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        Credentials(environment(home=tmp_path)).authorization("m.example")
    assert str(tmp_path / ".netrc") in caught.value.message
    assert SECRET not in everything_said(caught.value)


def test_an_unreadable_netrc_is_named(tmp_path: Path) -> None:
    (tmp_path / ".netrc").mkdir()
    with pytest.raises(DocumentError, match="is a directory"):
        Credentials(environment(home=tmp_path)).authorization("m.example")


@pytest.mark.parametrize("token", [f"{SECRET}\nX-Evil: 1", f"{SECRET} {SECRET}", f"{SECRET}é"])
def test_a_token_that_breaks_a_header_is_refused(token: str) -> None:
    with pytest.raises(RequestError) as caught:
        Credentials(environment({"PYV_TOKEN_M_EXAMPLE": token})).authorization("m.example")
    assert "PYV_TOKEN_M_EXAMPLE" in caught.value.message
    assert SECRET not in everything_said(caught.value)


def test_a_private_mirror_is_read_with_the_right_password_only(server: Server) -> None:
    url = server.put("/a", b"x", authorization=f"Basic {BASIC}")
    with client() as asking:
        assert fetch_document(asking, at(url.replace("//", f"//me:{SECRET}@")), 1) == b"x"
        with pytest.raises(PyvError) as caught:
            fetch_document(asking, at(url.replace("//", "//me:wrong@")), 1)
    assert "does not accept the credentials from the address" in caught.value.message


BROKEN: dict[str, dict[str, Any]] = {
    "unauthorised": {"status": 401},
    "forbidden": {"status": 403},
    "down": {"status": 503},
    "cut": {"drop_after": 10},
    "reset": {"reset_after": 10},
    "silent": {"silent": True},
    "page": {"content_type": "text/html"},
    "length": {"length": 3},
    "other bytes": {},
    "redirect elsewhere": {"redirect": f"http://{SECRET}@localhost:1/a?{SECRET}"},
    "redirect in a circle": {"redirect": "/a"},
    "redirect to rubbish": {"redirect": f"http://{SECRET}:99999/"},
    "redirect to a file": {"redirect": f"file:///{SECRET}"},
}
"""Ways in which a server can make pyv talk."""


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("way", ["address", "token", "netrc"])
def test_no_failure_shows_a_secret(server: Server, tmp_path: Path, behaviour: dict[str, Any], way: str) -> None:
    server.put("/a", b"x" * 1000, **behaviour)
    url = f"{server.url}/a"
    home = netrc(tmp_path, f"machine 127.0.0.1 login me password {SECRET}\n") if way == "netrc" else tmp_path
    token = {"PYV_TOKEN_127_0_0_1": SECRET} if way == "token" else {}
    source = at(url.replace("//", f"//me:{SECRET}@") if way == "address" else url)
    watcher, sink = Watcher(), MemorySink()
    with client(token, home, read=0.05, attempts=2) as asking, pytest.raises(PyvError) as caught:
        download(asking, [source, source], sink, size=1000, sha256="0" * 64, progress=watcher)
    sent = server.requests[0].headers["authorization"]
    assert sent in (f"Bearer {SECRET}", f"Basic {BASIC}")
    said = "\n".join([everything_said(caught.value), *watcher.notes, repr(source), repr(sink.__dict__)])
    assert caught.value.hint
    for secret in (SECRET, BASIC):
        assert secret not in said
