"""Redirects, proxies, certificates and the lazy way out, over real sockets."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pyv.errors import PyvError, TransferError
from pyv.transfer.client import Client
from pyv.transfer.documents import fetch_document
from pyv.transfer.locations import Source
from tests.support.proxy import ForwardProxy
from tests.support.server import Server
from tests.transfer.actors import at, client, environment, patience


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pyv test")])
    certificate = (
        x509.CertificateBuilder(name, name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc))
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.timezone.utc))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory = tmp_path_factory.mktemp("tls")
    (directory / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return directory / "cert.pem", directory / "key.pem"


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[Server]:
    with Server(tls=certificate) as running:
        yield running


def document(asking: Client, url: str) -> bytes | None:
    return fetch_document(asking, at(url), 1000)


def test_follows_redirects_on_the_same_host(server: Server, other: Server) -> None:
    server.put("/a", redirect="/b?x=1", status=301)
    server.put("/b", redirect=f"{other.url}/c", status=307)
    other.put("/c", b"there")
    with client({"PYV_TOKEN_127_0_0_1": "t0ken"}) as asking:
        assert document(asking, f"{server.url}/a") == b"there"
    sent = [request.headers.get("authorization") for request in (*server.requests, *other.requests)]
    assert sent == ["Bearer t0ken", "Bearer t0ken", None]


def test_credentials_stay_behind_for_good(server: Server, other: Server) -> None:
    server.put("/a", redirect=f"{other.url}/b")
    other.put("/b", redirect=f"{server.url}/c")
    server.put("/c", b"back")
    with client({"PYV_TOKEN_127_0_0_1": "t0ken"}) as asking:
        assert document(asking, f"{server.url}/a") == b"back"
    assert "authorization" not in server.asked("/c")[0].headers


def test_credentials_in_a_redirect_are_not_taken_up(server: Server) -> None:
    server.put("/a", redirect=f"{server.url.replace('http://', 'http://user:s3cret@')}/b")
    server.put("/b", b"there")
    with client() as asking:
        assert document(asking, f"{server.url}/a") == b"there"
    assert "authorization" not in server.asked("/b")[0].headers


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("http://localhost:1/x", "it redirects to another host without https"),
        ("file:///etc/passwd", "it redirects to something other than http or https"),
        ("ftp://127.0.0.1/x", "it redirects to something other than http or https"),
        ("http://127.0.0.1:99999/", "it redirects to something that is no address"),
        ("/a", "it redirects more than 10 times"),
    ],
)
def test_redirects_that_are_not_followed(server: Server, target: str, problem: str) -> None:
    url = server.put("/a", redirect=target)
    with client() as asking, pytest.raises(TransferError, match=problem) as caught:
        document(asking, url)
    assert caught.value.hint
    assert len(server.requests) == (11 if target == "/a" else 1)


def test_https_is_never_left(secure: Server, server: Server, certificate: tuple[Path, Path]) -> None:
    url = secure.put("/a", redirect=server.put("/b", b"plain"))
    variables = {"SSL_CERT_FILE": str(certificate[0])}
    with client(variables) as asking, pytest.raises(TransferError, match="from https to http"):
        document(asking, url)
    assert server.requests == []


def test_another_host_over_https_is_followed_without_credentials(
    secure: Server, server: Server, certificate: tuple[Path, Path]
) -> None:
    secure.put("/b", b"there")
    url = server.put("/a", redirect=f"{secure.url}/b").replace("127.0.0.1", "localhost")
    with client({"SSL_CERT_FILE": str(certificate[0]), "PYV_TOKEN_LOCALHOST": "t0ken"}) as asking:
        assert document(asking, url) == b"there"
    assert server.requests[0].headers["authorization"] == "Bearer t0ken"
    assert "authorization" not in secure.requests[0].headers


def test_certificates_are_checked(secure: Server, certificate: tuple[Path, Path]) -> None:
    url = secure.put("/a", b"x")
    with client() as asking, pytest.raises(TransferError, match="certificate is not trusted here") as caught:
        document(asking, url)
    assert "SSL_CERT_FILE" in str(caught.value.hint)
    with client({"SSL_CERT_FILE": str(certificate[0])}) as asking:
        assert document(asking, url) == b"x"
        with pytest.raises(TransferError, match="certificate is not trusted here"):
            document(asking, url.replace("127.0.0.1", "localhost"))
    assert len(secure.requests) == 1


def test_certificates_from_a_directory(secure: Server, certificate: tuple[Path, Path], tmp_path: Path) -> None:
    url = secure.put("/a", b"x")
    with client({"SSL_CERT_DIR": str(tmp_path)}) as asking, pytest.raises(TransferError, match="not trusted"):
        document(asking, url)
    variables = {"SSL_CERT_DIR": str(tmp_path), "SSL_CERT_FILE": str(certificate[0])}
    with client(variables) as asking:
        assert document(asking, url) == b"x"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_unusable_certificates_end_it(
    secure: Server, server: Server, tmp_path: Path, variable: str, content: str | None
) -> None:
    path = tmp_path / "ca"
    if content is not None:
        path.write_text(content)
    with client({variable: str(path)}) as asking:
        assert document(asking, server.put("/plain", b"x")) == b"x"
        with pytest.raises(PyvError, match=variable) as caught:
            document(asking, secure.put("/a", b"x"))
    assert caught.value.hint
    assert secure.requests == []


def test_plain_http_reads_no_certificates(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("certificates were read")

    monkeypatch.setattr("ssl.SSLContext.load_verify_locations", refuse)
    with client() as asking:
        assert document(asking, server.put("/a", b"x")) == b"x"


def test_speaking_tls_to_a_plain_server_is_a_failure(server: Server) -> None:
    url = server.put("/a", b"x").replace("http:", "https:")
    with client(attempts=1) as asking, pytest.raises(TransferError, match="no TLS connection could be made"):
        document(asking, url)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_asks_through_a_proxy(server: Server, variable: str) -> None:
    server.put("/a", b"through")
    with ForwardProxy(server.port) as proxy, client({variable: proxy.url("me:s3cret@")}) as asking:
        assert document(asking, "http://mirror.example/a") == b"through"
    assert proxy.seen == ["GET http://mirror.example/a"]
    assert proxy.authorizations == ["Basic bWU6czNjcmV0"]
    assert server.requests[0].headers["host"] == "mirror.example"


def test_tunnels_https_through_a_proxy(secure: Server, certificate: tuple[Path, Path]) -> None:
    with ForwardProxy(secure.port) as proxy:
        variables = {"HTTPS_PROXY": f"127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(certificate[0])}
        with client(variables) as asking, pytest.raises(TransferError, match="certificate is not trusted"):
            document(asking, "https://mirror.example/a")
    assert proxy.seen == ["CONNECT mirror.example:443"]


def test_a_proxy_that_refuses(server: Server) -> None:
    with ForwardProxy(server.port, refuse=True) as proxy:
        variables = {"ALL_PROXY": proxy.url("me:s3cret@")}
        with client(variables) as asking:
            with pytest.raises(TransferError, match="the server answered 407") as caught:
                document(asking, "http://mirror.example/a")
            with pytest.raises(TransferError, match="the proxy refused with 407"):
                document(asking, "https://mirror.example/a")
    assert "HTTP_PROXY" in str(caught.value.hint)


@pytest.mark.parametrize(
    "variables",
    [{}, {"NO_PROXY": "elsewhere"}, {"REQUEST_METHOD": "GET"}],
)
def test_loopback_is_reached_directly(server: Server, variables: dict[str, str]) -> None:
    with client({"http_proxy": "http://127.0.0.1:1", **variables}) as asking:
        assert document(asking, server.put("/a", b"x")) == b"x"


@pytest.mark.parametrize("value", ["socks5://me:s3cret@host:1", "http://", "http://me:s3cret@host:port"])
def test_an_unusable_proxy_is_named_without_its_password(value: str) -> None:
    with client({"all_proxy": value}) as asking, pytest.raises(TransferError, match="is not a proxy") as caught:
        document(asking, "http://mirror.example/a")
    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}{caught.value.fields}"


def test_unknown_hosts_are_asked_for_again_then_named() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise httpx.ConnectError(str(unknown)) from httpcore.ConnectError(unknown)

    asking = Client(environment(), transport=httpx.MockTransport(fail), patience=patience(attempts=2))
    with asking, pytest.raises(TransferError) as caught:
        document(asking, "https://nowhere.example/a")
    url, problem = "https://nowhere.example/a", "the host name could not be resolved"
    assert caught.value.message == f"cannot fetch {url}: {problem}"
    assert caught.value.fields["attempts"] == [{"url": url, "problem": problem}] * 2
    assert "NO_PROXY" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://\u2488.example:-1/", "it is not a valid address"),
        (f"http://{'a' * 64}.example/", "the request cannot be made"),
    ],
)
def test_impossible_addresses_are_a_failure(url: str, problem: str) -> None:
    with client() as asking, pytest.raises(TransferError, match=problem):
        fetch_document(asking, Source(url=url), 10)


def test_something_that_is_not_http() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"SSH-2.0-OpenSSH\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    with listener, client(attempts=1) as asking, pytest.raises(TransferError, match="the answer was not HTTP"):
        document(asking, f"http://127.0.0.1:{listener.getsockname()[1]}/a")
    thread.join()


def test_one_client_serves_many_threads(server: Server) -> None:
    urls = [server.put(f"/{number}", str(number).encode()) for number in range(40)]
    with client() as asking, ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda url: document(asking, url), urls))
    assert results == [str(number).encode() for number in range(40)]


def test_a_given_transport_replaces_the_network() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.headers["host"].encode())

    with Client(environment(), transport=httpx.MockTransport(answer), patience=patience()) as asking:
        assert document(asking, "https://releases.example/a") == b"releases.example"
