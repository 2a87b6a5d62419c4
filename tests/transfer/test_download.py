"""The table of bad inputs at download level, row by row, against a real server."""

from __future__ import annotations

import gzip
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest

from pyv.errors import DigestError, StoreError, TransferError
from pyv.transfer.client import Client
from pyv.transfer.download import UNSIGNED_CAP, Fetched, download
from pyv.transfer.locations import Location, Source
from tests.support.server import Server
from tests.transfer.actors import NOWHERE, MemorySink, Sleeper, Watcher, at, client, environment, patience, place

CONTENT = random.Random(7).randbytes(600_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ETAG = f'"{hashlib.sha256(CONTENT).hexdigest()[:16]}"'


def fetch(
    *sources: Source | str,
    sink: MemorySink | None = None,
    size: int | None = len(CONTENT),
    watcher: Watcher | None = None,
    **numbers: Any,
) -> Fetched:
    """Download CONTENT; unless it fails, check that the sink holds exactly it."""
    sink = sink or MemorySink()
    places = [at(source) if isinstance(source, str) else source for source in sources]
    with client(**numbers) as asking:
        fetched = download(asking, places, sink, size=size, sha256=DIGEST, progress=watcher or Watcher())
    assert bytes(sink.content) == CONTENT
    return fetched


def ranges(server: Server) -> list[str | None]:
    return [request.headers.get("range") for request in server.requests]


def test_downloads_in_large_chunks_and_reports_progress(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT)
    sizes: list[int] = []

    class Measuring(MemorySink):
        def write(self, chunk: bytes) -> None:
            sizes.append(len(chunk))
            super().write(chunk)

    watcher, sink = Watcher(), Measuring()
    fetched = fetch(url, sink=sink, watcher=watcher)
    assert fetched == Fetched(source_label=url, bytes_transferred=len(CONTENT), resumed_from=0, attempts=())
    assert (watcher.totals, watcher.position, watcher.notes) == ([len(CONTENT)], len(CONTENT), [])
    assert all(size >= 128 * 1024 for size in sizes[:-1])
    assert (sink.validator, sink.validator_source) == (ETAG, url)
    headers = server.requests[0].headers
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("pyv/")


def test_unknown_size_is_learnt_from_the_server(server: Server) -> None:
    watcher = Watcher()
    fetch(server.put("/a.tar.gz", CONTENT), size=None, watcher=watcher)
    assert watcher.totals == [None, len(CONTENT)]


@pytest.mark.parametrize("cut", [{"drop_after": 200_000}, {"drop_after": 0}])
def test_short_body_is_resumed(server: Server, cut: dict[str, Any]) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[cut])
    watcher = Watcher()
    fetched = fetch(url, watcher=watcher)
    kept = cut["drop_after"]
    assert ranges(server) == [None, f"bytes={kept}-" if kept else None]
    assert server.requests[1].headers.get("if-range") == (ETAG if kept else None)
    assert fetched.bytes_transferred == len(CONTENT)
    assert [attempt.url for attempt in fetched.attempts] == [url]
    assert watcher.position == len(CONTENT)
    assert watcher.notes == [f"{place(url)}: the connection ended early, or the answer was not HTTP; trying again"]


def test_reset_mid_body_is_resumed(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[{"reset_after": 300_000}])
    fetched = fetch(url)
    assert len(server.requests) == 2
    assert [attempt.problem for attempt in fetched.attempts] == ["the connection was reset"]


def test_gives_up_after_the_attempts_of_one_source_and_keeps_what_came(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, drop_after=100_000)
    sink = MemorySink()
    with pytest.raises(TransferError) as caught:
        fetch(url, sink=sink, attempts=3)
    assert ranges(server) == [None, "bytes=100000-", "bytes=200000-"]
    assert bytes(sink.content) == CONTENT[:300_000]
    assert caught.value.exit_code == 5
    assert (
        caught.value.fields["attempts"]
        == [{"url": url, "problem": "the connection ended early, or the answer was not HTTP"}] * 3
    )


def test_short_body_without_length_is_an_error_of_the_transfer(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT[:1000], announce=False, ranges=False)
    with pytest.raises(TransferError, match="the body ended after 1000 of 600000 bytes") as caught:
        fetch(url)
    assert caught.value.code == "transfer"


