"""The partial blob: two hands on one file, resumed, restarted, cancelled, published."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from pyv.errors import StoreError
from pyv.store.blobs import CancelledError, PartialBlob, StaleReadError, adopt_cached
from pyv.store.paths import Root

CONTENT = bytes(range(256)) * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def drained(blob: PartialBlob) -> bytes:
    read = blob.follow()
    return b"".join(iter(lambda: read(100_000), b""))


def test_the_follower_sees_every_byte_as_it_comes(root: Root) -> None:
    blob = PartialBlob(root, DIGEST)
    read = blob.follow()
    blob.write(CONTENT[:10])
    assert read(100) == CONTENT[:10]
    rest: list[bytes] = []
    thread = threading.Thread(target=lambda: rest.append(b"".join(iter(lambda: read(65536), b""))))
    thread.start()
    for start in range(10, len(CONTENT), 300_000):
        blob.write(CONTENT[start : start + 300_000])
    blob.finish()
    thread.join(10)
    assert b"".join(rest) == CONTENT[10:]
    assert blob.hexdigest() == DIGEST
    blob.publish()
    blob.close()
    assert (root.blobs / DIGEST).read_bytes() == CONTENT
    assert list(root.partial.iterdir()) == []


def test_a_later_run_resumes_with_hash_and_validator(root: Root) -> None:
    first = PartialBlob(root, DIGEST)
    first.remember('"etag"', "http://mirror/x")
    first.write(CONTENT[:1000])
    first.close()
    again = PartialBlob(root, DIGEST)
    again.resume()
    assert (again.offset, again.validator, again.validator_source) == (1000, '"etag"', "http://mirror/x")
    again.write(CONTENT[1000:])
    again.finish()
    assert again.hexdigest() == DIGEST
    assert drained(again) == CONTENT
    again.close()


@pytest.mark.parametrize("sidecar", ["", "[]", "{}", '{"validator": 1}', "\0"])
def test_a_broken_sidecar_only_costs_the_validator(root: Root, sidecar: str) -> None:
    first = PartialBlob(root, DIGEST)
    first.write(b"abc")
    first.close()
    (root.partial / f"{DIGEST}.json").write_text(sidecar)
    again = PartialBlob(root, DIGEST)
    again.resume()
    assert (again.offset, again.validator) == (3, None)
    again.close()


def test_a_restart_is_seen_by_the_follower(root: Root) -> None:
    blob = PartialBlob(root, DIGEST)
    blob.remember('"x"', "m")
    blob.write(b"wrong")
    read = blob.follow()
    assert read(5) == b"wrong"
    blob.restart()
    assert (blob.offset, blob.validator, blob.hexdigest()) == (0, None, hashlib.sha256().hexdigest())
    with pytest.raises(StaleReadError):
        read(5)
    blob.write(b"right")
    blob.finish()
    assert drained(blob) == b"right"
    blob.close()


def test_a_waiting_follower_wakes_at_a_cancel(root: Root) -> None:
    blob = PartialBlob(root, DIGEST)
    read, caught = blob.follow(), []

    def wait() -> None:
        try:
            read(1)
        except CancelledError as fault:
            caught.append(fault)

    thread = threading.Thread(target=wait)
    thread.start()
    blob.cancel()
    thread.join(10)
    assert len(caught) == 1
    with pytest.raises(CancelledError):
        blob.write(b"x")
    blob.close()


def test_an_empty_blob_leaves_no_trace(root: Root) -> None:
    PartialBlob(root, DIGEST).close()
    assert list(root.partial.iterdir()) == []


def test_a_discarded_blob_leaves_no_trace(root: Root) -> None:
    blob = PartialBlob(root, DIGEST)
    blob.remember('"x"', "m")
    blob.write(b"abc")
    blob.discard()
    blob.close()
    assert list(root.partial.iterdir()) == []


def test_a_cached_archive_is_hashed_again(root: Root) -> None:
    assert adopt_cached(root, DIGEST) is False
    root.blobs.mkdir(parents=True)
    (root.blobs / DIGEST).write_bytes(b"poisoned")
    assert adopt_cached(root, DIGEST) is True
    blob = PartialBlob(root, DIGEST)
    blob.resume()
    assert blob.hexdigest() == hashlib.sha256(b"poisoned").hexdigest() != DIGEST
    assert list(root.blobs.iterdir()) == []
    blob.close()


def test_a_link_where_a_blob_belongs_is_not_followed(root: Root, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    root.partial.mkdir(parents=True)
    (root.partial / DIGEST).symlink_to(victim)
    with pytest.raises(StoreError):
        PartialBlob(root, DIGEST)
    assert victim.read_text() == "mine"
