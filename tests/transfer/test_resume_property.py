"""Whatever two mirrors and an earlier run do, the sink ends with the signed bytes or with no complete file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyv.errors import DigestError, TransferError
from pyv.transfer.download import download
from tests.support.server import Server
from tests.transfer.actors import MemorySink, Watcher, at, client

CONTENT = bytes(range(256)) * 4
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def mirrors() -> Iterator[tuple[Server, Server]]:
    with Server() as one, Server() as two:
        yield one, two


cuts = st.integers(0, len(CONTENT))
mishaps: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"drop_after": cuts}),
    st.fixed_dictionaries({"drop_after": cuts, "honour_if_range": st.booleans(), "etag": st.just('"new"')}),
    st.fixed_dictionaries({"body": st.binary(max_size=2000)}),
    st.fixed_dictionaries({"body": st.just(CONTENT[::-1]), "drop_after": cuts}),
    st.fixed_dictionaries({"status": st.sampled_from([404, 416, 500, 503])}),
    st.just({"ranges": False}),
    st.fixed_dictionaries({"content_range": st.sampled_from(["bytes 0-1/1024", "bytes 5-1023/1024", "x"])}),
    st.binary(max_size=2000).map(lambda body: {"announce": False, "body": body}),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(mishaps, max_size=4),
    second=st.lists(mishaps, max_size=4),
    kept=st.one_of(cuts.map(lambda cut: CONTENT[:cut]), st.binary(max_size=1500)),
    size=st.sampled_from([len(CONTENT), None]),
)
def test_signed_bytes_or_nothing(
    mirrors: tuple[Server, Server],
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    kept: bytes,
    size: int | None,
) -> None:
    sources = [
        at(server.put("/a", CONTENT, first=script)) for server, script in zip(mirrors, (first, second), strict=True)
    ]
    sink, watcher = MemorySink(kept), Watcher()
    with client(attempts=3) as asking:
        try:
            fetched = download(asking, sources, sink, size=size, sha256=DIGEST, progress=watcher)
        except (TransferError, DigestError):
            assert size is None or sink.offset < size
        else:
            assert bytes(sink.content) == CONTENT
            assert fetched.bytes_transferred >= len(CONTENT) - fetched.resumed_from
    assert watcher.position == sink.offset
