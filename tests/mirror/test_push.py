"""A mirror goes to a registry: only what is missing, readable at every moment, never back in time."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pyv.domain import image
from pyv.errors import DocumentError, PyvError, RollbackError, StoreError, TransferError, TrustError
from pyv.index.reading import reader
from pyv.mirror.image import image_of
from pyv.mirror.layout import Mirror
from pyv.mirror.push import Pushed, push, tag_of
from pyv.transfer.client import Client
from pyv.transfer.locations import Location
from pyv.transfer.progress import Silence
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.registry import Asked, ScriptedRegistry
from tests.support.runner import Machine
from tests.transfer.actors import NOWHERE, client

STEM = "+20260814-x86_64-unknown-linux-gnu-install_only_stripped"


class Steps:
    """A watcher that writes the steps down."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, name: str, text: str) -> None:
        self.said.append(f"{name}: {text}")

    def progress(self, name: str) -> Silence:
        assert name
        return Silence()


@pytest.fixture(name="scripted")
def _scripted() -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry() as running:
        yield running


@pytest.fixture(name="asking")
def _asking() -> Iterator[Client]:
    with client() as asking:
        yield asking


@pytest.fixture(name="index")
def _index() -> SignedIndex:
    index = SignedIndex()
    index.add("3.12.2", tiny_archive("3.12.2"))
    index.add("3.13.0", tiny_archive("3.13.0"))
    return index


@pytest.fixture(name="mirror")
def _mirror(index: SignedIndex, tmp_path: Path) -> Mirror:
    return Mirror(index.write(tmp_path / "mirror"))


def bring(
    mirror: Mirror, scripted: ScriptedRegistry, asking: Client, *, jobs: int = 1, dry_run: bool = False
) -> Pushed:
    location = Location.parse(scripted.address, NOWHERE)
    return push(mirror, location, asking, Steps(), jobs=jobs, dry_run=dry_run)


def grown(index: SignedIndex, tmp_path: Path, version: str = "3.12.3") -> Mirror:
    """A copy of the mirror that is one publication ahead."""
    copy = tmp_path / "newer"
    if not copy.exists():
        shutil.copytree(tmp_path / "mirror", copy)
    index.add(version, tiny_archive(version))
    return Mirror(index.write(copy))


def holds(scripted: ScriptedRegistry, mirror: Mirror, asking: Client) -> bool:
    """Whether the registry's index is that of a mirror, and everything it leads to is there."""
    text = scripted.documents[image.TAG][1].decode()
    for listed in image.parse_manifests(text, "index"):
        manifest = scripted.documents[f"sha256:{listed.sha256}"][1].decode()
        for layer in image.parse_layers(manifest, "manifest"):
            assert hashlib.sha256(scripted.blobs[layer.sha256]).hexdigest() == layer.sha256
    read = reader(Location.parse(scripted.address, NOWHERE), lambda: asking)
    return read("metadata/timestamp.json", 10_000) == (mirror.metadata / "timestamp.json").read_bytes()


def test_everything_is_there_before_it_is_named(mirror: Mirror, scripted: ScriptedRegistry, asking: Client) -> None:
    pushed = bring(mirror, scripted, asking)

    assert (pushed.archives.sent, pushed.is_new, holds(scripted, mirror, asking)) == (2, True, True)
    writes = [line for line in scripted.lines if line.startswith("PUT")]
    blobs = "PUT blobs/uploads/…"
    groups = [f"PUT manifests/{tag_of(f'archives.x86_64-unknown-linux-gnu.3.{minor}')}" for minor in (12, 13)]
    ends = ["PUT manifests/part.index", "PUT manifests/sha256:…", "PUT manifests/index"]
    files = len(image_of(mirror).files.parts)
    assert writes == [blobs, blobs, blobs, *groups, *[blobs] * files, *ends]
    assert scripted.blobs[image.EMPTY_DIGEST] == b"{}"
    assert (pushed.files.sent, pushed.files.there) == (files, 0)


def test_nothing_new_is_one_request(machine: Machine, mirror: Mirror, scripted: ScriptedRegistry) -> None:
    machine.pyv("mirror", "push", mirror.path, scripted.address).ok()
    scripted.requests.clear()

    machine.pyv("mirror", "push", mirror.path, scripted.address).shows(
        stderr=f"nothing new: {scripted.address} holds all of it\n"
    )
    assert scripted.lines == ["GET manifests/index"]


