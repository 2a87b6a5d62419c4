"""Sending a blob: in chunks, on from where it broke, anew where something does not add up, and to nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from pyv.errors import TransferError
from pyv.transfer.locations import Location
from pyv.transfer.registry import Registry
from pyv.transfer.uploads import CHUNK, Blob, upload
from tests.support.registry import NAME, ScriptedRegistry
from tests.support.server import Server
from tests.transfer.actors import NOWHERE, Watcher, client, everything_said

LONG = bytes(range(251)) * (CHUNK // 100)  # two and a half chunks
Opened = Callable[..., Registry]
LOGIN = "operator:s3cret"
SHORT = b"a few bytes"


class Kept:
    """A session that remembers what it was told."""

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self.every: list[str] = []

    def kept(self) -> str | None:
        return self.address

    def keep(self, address: str) -> None:
        self.address = address
        self.every.append(address)

    def forget(self) -> None:
        self.address = None


class Killed(BaseException):
    """The end of a process."""


@pytest.fixture(name="scripted")
def _scripted() -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry() as running:
        yield running


@pytest.fixture(name="registry")
def _registry(scripted: ScriptedRegistry) -> Iterator[Opened]:
    """The registry as somebody sees it, who may have put `user:password@` into the address."""
    with ExitStack() as closing:

        def opened(
            *, user: str = "", writes: bool = True, home: Path = NOWHERE, variables: Mapping[str, str] | None = None
        ) -> Registry:
            address = scripted.address.replace("//", f"//{user}@") if user else scripted.address
            asking = closing.enter_context(client(variables, home))
            return Registry(asking, Location.parse(address, NOWHERE), writes=writes)

        yield opened


def blob(content: bytes, *, killed_at: int | None = None) -> Blob:
    """A blob; its reader dies at a position."""

    def read(position: int, count: int) -> bytes:
        if killed_at is not None and position >= killed_at:
            raise Killed
        return content[position : position + count]

    return Blob(sha256=hashlib.sha256(content).hexdigest(), size=len(content), read=read)


def send(registry: Registry, scripted: ScriptedRegistry, content: bytes, session: Kept | None = None) -> int:
    """Send it; what was sent is there, whole, and counted."""
    watcher = Watcher()
    sent = upload(registry, blob(content), session or Kept(), watcher)
    assert scripted.blobs == {hashlib.sha256(content).hexdigest(): content}
    assert watcher.position == len(content)
    return sent


def test_a_small_blob_goes_in_one_piece(scripted: ScriptedRegistry, registry: Opened) -> None:
    session = Kept()
    assert send(registry(), scripted, SHORT, session) == len(SHORT)
    assert scripted.lines == ["POST blobs/uploads/", "PUT blobs/uploads/…"]
    assert session.address is None
    scripted.blobs.clear()
    assert send(registry(), scripted, b"") == 0


@pytest.mark.parametrize(
    "location",
    [
        "{path}?_state={state}",
        "{url}{path}?_state={state}",
        "{path}?other=%2F&_state={state}",
        "{ident}?_state={state}",
        "{url}{path}",
    ],
)
def test_every_answer_says_where_the_next_request_goes(
    scripted: ScriptedRegistry, registry: Opened, location: str
) -> None:
    scripted.location = location
    assert send(registry(), scripted, LONG) == len(LONG)
    assert scripted.lines == ["POST blobs/uploads/", *["PATCH blobs/uploads/…"] * 3, "PUT blobs/uploads/…"]
    ranges = [asked.headers["content-range"] for asked in scripted.requests if asked.method == "PATCH"]
    assert ranges == [f"0-{CHUNK - 1}", f"{CHUNK}-{2 * CHUNK - 1}", f"{2 * CHUNK}-{len(LONG) - 1}"]


def test_a_registry_may_want_larger_chunks(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.minimum = len(LONG) - 10
    assert send(registry(), scripted, LONG) == len(LONG)
    assert scripted.asked("PATCH") == 2
    scripted.minimum = 10**12 - 1
    with pytest.raises(TransferError, match="wants chunks of 999999999999 bytes"):
        send(registry(), scripted, LONG)


def test_a_break_between_chunks_costs_nothing(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.faults["PATCH"] = ["", "503"]
    sent = send(registry(), scripted, LONG)
    assert sent == len(LONG) + CHUNK, "the chunk that was refused is sent again, and no other"
    assert scripted.lines[:5] == [
        "POST blobs/uploads/",
        "PATCH blobs/uploads/…",
        "PATCH blobs/uploads/…",
        "GET blobs/uploads/…",
        "PATCH blobs/uploads/…",
    ]


def test_a_broken_connection_is_gone_on_from(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.faults["PATCH"] = ["", "drop"]
    assert send(registry(), scripted, LONG) == len(LONG) + CHUNK
    assert scripted.asked("POST") == 1


def test_a_registry_that_has_more_than_it_could_say(scripted: ScriptedRegistry, registry: Opened) -> None:
    """The chunk arrived, its answer did not: the address in hand is of the state before, which this registry forgets."""
    scripted.faults["PATCH"] = ["", "late drop"]
    send(registry(), scripted, LONG)
    assert scripted.asked("POST") == 2
    assert "HEAD blobs/sha256:…" in scripted.lines


def test_the_last_answer_may_be_lost(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.faults["PUT"] = ["lost answer"]
    assert send(registry(), scripted, SHORT) == len(SHORT), "what is there is not sent again"
    assert scripted.lines[2:] == ["GET blobs/uploads/…", "HEAD blobs/sha256:…"]


@pytest.mark.parametrize("fault", ["lose", "short"])
def test_what_does_not_add_up_starts_anew(scripted: ScriptedRegistry, registry: Opened, fault: str) -> None:
    scripted.faults["PATCH"] = ["", fault]
    assert send(registry(), scripted, LONG) == len(LONG) + 2 * CHUNK
    assert scripted.asked("POST") == 2


def test_another_digest_than_was_sent_is_tried_once_more(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.faults["PUT"] = ["other digest"]
    watcher = Watcher()
    upload(registry(), blob(LONG), Kept(), watcher)
    assert (watcher.position, watcher.restarts) == (len(LONG), 1)
    scripted.faults["PUT"] = ["other digest"] * 4
    with pytest.raises(TransferError, match="keeps something else than was sent"):
        upload(registry(), blob(SHORT), Kept(), Watcher())
    assert scripted.faults["PUT"] == ["other digest"] * 2


def test_bytes_that_are_not_what_they_are_called_end_after_two_tries(
    scripted: ScriptedRegistry, registry: Opened
) -> None:
    wrong = Blob(sha256="0" * 64, size=len(SHORT), read=lambda at, count: SHORT[at : at + count])
    with pytest.raises(TransferError) as caught:
        upload(registry(), wrong, Kept(), Watcher())
    assert caught.value.message.endswith("the server answered 400 (bad request): DIGEST_INVALID")
    assert "pyv mirror verify" in (caught.value.hint or "")
    assert (scripted.asked("PUT"), scripted.blobs) == (2, {})


def test_a_process_that_is_killed_is_gone_on_from_by_the_next(scripted: ScriptedRegistry, registry: Opened) -> None:
    session = Kept()
    with pytest.raises(Killed):
        upload(registry(), blob(LONG, killed_at=CHUNK), session, Watcher())
    assert session.address is not None
    scripted.requests.clear()

    assert send(registry(), scripted, LONG, session) == len(LONG) - CHUNK
    assert scripted.lines == ["GET blobs/uploads/…", *["PATCH blobs/uploads/…"] * 2, "PUT blobs/uploads/…"]
    assert session.address is None


@pytest.mark.parametrize(
    "address",
    [f"{{url}}/v2/{NAME}/blobs/uploads/unknown", "http://registry.example/x", "nonsense", "http://[::1/", ""],
)
def test_a_session_that_is_over_or_foreign_is_forgotten(
    scripted: ScriptedRegistry, registry: Opened, address: str
) -> None:
    assert send(registry(), scripted, LONG, Kept(address.format(url=scripted.url))) == len(LONG)


def test_what_the_session_keeps_holds_no_credentials(scripted: ScriptedRegistry, registry: Opened) -> None:
    """Nor those an answer writes into an address."""
    scripted.wants = "bearer"
    scripted.location = f"http://{LOGIN}@127.0.0.1:{scripted.port}{{path}}?_state={{state}}"
    session = Kept()
    send(registry(user=LOGIN), scripted, LONG, session)
    assert len(session.every) == 4
    for kept in session.every:
        assert "s3cret" not in kept
        assert "operator" not in kept
        assert not any(token in kept for token in scripted.tokens)


def test_a_token_may_expire_in_the_middle(scripted: ScriptedRegistry, registry: Opened) -> None:
    scripted.wants, scripted.lifetime = "bearer", 2
    send(registry(user=LOGIN), scripted, LONG)
    assert scripted.lines.count("GET /token") == 3


def test_an_upload_elsewhere_gets_no_credentials_and_is_not_kept(scripted: ScriptedRegistry, registry: Opened) -> None:
    with ScriptedRegistry() as storage:
        scripted.wants = "bearer"
        scripted.location = f"{storage.url}/v2/{NAME}/blobs/uploads/there?_state=0"
        storage.uploads["there"] = bytearray()
        session = Kept()
        upload(registry(user=LOGIN), blob(SHORT), session, Watcher())
        assert [asked.headers.get("authorization") for asked in storage.requests] == [None]
        assert list(storage.blobs.values()) == [SHORT]
        assert session.every == []


def test_nor_does_it_get_those_the_environment_has_for_its_host(
    scripted: ScriptedRegistry, registry: Opened, tmp_path: Path
) -> None:
    """Who runs a registry names the address: he must not make pyv write anywhere in the operator's name."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login operator password s3cret\n")
    scripted.wants, scripted.own_tokens = "bearer", {"sesame"}
    for known in ({"variables": {"PYV_TOKEN_127_0_0_1": "sesame"}}, {"home": tmp_path}):
        with ScriptedRegistry() as storage:
            scripted.location = f"{storage.url}/v2/{NAME}/blobs/uploads/there?_state=0"
            storage.uploads["there"] = bytearray()
            upload(registry(**known), blob(SHORT), Kept(), Watcher())
            assert [asked.headers.get("authorization") for asked in storage.requests] == [None]


@pytest.mark.parametrize("location", ["http://registry.example/x", "ftp://127.0.0.1/x", "http://[::1/", "//\\"])
def test_an_upload_is_not_led_just_anywhere(scripted: ScriptedRegistry, registry: Opened, location: str) -> None:
    scripted.location = location
    with pytest.raises(TransferError, match="redirects to"):
        send(registry(), scripted, SHORT)


def test_errors_hold_no_secrets_and_tell_how_to_go_on(
    scripted: ScriptedRegistry, registry: Opened, server: Server
) -> None:
    scripted.wants = "basic"
    scripted.faults["PATCH"] = ["503"] * 9
    with pytest.raises(TransferError) as caught:
        send(registry(user=LOGIN), scripted, LONG)
    said = everything_said(caught.value)
    assert "s3cret" not in said
    assert "_state" not in said
    assert caught.value.hint == "try again later; what has arrived stays there, and is not sent again"
    assert server.requests == []