def test_endless_body_is_stopped_at_the_cap(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, endless=True)
    sink = MemorySink()
    with pytest.raises(TransferError, match="it sends more than the 600000 bytes that were signed"):
        fetch(url, sink=sink)
    assert sink.most <= len(CONTENT)
    assert (sink.offset, len(server.requests)) == (0, 1)


def test_unsigned_size_is_capped_at_a_gibibyte_before_a_byte_is_read(server: Server) -> None:
    url = server.put("/a.tar.gz", b"", length=UNSIGNED_CAP + 1)
    with pytest.raises(TransferError, match=r"more than the 1073741824 bytes pyv takes without a signed size"):
        fetch(url, size=None)


def test_one_byte_too_many_is_refused(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT + b"!", announce=False)
    with pytest.raises(TransferError, match="it sends more than the 600000 bytes that were signed"):
        fetch(url)


def test_slow_drip_misses_the_minimum_rate(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, drip=(10, 0.01))
    with pytest.raises(TransferError, match=r"it sent less than 50000 bytes/s for 0\.2 s"):
        fetch(url, minimum_rate=50_000.0, window=0.2, attempts=1)


def test_slow_drip_ends_at_the_deadline(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, drip=(1000, 0.01))
    with pytest.raises(TransferError, match=r"it was not finished after 0\.3 s"):
        fetch(url, deadline=0.3, minimum_rate=0.0)
    assert len(server.requests) == 1


def test_dripping_headers_miss_the_minimum_rate(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, drip_headers=0.01)
    with pytest.raises(TransferError, match="it sent less than 50000 bytes/s"):
        fetch(url, minimum_rate=50_000.0, window=0.2, attempts=1)


def test_silence_is_a_stall(server: Server, other: Server) -> None:
    silent = server.put("/a.tar.gz", CONTENT, silent=True)
    fetched = fetch(silent, other.put("/a.tar.gz", CONTENT), read=0.1, attempts=1)
    assert [attempt.problem for attempt in fetched.attempts] == ["the server sent nothing for 0.1 s"]


def test_the_deadline_ends_a_wait_for_an_answer(server: Server, other: Server) -> None:
    silent = server.put("/a.tar.gz", CONTENT, silent=True)
    with pytest.raises(TransferError, match=r"it was not finished after 0\.2 s"):
        fetch(silent, other.put("/a.tar.gz", CONTENT), deadline=0.2, read=10.0)
    assert other.requests == []


def test_wrong_bytes_of_the_right_length_move_to_the_next_mirror(server: Server, other: Server) -> None:
    wrong = CONTENT[:-1] + b"?"
    bad, good = server.put("/a.tar.gz", wrong), other.put("/a.tar.gz", CONTENT)
    watcher, sink = Watcher(), MemorySink()
    fetched = fetch(bad, good, watcher=watcher, sink=sink)
    actual = hashlib.sha256(wrong).hexdigest()
    assert fetched.source_label == good
    assert watcher.notes == [f"{place(bad)}: its bytes have sha256 {actual}; trying {place(good)}"]
    assert ranges(other) == [None]
    assert sink.restarts == 1


def test_wrong_bytes_everywhere_are_a_trust_matter(server: Server, other: Server) -> None:
    wrong = CONTENT[:-1] + b"?"
    bad, missing = server.put("/a.tar.gz", wrong), f"{other.url}/a.tar.gz"
    sink = MemorySink()
    with pytest.raises(DigestError) as caught:
        fetch(bad, missing, sink=sink)
    actual = hashlib.sha256(wrong).hexdigest()
    assert caught.value.exit_code == 4
    assert caught.value.message == f"a.tar.gz is not what was signed: {bad} serves sha256 {actual}"
    assert caught.value.fields == {
        "url": bad,
        "expected": DIGEST,
        "actual": actual,
        "attempts": [
            {"url": bad, "problem": f"its bytes have sha256 {actual}"},
            {"url": missing, "problem": "the server answered 404 (not found)"},
        ],
    }
    assert caught.value.hint is not None
    assert bad in caught.value.hint
    assert missing in caught.value.hint
    assert sink.offset == 0
    assert len(server.requests) == 1


