"""What has to grow no faster than a mirror does. Counted is what is read, checked and published, not how long it takes."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.revocation import Revocation, Revocations
from pyv.errors import TrustError
from pyv.index.reading import PACK, PACK_BYTES
from pyv.mirror.add import add
from pyv.mirror.generation import Generation, packed, read_generation
from pyv.mirror.init import init
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.publisher import publish
from pyv.mirror.working import check_working, contents
from pyv.store.lock import locked
from tests.install.scene import HERE, serve_index
from tests.mirror.facts import LINUX
from tests.support.archives import tiny_archive
from tests.support.copied import published_with
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

NOW = time.time()


@pytest.fixture(name="keys")
def _keys(tmp_path: Path) -> KeyDirectory:
    return KeyDirectory(path=tmp_path / "keys")


@pytest.fixture(name="mirror")
def _mirror(tmp_path: Path, keys: KeyDirectory) -> Mirror:
    return Mirror(init(tmp_path / "mirror", keys, NOW).directory)


def archives(directory: Path, *builds: str) -> list[Path]:
    found = []
    for build in builds:
        path = directory / f"cpython-3.12.2+{build}-{LINUX}-install_only.tar.gz"
        path.write_bytes(tiny_archive("3.12.2", extra={"lib/build": build.encode()}))
        found.append(path)
    return found


def current(mirror: Mirror) -> Generation:
    found = read_generation(mirror)
    assert found is not None
    return found


def signed(keys: KeyDirectory, *builds: str) -> list[Artifact]:
    key = keys.artifact_key()
    of = Artifact(version="3.12.2", triple=LINUX, flavor="install_only", build="", sha256="")
    return [key.sign_record(replace(of, build=each, sha256=each * 8)) for each in builds]


def test_many_archives_are_one_publication(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    before = current(mirror)
    added = add(mirror.path, archives(tmp_path, *(f"202402{day}" for day in range(10, 22))), keys, now=NOW)
    assert all(each.added for each in added)
    assert len({id(each.published) for each in added}) == 1
    assert current(mirror).snapshot.version == before.snapshot.version + 1
    assert len(mirror.read_manifest(LINUX)) == len(added) == 12
    assert not list(mirror.work.staging.iterdir())


def test_what_was_judged_before_one_that_is_refused_is_in(tmp_path: Path, mirror: Mirror, keys: KeyDirectory) -> None:
    first, second = archives(tmp_path, "20240210", "20240211")
    again = tmp_path / "elsewhere" / first.name
    again.parent.mkdir()
    again.write_bytes(second.read_bytes())
    with pytest.raises(TrustError, match="with other bytes"):
        add(mirror.path, [first, again, second], keys, now=NOW)
    (record,) = mirror.read_manifest(LINUX)
    assert mirror.blob(record.sha256).read_bytes() == first.read_bytes()
    assert [path.name for path in mirror.blobs.iterdir()] == [record.sha256]
    assert not check_working(mirror, current(mirror).targets, NOW)
    assert not list(mirror.work.staging.iterdir())


def test_only_new_records_are_checked(mirror: Mirror, keys: KeyDirectory) -> None:
    def written(*builds: str) -> int:
        write_documents(mirror, {LINUX: signed(keys, *builds)}, mirror.read_keys())
        return check_working(mirror, current(mirror).targets, NOW)

    many = [f"202402{day}" for day in range(10, 29)]
    assert written(*many) == 19
    with locked(mirror.lock):
        publish(mirror, keys, NOW)
    assert written(*many) == 0
    assert written(*many, "20240301") == 1
    assert written(*many[1:]) == 0


def test_what_was_published_is_no_excuse_for_what_was_changed(mirror: Mirror, keys: KeyDirectory) -> None:
    records = signed(keys, "20240210", "20240211")
    write_documents(mirror, {LINUX: records}, mirror.read_keys())
    with locked(mirror.lock):
        publish(mirror, keys, NOW)
    published = current(mirror).targets
    write_documents(mirror, {LINUX: [records[0], replace(records[1], size=1)]}, mirror.read_keys())
    with pytest.raises(TrustError, match="was altered after it was signed"):
        check_working(mirror, published, NOW)
    write_documents(mirror, {LINUX: records[:1]}, replace(mirror.read_keys(), keys=()))
    with pytest.raises(TrustError, match="which this index does not name"):
        check_working(mirror, published, NOW)


def test_a_published_manifest_that_was_damaged_vouches_for_nothing(mirror: Mirror, keys: KeyDirectory) -> None:
    records = signed(keys, "20240210", "20240211")
    write_documents(mirror, {LINUX: records[:1]}, mirror.read_keys())
    with locked(mirror.lock):
        publish(mirror, keys, NOW)
    write_documents(mirror, {LINUX: [replace(records[0], signature=records[1].signature)]}, mirror.read_keys())
    (named,) = mirror.manifests.glob(f"*.{LINUX}.json")
    named.write_bytes(mirror.manifest(LINUX).read_bytes())
    with pytest.raises(TrustError, match="was altered after it was signed"):
        check_working(mirror, current(mirror).targets, NOW)


def test_documents_are_read_one_by_one_and_as_they_were_published(mirror: Mirror) -> None:
    found = contents(mirror, {"held": b"here"})
    targets = current(mirror).targets
    assert set(found) == {*targets.values(), "held"}
    assert len(found) == len(targets) + 1
    mirror.key_list.write_text("{}\n")
    assert found["held"] == b"here"
    assert found.get(targets["trust/artifact-keys.json"]) is None
    assert contents(mirror)[targets["trust/artifact-keys.json"]].startswith(b'{"format":1,"keys":[')


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Revocation):
    """An entry that notes who looks at it."""

    asked: list[str]

    def hits(self, artifact: Artifact) -> bool:
        self.asked.append(self.sha256)
        return Revocation.hits(self, artifact)


def test_a_record_is_held_to_the_entries_about_it_alone() -> None:
    asked: list[str] = []
    digests = [f"{number:064}" for number in range(1000)]
    listed = Revocations(
        tuple(Asked(action="block", sha256=each, reason=each, date="2026-01-01", asked=asked) for each in digests)
    )
    record = Artifact(version="3.12.2", triple=LINUX, flavor="full", build="20240224", sha256=digests[500])
    found = listed.of(record)
    assert found is not None
    assert found.reason == digests[500]
    assert listed.of(replace(record, sha256="f" * 64)) is None
    assert asked == [digests[500]]


def test_a_pack_holds_no_more_than_clients_read() -> None:
    files = {"small": b"a", "large": b'"' * (PACK_BYTES // 3), "larger": b'"' * (PACK_BYTES // 3 + 1)}
    content = packed(files)
    assert len(content) <= PACK_BYTES
    assert b'"small"' in content
    assert b'"large"' in content
    assert b'"larger"' not in content


def test_a_long_list_of_revocations_reaches_clients_beside_the_pack(
    machine: Machine, server: Server, mirror: Mirror, keys: KeyDirectory
) -> None:
    reason = '"' * 1500  # two bytes each in the list, four in the pack
    entries = tuple(
        Revocation(action="block", sha256=f"{number:064}", reason=reason, date="2026-01-01") for number in range(800)
    )
    mirror.write_revocations(Revocations(entries))
    with locked(mirror.lock):
        publish(mirror, keys, NOW)
    assert (mirror.path / PACK).stat().st_size < PACK_BYTES
    address = serve_index(server, mirror.path)
    machine.pyv("trust", "add", address, "--yes").ok()
    machine.pyv("index", "refresh", "--index", address).ok()


def test_the_embedded_index_may_be_as_large_as_any(machine: Machine, tmp_path: Path) -> None:
    index = SignedIndex()
    record = Artifact(version="3.12.2", triple=HERE, flavor="install_only", build="20240224", sha256="ab" * 32)
    index.artifacts.append(index.key.sign_record(replace(record, extra={"z": "x" * 17 * 1024 * 1024})))
    tree = index.write(tmp_path / "index")
    user = published_with(machine, tree, tmp_path / "copy")
    user.pyv("index", "refresh", "--index", tree).ok()
    assert "3.12.2" in user.pyv("available", "--all", "--index", tree).ok().stdout
