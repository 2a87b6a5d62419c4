"""Small files over HTTP and from directories."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pyv.errors import TransferError
from pyv.transfer.documents import fetch_document
from pyv.transfer.locations import Location, Source
from tests.support.server import Server
from tests.transfer.actors import NOWHERE, Watcher, at, client, place


def test_fetches_whole(server: Server) -> None:
    with client() as asking:
        assert fetch_document(asking, at(server.put("/manifest.json", b"{}")), 2) == b"{}"
        assert fetch_document(asking, at(server.put("/empty", b"")), 2) == b""
        assert fetch_document(asking, at(server.put("/open", b"{}", announce=False)), 2) == b"{}"


@pytest.mark.parametrize("status", [404, 410])
def test_missing_is_an_answer(server: Server, status: int) -> None:
    with client() as asking:
        assert fetch_document(asking, at(server.put("/gone", b"", status=status)), 10) is None


def test_reads_directories(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "a.json").write_bytes(b"[]")
    place = Location.parse(f"file://{tmp_path}", NOWHERE)
    with client() as asking:
        assert fetch_document(asking, place.join("targets/a.json"), 10) == b"[]"
        assert fetch_document(asking, place.join("targets/b.json"), 10) is None
        with pytest.raises(TransferError, match="longer than the 1 bytes"):
            fetch_document(asking, place.join("targets/a.json"), 1)
        with pytest.raises(TransferError, match="not a regular file"):
            fetch_document(asking, Source(path=tmp_path), 1)


@pytest.mark.parametrize("announce", [True, False])
def test_too_long_is_refused(server: Server, announce: bool) -> None:
    url = server.put("/long", b"x" * 11, announce=announce)
    with client() as asking, pytest.raises(TransferError) as caught:
        fetch_document(asking, at(url), 10)
    assert caught.value.message == f"cannot fetch {url}: it is longer than the 10 bytes a document of its kind may have"


def test_a_login_page_is_not_a_manifest(server: Server) -> None:
    url = server.put("/manifest.json", b"<!DOCTYPE html>", content_type="text/plain")
    with client() as asking, pytest.raises(TransferError) as caught:
        fetch_document(asking, at(url), 1000)
    assert "a web page arrived instead of the file (text/plain, begins with <!doctype html)" in caught.value.message


def test_compressed_on_the_way_is_refused(server: Server) -> None:
    url = server.put("/manifest.json", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    with client() as asking, pytest.raises(TransferError, match="arrived compressed"):
        fetch_document(asking, at(url), 1000)


def test_a_passing_fault_is_tried_again_from_the_start(server: Server) -> None:
    url = server.put("/manifest.json", b"0123456789", first=[{"status": 503}, {"drop_after": 4}])
    watcher = Watcher()
    with client() as asking:
        assert fetch_document(asking, at(url), 10, progress=watcher) == b"0123456789"
    assert [request.headers.get("range") for request in server.requests] == [None, None, None]
    assert watcher.notes[0] == f"{place(url)}: the server answered 503 (service unavailable); trying again"


def test_a_server_that_stays_down_is_an_error_not_an_absence(server: Server) -> None:
    url = server.put("/manifest.json", b"", status=500)
    with client() as asking, pytest.raises(TransferError) as caught:
        fetch_document(asking, at(url), 10)
    assert (
        caught.value.fields["attempts"]
        == [{"url": url, "problem": "the server answered 500 (internal server error)"}] * 4
    )


@pytest.mark.parametrize("how", [{"drip": (1, 0.1)}, {"silent": True}, {"drip_headers": 0.1}])
def test_a_document_that_hardly_comes_is_given_up(server: Server, how: dict[str, Any]) -> None:
    """Slow retrieval: whoever keeps a client waiting for the timestamp keeps him from what is new."""
    address = server.put("/metadata/timestamp.json", b"{" + b" " * 1000 + b"}", **how)
    began = time.monotonic()
    hurried: dict[str, Any] = {"read": 0.4, "window": 0.5, "minimum_rate": 2048.0, "deadline": 2.0, "attempts": 2}
    with client(**hurried) as asking, pytest.raises(TransferError):
        fetch_document(asking, at(address), 16_384)
    assert time.monotonic() - began < 10