def test_a_resumed_download_answered_with_200_starts_again(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, ranges=False)
    sink, watcher = MemorySink(CONTENT[:1000]), Watcher()
    fetched = fetch(url, sink=sink, watcher=watcher)
    assert (ranges(server), sink.restarts, fetched.resumed_from) == (["bytes=1000-"], 1, 0)
    assert watcher.position == len(CONTENT)


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-598999/600000", "bytes 1000-598999/599000", "bytes 1000-600000/600000", "bytes */600000", "rubbish", ""],
)
def test_a_wrong_content_range_starts_again(server: Server, content_range: str) -> None:
    url = server.put("/a.tar.gz", CONTENT, content_range=content_range or " ")
    sink = MemorySink(CONTENT[:1000])
    fetched = fetch(url, sink=sink)
    assert (ranges(server), sink.restarts) == (["bytes=1000-", None], 1)
    assert fetched.attempts == ()


def test_a_range_of_unknown_total_is_taken(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, content_range="bytes 1000-599999/*")
    assert fetch(url, sink=MemorySink(CONTENT[:1000])).resumed_from == 1000


def test_a_range_shorter_than_asked_is_continued(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[{"body": CONTENT[:2000], "content_range": "bytes 1000-1999/600000"}])
    fetch(url, sink=MemorySink(CONTENT[:1000]), size=None)
    assert ranges(server) == ["bytes=1000-", "bytes=2000-"]


def test_416_starts_again(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, range_status=416)
    fetch(url, sink=MemorySink(CONTENT[:1000]))
    assert ranges(server) == ["bytes=1000-", None]


@pytest.mark.parametrize("honour", [True, False])
def test_a_changed_etag_starts_again(server: Server, honour: bool) -> None:
    url = server.put("/a.tar.gz", CONTENT, honour_if_range=honour)
    sink = MemorySink(b"old" * 100, '"other"', url)
    fetched = fetch(url, sink=sink)
    assert server.requests[0].headers["if-range"] == '"other"'
    assert len(server.requests) == (1 if honour else 2)
    assert (sink.restarts, fetched.resumed_from, sink.validator) == (1, 0, ETAG)


def test_resumes_an_earlier_run_with_if_range(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT)
    watcher = Watcher()
    fetched = fetch(url, sink=MemorySink(CONTENT[:400_000], ETAG, url), watcher=watcher)
    assert server.requests[0].headers["if-range"] == ETAG
    assert fetched == Fetched(source_label=url, bytes_transferred=200_000, resumed_from=400_000, attempts=())
    assert watcher.position == len(CONTENT)


def test_a_validator_of_another_source_is_not_sent(server: Server, other: Server) -> None:
    first = server.put("/a.tar.gz", CONTENT, drop_after=300_000)
    second = other.put("/a.tar.gz", CONTENT, etag='"another"')
    fetch(first, second, attempts=1)
    assert other.requests[0].headers["range"] == "bytes=300000-"
    assert "if-range" not in other.requests[0].headers


@pytest.mark.parametrize(
    ("etag", "modified", "expected"),
    [
        ('W/"weak"', None, None),
        ('W/"weak"', "Sat, 24 Feb 2024 00:00:00 GMT", "Sat, 24 Feb 2024 00:00:00 GMT"),
        ('"strong"', "Sat, 24 Feb 2024 00:00:00 GMT", '"strong"'),
        (None, None, None),
    ],
)
def test_only_strong_validators_are_remembered(
    server: Server, etag: str | None, modified: str | None, expected: str | None
) -> None:
    url = server.put("/a.tar.gz", CONTENT, etag=etag, last_modified=modified)
    sink = MemorySink()
    fetch(url, sink=sink)
    assert sink.validator == expected


def test_raw_bytes_are_read_under_a_content_encoding(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, headers={"Content-Encoding": "gzip"})
    fetch(url)
    packed = gzip.compress(CONTENT)
    other_url = server.put("/b.tar.gz", packed, headers={"Content-Encoding": "gzip"}, announce=False)
    with pytest.raises(TransferError, match="it sends more than"):
        fetch(other_url)