def test_what_it_says(machine: Machine, mirror: Mirror, scripted: ScriptedRegistry) -> None:
    size = sum(part.size for group in image_of(mirror).groups for part in group.parts)
    files = len(image_of(mirror).files.parts)
    amount = f"2 archives and {files} files of the index ({size} bytes) to {scripted.address}\n"

    machine.pyv("mirror", "push", mirror.path, scripted.address, "--dry-run").shows(stderr=f"would send {amount}")
    assert (scripted.blobs, scripted.documents, scripted.uploads) == ({}, {}, {})
    machine.pyv("mirror", "push", mirror.path, scripted.address, "-j1").shows(
        stderr=f"cpython-3.12.2{STEM}.tar.gz: sent\ncpython-3.13.0{STEM}.tar.gz: sent\nsent {amount}"
    )
    told = machine.pyv("mirror", "push", mirror.path, scripted.address, "--json").ok().json
    digest = hashlib.sha256(scripted.documents["index"][1]).hexdigest()
    assert told == {
        "schema": 1,
        "place": scripted.address,
        "digest": f"sha256:{digest}",
        "timestamp": 1,
        "snapshot": 1,
        "new": False,
        "dry_run": False,
        "archives": {"sent": 0, "bytes": 0, "there": 0},
        "files": {"sent": 0, "bytes": 0, "there": 0},
        "groups_there": 0,
    }
    machine.pyv("mirror", "push", mirror.path, scripted.address, "--quiet").shows()


