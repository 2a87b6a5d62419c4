"""A registry as a place: its documents and blobs, and who is let in; nothing of the credentials goes astray."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from pyv.domain.image import INDEX_TYPE, MANIFEST_TYPE, MAX_BYTES
from pyv.errors import DigestError, PyvError, TransferError
from pyv.transfer.challenge import Challenge, parse_challenges
from pyv.transfer.download import download
from pyv.transfer.locations import Location
from pyv.transfer.registry import Registry
from tests.support.registry import ScriptedRegistry
from tests.support.server import Server
from tests.transfer.actors import NOWHERE, MemorySink, client, everything_said

CONTENT = bytes(range(256)) * 5000
SHA = hashlib.sha256(CONTENT).hexdigest()
DOCUMENT = b'{"schemaVersion":2}'
Opened = Callable[..., Registry]
TOKEN = "PYV_TOKEN_127_0_0_1"


@pytest.fixture(name="scripted")
def _scripted() -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry() as running:
        yield running


@pytest.fixture(name="registry")
def _registry(scripted: ScriptedRegistry) -> Iterator[Opened]:
    """The registry as somebody sees it, who may have put `user:password@` into the address."""
    with ExitStack() as closing:

        def opened(
            *, user: str = "", writes: bool = False, home: Path = NOWHERE, variables: Mapping[str, str] | None = None
        ) -> Registry:
            address = scripted.address.replace("//", f"//{user}@") if user else scripted.address
            asking = closing.enter_context(client(variables, home))
            return Registry(asking, Location.parse(address, NOWHERE), writes=writes)

        yield opened


def netrc(home: Path, host: str = "127.0.0.1") -> Path:
    """A home that knows the password."""
    (home / ".netrc").write_text(f"machine {host} login operator password s3cret\n")
    return home


def refusal(asking: Registry) -> str:
    """Everything the error of a read says; no secret is in it."""
    with pytest.raises(TransferError) as caught:
        asking.document("index")
    said = everything_said(caught.value)
    assert "s3cret" not in said
    assert "b3BlcmF0b3I" not in said
    return f"{caught.value.message}\n{caught.value.hint}"


def test_documents_come_by_tag_and_digest(scripted: ScriptedRegistry, registry: Opened) -> None:
    reading = registry()
    assert reading.document("index") is None
    digest = scripted.put("index", INDEX_TYPE, DOCUMENT)

    assert [reading.document("index"), reading.document(digest)] == [DOCUMENT, DOCUMENT]
    assert reading.document("sha256:" + "0" * 64) is None


def test_a_document_put_is_there_under_its_tag(scripted: ScriptedRegistry, registry: Opened) -> None:
    registry(writes=True).put_document("index", MANIFEST_TYPE, DOCUMENT)

    assert scripted.documents["index"] == (MANIFEST_TYPE, DOCUMENT)


def test_a_registry_that_keeps_another_document_is_told(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.faults["PUT"] = ["other digest"]

    with pytest.raises(TransferError, match="it keeps another document than was sent"):
        registry(writes=True).put_document("index", MANIFEST_TYPE, DOCUMENT)


def test_a_document_of_another_digest_is_refused(scripted: ScriptedRegistry, registry: Opened) -> None:
    asked = "sha256:" + "0" * 64
    scripted.documents[asked] = (MANIFEST_TYPE, DOCUMENT)

    with pytest.raises(DigestError, match="is not what its name says"):
        registry().document(asked)


def test_a_document_beyond_measure_is_refused(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.put("index", INDEX_TYPE, b" " * (MAX_BYTES + 1))

    with pytest.raises(TransferError, match=f"longer than the {MAX_BYTES} bytes"):
        registry().document("index")


def test_what_lacks_a_part_is_refused_with_its_code_nothing_else(scripted: ScriptedRegistry, registry: Opened) -> None:
    content = b'{"manifests":[{"digest":"sha256:0"}]}'

    with pytest.raises(TransferError) as caught:
        registry(writes=True).put_document("index", INDEX_TYPE, content)

    assert caught.value.message.endswith("the server answered 400 (bad request): MANIFEST_BLOB_UNKNOWN")
    assert caught.value.message.startswith("cannot send to http://127.0.0.1")
    assert "<b>" not in everything_said(caught.value)


def test_blobs_are_asked_for_by_digest(scripted: ScriptedRegistry, registry: Opened) -> None:
    reading = registry()
    scripted.hold(CONTENT)
    scripted.blobs["1" * 64] = CONTENT

    assert reading.blob(SHA, len(CONTENT)) == CONTENT
    assert [reading.has_blob(SHA, len(CONTENT)), reading.has_blob(SHA, 5), reading.has_blob("0" * 64, 5)] == [
        True,
        False,
        False,
    ]
    with pytest.raises(TransferError, match="longer than"):
        reading.blob(SHA, len(CONTENT) - 1)
    with pytest.raises(DigestError):
        reading.blob("1" * 64, len(CONTENT))


def test_a_download_goes_on_with_a_range(scripted: ScriptedRegistry) -> None:
    scripted.hold(CONTENT)
    sink = MemorySink(CONTENT[:1000])

    with client() as asking:
        source = Location.parse(scripted.address, NOWHERE).blob(SHA)
        download(asking, [source], sink, size=len(CONTENT), sha256=SHA)

    assert bytes(sink.content) == CONTENT
    assert [asked.headers.get("range") for asked in scripted.requests] == ["bytes=1000-"]


# who is let in


@pytest.mark.parametrize("wants", ["basic", "bearer"])
def test_a_password_from_the_address_or_netrc(
    scripted: ScriptedRegistry, wants: str, tmp_path: Path, registry: Opened
) -> None:
    scripted.wants = wants
    scripted.put("index", INDEX_TYPE, DOCUMENT)

    for reading in (registry(user="operator:s3cret"), registry(home=netrc(tmp_path))):
        assert [reading.document("index"), reading.document("index")] == [DOCUMENT, DOCUMENT]

    kinds = [asked.headers.get("authorization", "-").split()[0] for asked in scripted.requests]
    once = ["-", "Basic", "Basic"] if wants == "basic" else ["-", "Basic", "Bearer", "Bearer"]
    assert kinds == once * 2, "the challenge is answered once, and what was learnt is kept"


def test_the_token_server_is_told_what_is_wanted(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants = "bearer"
    registry(user="operator:s3cret").document("index")
    registry(user="operator:s3cret", writes=True).document("index")
    scripted.scope = "repository:another:pull"
    registry(user="operator:s3cret").document("index")

    asked = [request.query for request in scripted.requests if request.path == "/token"]
    assert [query["scope"] for query in asked] == [
        ["repository:tools/pyv:pull"],
        ["repository:tools/pyv:pull,push"],
        ["repository:another:pull"],
    ]
    assert asked[0]["service"] == ["registry, of tests"]


def test_anybody_may_get_a_token_where_that_is_so(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants, scripted.login = "bearer", None
    scripted.put("index", INDEX_TYPE, DOCUMENT)

    assert registry().document("index") == DOCUMENT
    assert "authorization" not in scripted.requests[1].headers


def test_a_token_of_ones_own_is_sent_at_once(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants, scripted.own_tokens = "bearer", {"s3cret-token"}
    scripted.put("index", INDEX_TYPE, DOCUMENT)

    assert registry(variables={TOKEN: "s3cret-token"}).document("index") == DOCUMENT
    assert scripted.lines == ["GET manifests/index"]


def test_a_token_that_is_refused_is_named(scripted: ScriptedRegistry, registry: Opened) -> None:
    """Not replaced by what anybody may do; a password beside it may still get one."""
    scripted.wants = "bearer"
    said = refusal(registry(variables={TOKEN: "s3cret-token"}))

    assert f"401 (unauthorized); it does not accept the credentials from {TOKEN}" in said
    assert scripted.lines == ["GET manifests/index"]


def test_a_token_that_is_refused_gives_way_to_a_password(
    scripted: ScriptedRegistry, tmp_path: Path, registry: Opened
) -> None:
    scripted.wants = "bearer"
    scripted.put("index", INDEX_TYPE, DOCUMENT)

    assert registry(home=netrc(tmp_path), variables={TOKEN: "s3cret-token"}).document("index") == DOCUMENT


def test_a_token_that_expires_is_asked_for_again(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants, scripted.lifetime = "bearer", 2
    scripted.put("index", INDEX_TYPE, DOCUMENT)
    reading = registry(user="operator:s3cret")

    assert [reading.document("index") for _ in range(5)] == [DOCUMENT] * 5
    assert scripted.lines.count("GET /token") == 3


def test_many_threads_ask_for_one_token(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants = "bearer"
    scripted.put("index", INDEX_TYPE, DOCUMENT)
    reading = registry(user="operator:s3cret")
    with ThreadPoolExecutor(max_workers=8) as executor:
        found = list(executor.map(reading.document, ["index"] * 8))

    assert found == [DOCUMENT] * 8
    assert scripted.lines.count("GET /token") == 1


def test_a_token_that_never_does_ends_after_one_more(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants, scripted.lifetime = "bearer", 0
    said = refusal(registry(user="operator:s3cret"))

    assert (
        f"does not accept the credentials from 127.0.0.1:{scripted.port} (for the credentials from the address)" in said
    )
    assert scripted.lines == ["GET manifests/index", "GET /token", "GET manifests/index"]


@pytest.mark.parametrize("wants", ["basic", "bearer"])
def test_a_wrong_password_is_told_without_it(scripted: ScriptedRegistry, wants: str, registry: Opened) -> None:
    scripted.wants, scripted.login = wants, ("operator", "right")
    said = refusal(registry(user="operator:s3cret"))

    assert "401 (unauthorized); it does not accept the credentials from the address" in said
    assert "set PYV_TOKEN_127_0_0_1 to a token that may read there" in said


def test_who_writes_is_told_of_writing(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants = "basic"
    with pytest.raises(TransferError) as caught:
        registry(writes=True).put_document("index", INDEX_TYPE, DOCUMENT)

    assert "may write there" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "realm",
    [
        "http://tokens.example/",
        "ftp://127.0.0.1/",
        "https://operator@tokens.example/",
        "/token",
        "https://",
        "https://[::1",
        "",
    ],
)
def test_a_realm_that_must_not_hear_the_password_is_not_asked(
    scripted: ScriptedRegistry, realm: str, registry: Opened
) -> None:
    scripted.wants, scripted.realm = "bearer", realm or " "
    said = refusal(registry(user="operator:s3cret"))

    assert "it wants a token" in said
    assert scripted.lines == ["GET manifests/index"]


def test_a_realm_that_gives_no_token_is_told(scripted: ScriptedRegistry, server: Server, registry: Opened) -> None:
    scripted.wants, scripted.realm = "bearer", server.put("/token", b'{"token": "line\\nfeed"}')
    assert "holds no token" in refusal(registry(user="operator:s3cret"))
    scripted.realm = server.put("/token", b"<html>", content_type="text/html")
    assert "holds no token" in refusal(registry(user="operator:s3cret"))
    scripted.realm = server.put("/token", b"[" * 100_000)
    assert "holds no token" in refusal(registry(user="operator:s3cret"))
    scripted.realm = server.put("/token", status=403)
    assert "no token from 127.0.0.1: the server answered 403" in refusal(registry(user="operator:s3cret"))


# where credentials stay behind


def test_storage_elsewhere_is_read_without_credentials(
    scripted: ScriptedRegistry, server: Server, registry: Opened
) -> None:
    scripted.wants, scripted.redirect = "bearer", f"{server.url}/storage/"
    scripted.hold(CONTENT)
    server.put(f"/storage/{SHA}", CONTENT)

    assert registry(user="operator:s3cret").blob(SHA, len(CONTENT)) == CONTENT
    assert [request.headers.get("authorization") for request in server.requests] == [None]


@pytest.mark.parametrize("wants", ["", "bearer"])
def test_storage_elsewhere_cannot_ask_for_them(
    scripted: ScriptedRegistry, server: Server, registry: Opened, wants: str
) -> None:
    """A challenge counts from the registry itself alone, whether that asked for something or not."""
    scripted.wants, scripted.redirect = wants, f"{server.url}/storage/"
    scripted.hold(CONTENT)
    server.put(f"/storage/{SHA}", status=401, headers={"WWW-Authenticate": f'Bearer realm="{server.url}/token"'})

    with pytest.raises(TransferError, match="401"):
        registry(user="operator:s3cret").blob(SHA, len(CONTENT))
    assert [request.path for request in server.requests] == [f"/storage/{SHA}"]


def test_writes_are_not_redirected(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.faults["PUT"] = ["307"]

    with pytest.raises(PyvError, match="redirects what is sent to it"):
        registry(writes=True).put_document("index", INDEX_TYPE, DOCUMENT)
    assert scripted.documents == {}


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("", []),
        ("Basic", [("basic", {})]),
        ('Basic realm="a \\"b\\""', [("basic", {"realm": 'a "b"'})]),
        ('Bearer realm="https://a/?x=1,2",service=s,scope="r:n:pull,push"',
         [("bearer", {"realm": "https://a/?x=1,2", "service": "s", "scope": "r:n:pull,push"})]),
        ('Negotiate, BASIC Realm=x , Bearer realm = "y"',
         [("negotiate", {}), ("basic", {"realm": "x"}), ("bearer", {"realm": "y"})]),
        ('realm="x"', []),
        ('Bearer realm="open', [("bearer", {})]),
        ("Bearer " + "x" * 10_000, []),
    ],
)  # fmt: skip
def test_challenges_are_read_as_far_as_they_can_be(header: str, challenges: list[tuple[str, dict[str, str]]]) -> None:
    assert parse_challenges(header) == [Challenge(scheme=scheme, parameters=named) for scheme, named in challenges]
