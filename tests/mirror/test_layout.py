"""The tree of a mirror, and how it is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.domain.manifest import dump_manifest
from pyv.errors import DocumentError, StoreError
from pyv.mirror.layout import Mirror, write_documents
from pyv.trust.keys import dump_key_list
from tests.support.index import LINUX, SignedIndex


def test_what_is_published_is_what_the_fixture_lays_out(tmp_path: Path) -> None:
    index = SignedIndex()
    index.add("3.12.2", b"archive")
    written = index.write(tmp_path / "fixture")
    mirror = Mirror(tmp_path / "published")
    mirror.create()
    assert write_documents(mirror, {LINUX: index.artifacts}, index.keys) == [LINUX]
    for name in (f"targets/manifest/{LINUX}.json", "targets/trust/artifact-keys.json"):
        assert (mirror.path / name).read_bytes() == (written / name).read_bytes()
    assert mirror.read_manifest(LINUX) == index.artifacts
    assert mirror.read_keys() == index.keys
    assert mirror.triples() == [LINUX]


def test_what_did_not_change_is_not_touched(tmp_path: Path) -> None:
    index = SignedIndex()
    index.add("3.12.2", b"archive")
    mirror = Mirror(index.write(tmp_path))
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*.json")}
    assert write_documents(mirror, {LINUX: index.artifacts}, index.keys) == []
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*.json")} == before


def test_a_changed_manifest_is_another_file(tmp_path: Path) -> None:
    index = SignedIndex()
    index.add("3.12.2", b"archive")
    mirror = Mirror(index.write(tmp_path))
    with mirror.manifest(LINUX).open(encoding="ascii") as reader:
        index.add("3.12.3", b"another")
        assert write_documents(mirror, {LINUX: index.artifacts}, index.keys) == [LINUX]
        assert reader.read() == dump_manifest(LINUX, index.artifacts[:1])
    assert mirror.read_manifest(LINUX) == index.artifacts
    assert mirror.triples() == [LINUX]


def test_a_triple_without_manifest_has_no_records(tmp_path: Path) -> None:
    assert Mirror(SignedIndex().write(tmp_path)).read_manifest(LINUX) == []


def test_a_directory_without_key_list_is_no_mirror(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Mirror(tmp_path).read_keys()
    assert (caught.value.message, caught.value.hint) == (
        f"{tmp_path} is not a mirror",
        "make one with `pyv mirror init`",
    )


def test_a_document_that_is_not_ascii_is_refused(tmp_path: Path) -> None:
    mirror = Mirror(SignedIndex().write(tmp_path))
    mirror.key_list.write_text('{"format":1,"keys":[],"é":1}', encoding="utf-8")
    with pytest.raises(DocumentError, match="not ASCII"):
        mirror.read_keys()


def test_a_document_without_end_is_not_read_whole(tmp_path: Path) -> None:
    mirror = Mirror(SignedIndex().write(tmp_path))
    mirror.key_list.write_text(dump_key_list(SignedIndex().keys) + " " * 1024 * 1024)
    with pytest.raises(DocumentError, match="larger than 1,048,576 bytes"):
        mirror.read_keys()