def test_only_what_changed_is_asked_for(
    mirror: Mirror, index: SignedIndex, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    bring(mirror, scripted, asking)
    scripted.requests.clear()
    newer = grown(index, tmp_path)
    pushed = bring(newer, scripted, asking)

    assert (pushed.archives.sent, pushed.archives.there, pushed.skipped) == (1, 1, 1)
    asked = {request.path.rpartition(":")[2] for request in scripted.requests if request.method == "HEAD"}
    records = {record.version: record.sha256 for record in index.artifacts}
    assert records["3.13.0"] not in asked, "its group is there, so it is"
    assert {records["3.12.2"], records["3.12.3"]} < asked
    assert holds(scripted, newer, asking)


def test_an_older_mirror_is_refused(
    machine: Machine, mirror: Mirror, index: SignedIndex, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    newer = grown(index, tmp_path)
    bring(newer, scripted, asking)

    machine.pyv("mirror", "push", mirror.path, scripted.address).shows(
        status=4,
        stderr=f"pyv: {scripted.address} holds a newer index than this mirror: timestamp 2 and snapshot 2 there, "
        "1 and 1 here\nhint: bring this mirror up to date, and push that; clients that saw the newer one refuse an "
        "older\n",
    )
    assert holds(scripted, newer, asking)


def test_another_index_is_not_written_over(
    mirror: Mirror, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    other = SignedIndex()
    other.add("3.12.9", tiny_archive("3.12.9"))
    bring(mirror, scripted, asking)

    with pytest.raises(TrustError, match="holds another index"):
        bring(Mirror(other.write(tmp_path / "other")), scripted, asking)
    assert holds(scripted, mirror, asking)


@pytest.mark.parametrize("content", [b"{}", b'{"schemaVersion":2,"manifests":[]}', b"no JSON"])
def test_what_is_no_mirror_is_not_written_over(
    mirror: Mirror, scripted: ScriptedRegistry, asking: Client, content: bytes
) -> None:
    scripted.put("index", image.INDEX_TYPE, content)

    with pytest.raises(DocumentError) as caught:
        bring(mirror, scripted, asking)
    assert "pyv mirror push" in (caught.value.hint or "")
    assert scripted.documents["index"][1] == content


def test_a_push_that_breaks_anywhere_leaves_the_old_index_and_is_finished_by_the_next(
    mirror: Mirror, index: SignedIndex, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    bring(mirror, scripted, asking)
    before = dict(scripted.blobs)
    newer = grown(index, tmp_path)
    broken, sent = 0, 0
    while not holds(scripted, newer, asking):
        assert holds(scripted, mirror, asking), f"after {broken} breaks"
        scripted.faults["PUT"] = [""] * broken + ["403"]
        scripted.requests.clear()
        with suppress(TransferError):
            bring(newer, scripted, asking)
        sent += scripted.lines.count("PUT blobs/uploads/…")
        broken += 1
        assert broken < 40

    assert broken > 5, "it broke at the blobs, the manifests and the index"
    changed = len({part.sha256 for group in image_of(newer).groups for part in group.parts} - set(before))
    assert sent < changed + broken, "what was there was not sent again"


def test_what_the_registry_lost_is_sent_again(
    mirror: Mirror, index: SignedIndex, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    """Its index says more than there is: garbage collection, or a disk that was restored."""
    bring(mirror, scripted, asking)
    lost = image_of(mirror).groups[2]
    del scripted.documents[f"sha256:{lost.document.sha256}"]
    scripted.blobs.pop(lost.parts[0].sha256)
    newer = grown(index, tmp_path)

    bring(newer, scripted, asking)
    assert holds(scripted, newer, asking)


def test_an_index_nobody_can_read_any_more_is_replaced(
    mirror: Mirror, index: SignedIndex, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    bring(mirror, scripted, asking)
    del scripted.documents[f"sha256:{image_of(mirror).files.document.sha256}"]
    newer = grown(index, tmp_path)

    bring(newer, scripted, asking)
    assert holds(scripted, newer, asking)


def test_somebody_who_was_faster_with_a_newer_one_wins(
    mirror: Mirror, index: SignedIndex, scripted: ScriptedRegistry, asking: Client, tmp_path: Path
) -> None:
    newer = grown(index, tmp_path)

    def meanwhile(asked: Asked) -> None:
        if asked.line == "PUT manifests/sha256:…":
            scripted.before = lambda _: None
            with client() as another:
                bring(newer, scripted, another)

    scripted.before = meanwhile
    with pytest.raises(RollbackError):
        bring(mirror, scripted, asking)
    assert holds(scripted, newer, asking)


def test_several_at_once_send_the_same(mirror: Mirror, scripted: ScriptedRegistry, asking: Client) -> None:
    assert bring(mirror, scripted, asking, jobs=8).archives.sent == 2
    assert holds(scripted, mirror, asking)


def test_credentials_serve_and_are_not_told(
    machine: Machine, mirror: Mirror, scripted: ScriptedRegistry, asking: Client
) -> None:
    scripted.wants = "bearer"
    address = scripted.address.replace("//", "//operator:s3cret@")
    run = machine.pyv("mirror", "push", mirror.path, address, "--json").ok()
    assert run.json["place"] == scripted.address
    scripted.login = ("operator", "another")
    failed = machine.pyv("mirror", "push", mirror.path, address).fails(5, "does not accept the credentials from the")
    assert "s3cret" not in run.stdout + run.stderr + failed.stderr
    for path in (mirror.path / ".pyv").rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes()


def test_places_that_will_not_do(machine: Machine, mirror: Mirror, tmp_path: Path) -> None:
    machine.pyv("mirror", "push", mirror.path, "http://127.0.0.1:1/x").fails(2, "is no registry", "oci://HOST/")
    machine.pyv("mirror", "push", tmp_path, "oci://127.0.0.1:1/x").fails(7, "is not a mirror", "pyv mirror init")
    assert not (tmp_path / ".pyv").exists()
    machine.pyv("mirror", "push", mirror.path, "oci://127.0.0.1:1/x").fails(5, "the connection was refused")


def test_a_blob_that_goes_missing_ends_it(mirror: Mirror, scripted: ScriptedRegistry, asking: Client) -> None:
    (archive, *_) = image_of(mirror).archives
    coming = mirror.blob(archive)

    def gone(asked: Asked) -> None:
        if asked.method == "POST" and coming.exists():
            coming.unlink()

    scripted.before = gone
    with pytest.raises((StoreError, PyvError), match=archive):
        bring(mirror, scripted, asking)
    assert "index" not in scripted.documents


def test_tags_are_tags_and_never_the_index() -> None:
    assert tag_of("index") == "part.index"
    assert tag_of("archives.x86_64-unknown-linux-gnu.3.12") == "part.archives.x86_64-unknown-linux-gnu.3.12"
    odd = [tag_of("a/b"), tag_of("a b"), tag_of("x" * 300), tag_of("x" * 301)]
    assert len(set(odd)) == 4
    assert all(len(tag) <= 128 and "/" not in tag and " " not in tag for tag in odd)


def test_documents_are_what_the_image_says(mirror: Mirror, scripted: ScriptedRegistry, asking: Client) -> None:
    bring(mirror, scripted, asking)
    assert json.loads(scripted.documents["index"][1])["mediaType"] == scripted.documents["index"][0]
    assert {kind for kind, _ in scripted.documents.values()} == {image.INDEX_TYPE, image.MANIFEST_TYPE}
