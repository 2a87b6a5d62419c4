"""From facts to a signed index: the same bytes for the same input, and nothing unverified kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyv.errors import DocumentError, SignatureError, StoreError, TrustError, UnknownKeyError
from pyv.mirror.build import build_index, extend_index
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.trust.keys import KeyList
from pyv.trust.record import verify_record
from pyv.trust.signing import SigningKey
from tests.mirror.facts import LINUX, NOW, fact
from tests.mirror.keyring import keyring
from tests.trust.vector import golden_key

ARM = "aarch64-unknown-linux-gnu"
FACTS = [fact(), fact("3.12.8"), fact(triple=ARM), fact("3.13.2", "full", "debug"), fact("3.13.3", sha256=None)]


@pytest.fixture(name="golden")
def _golden(tmp_path_factory: pytest.TempPathFactory) -> KeyDirectory:
    return keyring(tmp_path_factory.mktemp("keys"), golden_key())


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_every_record_is_signed_and_verifies(tmp_path: Path, golden: KeyDirectory) -> None:
    key = golden_key()
    result = build_index(FACTS, golden, tmp_path, NOW)
    assert result.records == {ARM: 1, LINUX: 3}
    assert (result.signed, result.changed) == (4, (ARM, LINUX))
    mirror = Mirror(tmp_path)
    assert mirror.read_keys() == KeyList(keys=(key.public_key,))
    for triple in mirror.triples():
        for artifact in mirror.read_manifest(triple):
            assert verify_record(artifact, mirror.read_keys(), NOW) == key.public_key


def test_the_same_facts_and_key_give_the_same_bytes(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index(FACTS, golden, tmp_path / "one", NOW)
    build_index(reversed(FACTS), golden, tmp_path / "two", NOW)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    plain = {name for name in files(tmp_path / "one") if name.startswith("targets/") and name.count(".") == 1}
    assert plain == {
        f"targets/manifest/{ARM}.json",
        f"targets/manifest/{LINUX}.json",
        "targets/revocations/revocations.json",
        "targets/trust/artifact-keys.json",
    }


def test_the_bytes_of_a_manifest_are_golden(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index([fact(size=12, sha256="ab" * 32)], golden, tmp_path, NOW)
    head, record = Mirror(tmp_path).manifest(LINUX).read_text().splitlines()
    assert head == f'{{"format":1,"triple":"{LINUX}"}}'
    assert record == (
        f'{{"b":"20241206","f":"install_only","h":"{"ab" * 32}","i":"cpython",'
        '"k":"63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6fd18e9235b9","n":12,'
        '"s":"bTj9uVGl2zhpwgcaKpABBz2XIqGXvIP+ifDCkoWdD7oNCnwT+jLcMVYrj3UfOZXM5BV17EFgk8/pc8pXW4TWAw==",'
        f'"t":"{LINUX}","v":"3.13.1","x":""}}'
    )


def test_a_manifest_that_says_the_same_is_not_touched(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index(FACTS, golden, tmp_path, NOW)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*.json")}
    assert build_index(FACTS, golden, tmp_path, NOW).changed == ()
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*.json")} == before


def test_metadata_that_cannot_be_read_is_never_replaced(tmp_path: Path, golden: KeyDirectory) -> None:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "1.root.json").write_text("{}")
    with pytest.raises(DocumentError, match=r"1\.root\.json: not TUF metadata"):
        build_index(FACTS, golden, tmp_path, NOW)
    assert (tmp_path / "metadata" / "1.root.json").read_text() == "{}"


def test_manifests_of_triples_that_are_gone_go(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index(FACTS, golden, tmp_path, NOW)
    build_index([fact()], golden, tmp_path, NOW)
    assert Mirror(tmp_path).triples() == [LINUX]


def test_contradicting_facts_publish_nothing(tmp_path: Path, golden: KeyDirectory) -> None:
    with pytest.raises(DocumentError, match="two facts name"):
        build_index([fact(), fact(sha256="cd" * 32)], golden, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == []


def test_extending_keeps_what_is_there_and_signs_the_rest(tmp_path: Path, golden: KeyDirectory) -> None:
    old, new = golden_key(), SigningKey.generate()
    build_index(FACTS, golden, tmp_path, NOW)
    (golden.path / "artifact.pem").write_bytes(new.to_pem())
    before = Mirror(tmp_path).read_manifest(LINUX)
    result = extend_index([fact("3.13.4"), fact()], golden, tmp_path, NOW)
    assert (result.records, result.signed, result.changed) == ({ARM: 1, LINUX: 4}, 1, (LINUX,))
    after = Mirror(tmp_path).read_manifest(LINUX)
    assert [artifact for artifact in after if artifact in before] == before
    keys = Mirror(tmp_path).read_keys()
    assert {key.keyid for key in keys.keys} == {old.public_key.keyid, new.public_key.keyid}
    assert {verify_record(artifact, keys, NOW).keyid for artifact in after} == {key.keyid for key in keys.keys}


def test_extending_by_nothing_changes_nothing(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index(FACTS, golden, tmp_path, NOW)
    before = files(tmp_path)
    assert extend_index(FACTS, golden, tmp_path, NOW).signed == 0
    assert files(tmp_path) == before


def test_extending_refuses_an_index_that_does_not_verify(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index(FACTS, golden, tmp_path, NOW)
    manifest = Mirror(tmp_path).manifest(LINUX)
    manifest.write_text(manifest.read_text().replace('"v":"3.12.8"', '"v":"3.12.9"'))
    before = files(tmp_path)
    with pytest.raises(SignatureError, match="was altered after it was signed"):
        extend_index([fact("3.13.4")], golden, tmp_path, NOW)
    assert files(tmp_path) == before


def test_extending_refuses_records_of_a_foreign_key(tmp_path: Path, golden: KeyDirectory) -> None:
    others = keyring(tmp_path.with_name("others"), SigningKey.generate())
    build_index(FACTS, others, tmp_path, NOW)
    mirror = Mirror(tmp_path)
    write_documents(mirror, {}, KeyList(keys=(golden_key().public_key,)))
    with pytest.raises(UnknownKeyError, match="does not name"):
        extend_index([fact("3.13.4")], golden, tmp_path, NOW)


def test_extending_refuses_other_bytes_under_a_known_name(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index(FACTS, golden, tmp_path, NOW)
    with pytest.raises(DocumentError, match=r"the index has cpython-3\.13\.1"):
        extend_index([fact(sha256="cd" * 32)], golden, tmp_path, NOW)


def test_a_revoked_key_signs_nothing_more(tmp_path: Path, golden: KeyDirectory) -> None:
    build_index([], golden, tmp_path, NOW)
    revoked = replace(golden_key().public_key, revoked=True)
    write_documents(Mirror(tmp_path), {}, KeyList(keys=(revoked,)))
    with pytest.raises(TrustError) as caught:
        extend_index(FACTS, golden, tmp_path, NOW)
    assert caught.value.message == "nothing more can be signed by key 63d00ee3cf4f5c61, which has been revoked"


def test_there_must_be_an_index_to_extend(tmp_path: Path, golden: KeyDirectory) -> None:
    with pytest.raises(StoreError, match="is not a mirror"):
        extend_index(FACTS, golden, tmp_path, NOW)
