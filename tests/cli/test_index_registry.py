"""An index in a registry serves as one anywhere else does: one tag, one view, and few requests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyv.domain import image
from pyv.errors import DigestError, DocumentError, TransferError
from pyv.index.reading import reader
from pyv.mirror.layout import Mirror
from pyv.mirror.push import push
from pyv.transfer.client import Client
from pyv.transfer.locations import Location
from tests.mirror.test_push import Steps
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.registry import ScriptedRegistry
from tests.support.runner import Machine
from tests.transfer.actors import NOWHERE, client

STAMP = "metadata/timestamp.json"


@pytest.fixture(name="index")
def _index() -> SignedIndex:
    index = SignedIndex()
    index.add("3.12.1", tiny_archive("3.12.1"))
    return index


@pytest.fixture(name="asking")
def _asking() -> Iterator[Client]:
    with client() as asking:
        yield asking


@pytest.fixture(name="registry")
def _registry(index: SignedIndex, asking: Client, tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry() as running:
        publish(running, index, asking, tmp_path)
        yield running


def publish(registry: ScriptedRegistry, index: SignedIndex, asking: Client, tmp_path: Path) -> None:
    push(Mirror(index.write(tmp_path / "mirror")), location(registry), asking, Steps())
    registry.requests.clear()


def location(registry: ScriptedRegistry) -> Location:
    return Location.parse(registry.address, NOWHERE)


def lines(registry: ScriptedRegistry) -> list[str]:
    found = registry.lines
    registry.requests.clear()
    return found


VIEW = ["GET manifests/index", "GET manifests/sha256:…"]
BLOB = "GET blobs/sha256:…"


def test_from_trust_to_an_interpreter(machine: Machine, registry: ScriptedRegistry) -> None:
    address = registry.address
    added = machine.pyv("trust", "add", address, "--yes").ok()
    assert added.stderr.startswith(f"{address}: root ")
    machine.pyv("index", "refresh", "--index", address).ok()
    lines(registry)
    assert "nothing new" in machine.pyv("index", "refresh", "--index", address).ok().stderr
    assert lines(registry) == [*VIEW, BLOB], "a next root that is not listed is not asked for"
    assert machine.pyv("index", "status", "--index", address).ok().stdout.startswith(f"{address}: published ")
    assert machine.pyv("index", "show", "--index", address).ok().stdout.startswith(f"index      {address}\n")

    installed = machine.pyv("install", "3.12", "--index", address).ok()
    assert lines(registry) == [BLOB]
    assert "index fresh" in installed.stderr
    assert machine.pyv("prefix", "3.12.1").ok().stdout.endswith("/versions/3.12.1\n")


def test_a_registry_as_mirror_of_another_index(machine: Machine, registry: ScriptedRegistry, tmp_path: Path) -> None:
    machine.pyv("trust", "add", tmp_path / "mirror", "--yes").ok()
    for blob in (tmp_path / "mirror/blobs/sha256").iterdir():
        blob.unlink()
    run = machine.pyv("install", "3.12", "--index", tmp_path / "mirror", "--mirror", registry.address).ok()
    assert "bytes from http://127.0.0.1" in run.stderr
    assert lines(registry) == [BLOB]


def test_credentials_of_clients(machine: Machine, registry: ScriptedRegistry) -> None:
    registry.wants, registry.own_tokens = "bearer", {"s3cret-token"}
    denied = machine.pyv("trust", "add", registry.address, "--yes").fails(
        5, "401 (unauthorized)", "PYV_TOKEN_127_0_0_1"
    )
    token = "s3cret-token"
    machine.pyv("trust", "add", registry.address, "--yes", PYV_TOKEN_127_0_0_1=token).ok()
    with_userinfo = registry.address.replace("//", "//operator:s3cret@")
    run = machine.pyv("install", "3.12", "--index", with_userinfo, "--verbose").ok()
    assert "s3cret" not in run.stderr + denied.stderr


def test_one_view_for_the_life_of_a_reader(
    registry: ScriptedRegistry, index: SignedIndex, asking: Client, tmp_path: Path
) -> None:
    before = (tmp_path / "mirror" / STAMP).read_bytes()
    read = reader(location(registry), lambda: asking)
    assert read("metadata/1.root.json", 100_000) is not None
    index.add("3.12.2", tiny_archive("3.12.2"))
    publish(registry, index, asking, tmp_path)

    assert read(STAMP, 10_000) == before
    assert read("metadata/2.snapshot.json", 10_000) is None
    assert lines(registry) == [BLOB]
    assert reader(location(registry), lambda: asking)("metadata/2.snapshot.json", 10_000) is not None


def test_an_empty_repository_holds_nothing(asking: Client) -> None:
    with ScriptedRegistry() as registry:
        read = reader(location(registry), lambda: asking)
        assert [read(STAMP, 10_000), read("metadata/1.root.json", 10_000)] == [None, None]
        assert lines(registry) == VIEW[:1]


def test_a_repository_without_an_index_says_so(machine: Machine) -> None:
    with ScriptedRegistry() as registry:
        machine.pyv("trust", "add", registry.address, "--yes").fails(4, f"{registry.address} is not an index")


def test_what_lies_about_itself_is_refused(registry: ScriptedRegistry, asking: Client, tmp_path: Path) -> None:
    stamp = hashlib.sha256((tmp_path / "mirror" / STAMP).read_bytes()).hexdigest()

    def read(limit: int = 10_000) -> bytes | None:
        return reader(location(registry), lambda: asking)(STAMP, limit)

    assert read() is not None
    with pytest.raises(TransferError, match=r"metadata/timestamp.json has \d+ bytes"):
        read(100)
    genuine = registry.blobs.pop(stamp)
    with pytest.raises(TransferError, match="lacks sha256"):
        read()
    registry.blobs[stamp] = genuine[:-1] + b"!"
    with pytest.raises(DigestError):
        read()
    registry.blobs[stamp] = genuine + b" " * 1_000_000
    with pytest.raises(TransferError, match="longer than"):
        read()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"schemaVersion":1}', b'{"schemaVersion":2,"manifests":[]}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_tag_that_is_something_else(registry: ScriptedRegistry, asking: Client, content: bytes) -> None:
    registry.put("index", image.INDEX_TYPE, content)
    with pytest.raises(DocumentError) as caught:
        reader(location(registry), lambda: asking)(STAMP, 10_000)
    assert "pyv mirror push" in (caught.value.hint or "")


def test_a_first_manifest_that_is_something_else(registry: ScriptedRegistry, asking: Client) -> None:
    digest = registry.put("x", image.MANIFEST_TYPE, image.dump_manifest(image.ARCHIVES, []).encode())
    listed = image.Descriptor(media_type=image.MANIFEST_TYPE, sha256=digest.removeprefix("sha256:"), size=1)
    registry.put("index", image.INDEX_TYPE, image.dump_index([listed]).encode())
    with pytest.raises(DocumentError, match="is something else's"):
        reader(location(registry), lambda: asking)(STAMP, 10_000)