def test_a_poisoned_partial_file_costs_one_more_request(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT)
    sink, watcher = MemorySink(b"x" * 1000, ETAG, url), Watcher()
    fetched = fetch(url, sink=sink, watcher=watcher)
    assert ranges(server) == ["bytes=1000-", None]
    assert watcher.notes == [f"{place(url)}: the bytes kept from before do not fit; fetching it from the start"]
    assert (fetched.resumed_from, fetched.attempts) == (0, ())
    assert watcher.position == len(CONTENT)


@pytest.mark.parametrize("kept", [CONTENT[:-1] + b"?", CONTENT + b"more"])
def test_a_full_but_wrong_partial_file_is_forgotten(server: Server, kept: bytes) -> None:
    url = server.put("/a.tar.gz", CONTENT)
    fetch(url, sink=MemorySink(kept))
    assert ranges(server) == [None]


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_complete_earlier_run_asks_nobody(server: Server, size: int | None) -> None:
    fetched = fetch(server.put("/a.tar.gz", CONTENT), sink=MemorySink(CONTENT), size=size)
    assert server.requests == []
    assert fetched == Fetched(source_label="", bytes_transferred=0, resumed_from=len(CONTENT), attempts=())


@pytest.mark.parametrize(
    ("page", "kind", "description"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "text/html; charset=utf-8", "text/html"),
        (
            b"\n <html><body>portal</body></html>",
            "application/octet-stream",
            "application/octet-stream, begins with <html",
        ),
        (b"<!doctype  HTML>", None, "no content type, begins with <!doctype  html"),
    ],
)
@pytest.mark.parametrize("padded", [True, False])
def test_a_web_page_is_recognised(
    server: Server, other: Server, page: bytes, kind: str | None, description: str, padded: bool
) -> None:
    body = page.ljust(len(CONTENT)) if padded else page
    url = server.put("/a.tar.gz", body, content_type=kind, announce=padded)
    sink = MemorySink()
    with pytest.raises(TransferError) as caught:
        fetch(url, sink=sink)
    assert caught.value.message == f"cannot fetch {url}: a web page arrived instead of the file ({description})"
    assert (sink.offset, len(server.requests)) == (0, 1)
    assert fetch(url, other.put("/a.tar.gz", CONTENT)).source_label.startswith(other.url)


@pytest.mark.parametrize(("status", "said"), [(404, "not found"), (410, "gone"), (400, "bad request")])
def test_a_missing_file_moves_on_at_once(server: Server, other: Server, status: int, said: str) -> None:
    missing, good = server.put("/a.tar.gz", b"", status=status), other.put("/a.tar.gz", CONTENT)
    watcher = Watcher()
    fetch(missing, good, watcher=watcher)
    assert watcher.notes == [f"{place(missing)}: the server answered {status} ({said}); trying {place(good)}"]
    assert len(server.requests) == 1


def test_missing_everywhere_names_every_source(server: Server, other: Server, tmp_path: Path) -> None:
    sources = [at(f"{server.url}/m/a.tar.gz"), at(f"{other.url}/a.tar.gz"), Source(path=tmp_path / "a.tar.gz")]
    with pytest.raises(TransferError) as caught:
        fetch(*sources)
    labels = [source.label for source in sources]
    attempts: Any = caught.value.fields["attempts"]
    assert [attempt["url"] for attempt in attempts] == labels
    assert caught.value.message == f"cannot fetch {labels[2]}: there is no such file"
    assert all(label in str(caught.value.hint) for label in labels)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_say_where_to_put_them(server: Server, status: int) -> None:
    url = server.put("/a.tar.gz", b"", status=status)
    with pytest.raises(TransferError) as caught:
        fetch(url)
    assert f"answered {status}" in caught.value.message
    assert "PYV_TOKEN_127_0_0_1" in str(caught.value.hint)
    assert "netrc" in str(caught.value.hint)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429, 599])
def test_passing_faults_are_tried_again(server: Server, status: int) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[{"status": status}] * 3)
    assert len(fetch(url).attempts) == 3
    assert len(server.requests) == 4


def run_with_naps(*urls: str, **numbers: Any) -> list[float]:
    sleeper, sink = Sleeper(), MemorySink()
    with_sleeper = patience(sleeper, **numbers)
    with Client(environment(), patience=with_sleeper) as asking:
        download(asking, [at(url) for url in urls], sink, size=len(CONTENT), sha256=DIGEST)
    assert bytes(sink.content) == CONTENT
    return sleeper.naps


