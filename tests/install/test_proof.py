"""Where a proof comes from, and when there is none: records by digest, receipts without signatures, files in the way."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.errors import DigestError, PyvError, RequestError, ResolutionError, SignatureError, StoreError, UnknownKeyError
from pyv.install.proof import proof_of, record_of_archive, write_proof
from pyv.trust.keys import KeyList
from tests.support.index import SignedIndex

APPLE = "aarch64-apple-darwin"


@pytest.fixture
def index() -> SignedIndex:
    """One archive for each of two machines."""
    found = SignedIndex()
    found.add("3.12.2", b"linux")
    found.add("3.12.2", b"apple", triple=APPLE)
    return found


class Manifests:
    """What is asked of an index, and what it answers."""

    def __init__(self, index: SignedIndex) -> None:
        self.index = index
        self.asked: list[str] = []

    def __call__(self, triple: str) -> list[Artifact] | None:
        self.asked.append(triple)
        return [artifact for artifact in self.index.artifacts if artifact.triple == triple] or None


def fails(kind: type[PyvError], message: str, archive: Path, index: SignedIndex) -> None:
    with pytest.raises(PyvError) as caught:
        record_of_archive(archive, Manifests(index), "own")
    assert (type(caught.value), caught.value.message) == (kind, message)


@pytest.mark.parametrize("quoted", [False, True])
def test_the_name_says_where_to_look_first(index: SignedIndex, tmp_path: Path, quoted: bool) -> None:
    linux, apple = index.artifacts
    for artifact, content in ((linux, b"linux"), (apple, b"apple")):
        name = artifact.file_name.replace("+", "%2B") if quoted else artifact.file_name
        (tmp_path / name).write_bytes(content)
        manifests = Manifests(index)
        assert record_of_archive(tmp_path / name, manifests, "own") == artifact
        assert manifests.asked == [artifact.triple]


def test_a_name_of_ones_own(index: SignedIndex, tmp_path: Path) -> None:
    """Only the bytes count."""
    (tmp_path / "python.tar.gz").write_bytes(b"apple")
    assert record_of_archive(tmp_path / "python.tar.gz", Manifests(index), "own") == index.artifacts[1]


def test_the_name_of_another_triple(index: SignedIndex, tmp_path: Path) -> None:
    """A name that states a triple is looked for there alone, and the bytes are not what it says."""
    archive = tmp_path / index.artifacts[0].file_name
    archive.write_bytes(b"apple")
    fails(DigestError, f"{archive} is not the archive the own index has under its name", archive, index)


def test_no_record(index: SignedIndex, tmp_path: Path) -> None:
    archive = tmp_path / "python.tar.gz"
    archive.write_bytes(b"nobody's")
    fails(ResolutionError, f"the own index has no record of {archive}", archive, index)


def test_damaged_archive(index: SignedIndex, tmp_path: Path) -> None:
    archive = tmp_path / index.artifacts[0].file_name
    archive.write_bytes(b"linuX")
    fails(DigestError, f"{archive} is not the archive the own index has under its name", archive, index)


def test_no_archive(index: SignedIndex, tmp_path: Path) -> None:
    fails(RequestError, f"there is no archive {tmp_path}/gone.tar.gz", tmp_path / "gone.tar.gz", index)
    fails(RequestError, f"{tmp_path} is not a file", tmp_path, index)
    os.mkfifo(tmp_path / "pipe")
    fails(RequestError, f"{tmp_path}/pipe is not a file", tmp_path / "pipe", index)
    (tmp_path / "loop").symlink_to("loop")
    fails(StoreError, f"cannot read {tmp_path}/loop: too many levels of symbolic links", tmp_path / "loop", index)


def test_nothing_unverified_is_written(index: SignedIndex) -> None:
    artifact = index.artifacts[0]
    assert json.loads(proof_of(artifact, index.keys, 0.0))["signatures"][0]["sig"] == artifact.signature
    with pytest.raises(SignatureError):
        proof_of(replace(artifact, sha256="0" * 64), index.keys, 0.0)
    with pytest.raises(UnknownKeyError):
        proof_of(artifact, KeyList(), 0.0)


def test_a_file_in_the_way(index: SignedIndex, tmp_path: Path) -> None:
    path = tmp_path / "a.proof"
    text = proof_of(index.artifacts[0], index.keys, 0.0)
    write_proof(path, text)
    write_proof(path, text)
    assert path.read_text() == text
    assert os.listdir(tmp_path) == ["a.proof"]
    for content in (text[:-2] + "]\n", "", text + text):
        path.write_text(content)
        with pytest.raises(StoreError) as caught:
            write_proof(path, text)
        assert caught.value.message == f"{path} exists, and is another file"
        assert path.read_text() == content
    path.unlink()
    for make in (os.mkfifo, os.mkdir, lambda place: place.symlink_to("nowhere")):
        make(path)
        with pytest.raises(StoreError, match="is another file"):
            write_proof(path, text)
        os.rmdir(path) if path.is_dir() else path.unlink()


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*/gone/a.proof: no such file or directory"):
        write_proof(tmp_path / "gone" / "a.proof", "x")