def test_waits_grow_with_jitter(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[{"status": 503}] * 3)
    assert run_with_naps(url, backoff_base=1.0, backoff_cap=3.0) == [0.5, 1.0, 1.5]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "7"},
        {"Retry-After": "Fri, 15 Jan 2027 08:00:07 GMT", "Date": "Fri, 15 Jan 2027 08:00:00 GMT"},
    ],
)
def test_retry_after_is_honoured(server: Server, headers: dict[str, str]) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[{"status": 429, "headers": headers}])
    naps = run_with_naps(url, backoff_base=1.0)
    assert naps == [7.5]


def test_retry_after_beyond_the_deadline_ends_the_source(server: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT, first=[{"status": 503, "headers": {"Retry-After": "40"}}])
    with pytest.raises(TransferError, match="answered 503"):
        fetch(url, deadline=20.0)
    assert len(server.requests) == 1


def test_a_long_retry_after_prefers_the_next_mirror(server: Server, other: Server) -> None:
    busy = server.put("/a.tar.gz", CONTENT, status=503, headers={"Retry-After": "15"})
    assert run_with_naps(busy, other.put("/a.tar.gz", CONTENT)) == []
    assert len(server.requests) == 1


def test_a_lying_length_is_refused_at_once(server: Server, other: Server) -> None:
    url = server.put("/a.tar.gz", CONTENT[:10])
    fetched = fetch(url, other.put("/a.tar.gz", CONTENT))
    assert [attempt.problem for attempt in fetched.attempts] == ["the server announces 10 bytes, 600000 were signed"]
    assert len(server.requests) == 1


def test_a_refused_connection_moves_on(server: Server) -> None:
    with Server() as closed:
        gone = f"{closed.url}/a.tar.gz"
    fetched = fetch(gone, server.put("/a.tar.gz", CONTENT), attempts=4)
    assert [attempt.problem for attempt in fetched.attempts] == ["the connection was refused"]


def test_a_place_without_a_connection_is_asked_twice_only_when_it_is_the_last() -> None:
    with Server() as one, Server() as two:
        first, last = f"{one.url}/a.tar.gz", f"{two.url}/a.tar.gz"
    with pytest.raises(TransferError) as caught:
        fetch(first, last, attempts=4)
    attempts: Any = caught.value.fields["attempts"]
    assert [attempt["url"] for attempt in attempts] == [first, last, last]


def test_no_source_at_all() -> None:
    with pytest.raises(TransferError, match=f"there is no place to fetch sha256:{DIGEST} from"):
        fetch()


@pytest.mark.parametrize("kept", [b"", CONTENT[:1000], b"poison"])
def test_reads_directories_the_same_way(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "a.tar.gz").write_bytes(CONTENT)
    source = Location.parse(str(tmp_path), NOWHERE).join("a.tar.gz")
    fetched = fetch(source, sink=MemorySink(kept))
    assert fetched.source_label == str(tmp_path / "a.tar.gz")
    assert fetched.resumed_from == (1000 if len(kept) == 1000 else 0)


def test_bad_files_of_a_directory_move_on(tmp_path: Path, server: Server) -> None:
    (tmp_path / "short").write_bytes(CONTENT[:10])
    (tmp_path / "directory").mkdir()
    (tmp_path / "wrong").write_bytes(b"?" * len(CONTENT))
    sources = [Source(path=tmp_path / name) for name in ("short", "directory", "wrong", "missing", "short/below")]
    fetched = fetch(*sources, server.put("/a.tar.gz", CONTENT))
    assert [attempt.problem for attempt in fetched.attempts] == [
        "the file has 10 bytes, 600000 were signed",
        "it is not a regular file",
        f"its bytes have sha256 {hashlib.sha256(b'?' * len(CONTENT)).hexdigest()}",
        "there is no such file",
        "there is no such file",
    ]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), StoreError("disk full")])
def test_what_stops_the_sink_passes_through(server: Server, fault: BaseException) -> None:
    class Stopping(MemorySink):
        def write(self, chunk: bytes) -> None:
            raise fault

    sink = Stopping()
    with pytest.raises(type(fault)) as caught:
        fetch(server.put("/a.tar.gz", CONTENT), sink=sink)
    assert caught.value is fault
    assert len(server.requests) == 1
