"""Policy from outside: what `config.toml` of a person and of a project demand of an installation."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.install.process import Processes, ended, until
from tests.install.scene import HERE, big_tar, blob_path, index_of, receipt_of, serve_index, trust
from tests.support.copied import published_with
from tests.support.index import SignedIndex
from tests.support.repository import Repository
from tests.support.runner import Machine
from tests.support.server import Server

DAY = 86400


@pytest.fixture
def index() -> SignedIndex:
    return index_of("3.11.9", "3.12.1", "3.13.0")


@pytest.fixture
def mirror(machine: Machine, index: SignedIndex, tmp_path: Path) -> Path:
    trust(machine, index)
    return index.write(tmp_path / "mirror")


def demand(machine: Machine, text: str, project: str = "") -> None:
    """Write the person's policy, and the project's."""
    machine.root.mkdir(parents=True, exist_ok=True)
    (machine.root / "config.toml").write_text(f"[policy]\n{text}\n")
    if project:
        (machine.cwd / "pyv.toml").write_text(f"[policy]\n{project}\n")


def test_level_of_the_embedded_index_is_not_fresh(machine: Machine) -> None:
    demand(machine, 'level = "index-fresh"')
    run = machine.pyv("install", "3.12.2", "--dry-run")
    run.fails(4, "`artifact-signature`", "config.toml demands `index-fresh`", "hint: name an index")


def test_level_of_a_refreshed_index(machine: Machine, mirror: Path) -> None:
    demand(machine, 'level = "index-fresh"')
    machine.pyv("install", "3.12", "--index", mirror).ok()
    assert receipt_of(machine, "3.12.1").level == "index-fresh"


def test_level_of_a_local_archive(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """A digest somebody typed is the lowest level there is."""
    record = index.artifacts[1]
    archive = machine.cwd / f"{record.name}.tar.gz"
    archive.write_bytes(index.blobs[record.sha256])
    demand(machine, "", project='level = "artifact-signature"')
    run = machine.pyv("install", f"./{archive.name}", "--sha256", record.sha256)
    run.fails(4, "`sha256`", "pyv.toml demands `artifact-signature`", "--proof")
    (machine.cwd / "pyv.toml").unlink()
    machine.pyv("install", f"./{archive.name}", "--sha256", record.sha256).ok()
    assert receipt_of(machine, "3.12.1").level == "sha256"


def test_versions(machine: Machine, mirror: Path) -> None:
    demand(machine, 'versions = ">=3.12"', project='versions = "<3.13"')
    machine.pyv("install", "3", "--index", mirror).ok()
    assert receipt_of(machine, "3.12.1").request == "3"
    run = machine.pyv("install", "3.13.0", "--index", mirror)
    run.fails(4, "it is 3.13.0", "pyv.toml allows `<3.13`")
    machine.pyv("install", "3.11", "--index", mirror).fails(4, "it is 3.11.9", "config.toml allows `>=3.12`")


def test_triples(machine: Machine, mirror: Path) -> None:
    demand(machine, 'triples = ["aarch64-apple-darwin"]')
    machine.pyv("install", "3.12", "--index", mirror).fails(4, f"it is built for {HERE}", "allows aarch64-apple-darwin")


def test_cool_down_chooses_what_is_old_enough_and_says_so(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.1")
    new = time.strftime("%Y%m%d", time.gmtime(time.time() - 3 * DAY))
    index.add("3.12.2", index.blobs[index.artifacts[0].sha256] + b"\0" * 512, triple=HERE, build=new)
    trust(machine, index)
    mirror = index.write(tmp_path / "mirror")
    demand(machine, 'minimum_release_age = "14d"')
    run = machine.pyv("install", "3.12", "--index", mirror).ok()
    assert f"passed over 3.12.2+{new}" in run.stderr
    assert "demands an age of 14d" in run.stderr
    assert receipt_of(machine, "3.12.1").artifact.build == "20260814"
    machine.pyv("install", "3.12.2", "--index", mirror).fails(4, f"build {new} is 2d old", "demands an age of 14d")


@pytest.fixture
def old(machine: Machine, tmp_path: Path) -> Machine:
    """A machine whose pyv was published a year ago: before that no metadata can lead back."""
    index = SignedIndex(repository=Repository(now=time.time() - 365 * DAY))
    return published_with(machine, index.write(tmp_path / "embedded"), tmp_path / "copy")


def stale(days: float) -> SignedIndex:
    """An index whose timestamp expired so many days ago."""
    repository = Repository(now=time.time() - (14 + days) * DAY)
    return index_of("3.12.1", index=SignedIndex(repository=repository))


def test_expired_is_refused(old: Machine, tmp_path: Path) -> None:
    index = stale(2)
    trust(old, index)
    mirror = index.write(tmp_path / "mirror")
    run = old.pyv("install", "3.12", "--index", mirror)
    run.fails(4, "the index has expired: its timestamp was good until", "max_staleness", "--max-staleness")


@pytest.mark.parametrize("by", ["person", "option"])
def test_expired_as_policy_allows_is_verified_and_labelled(old: Machine, tmp_path: Path, by: str) -> None:
    index = stale(2)
    trust(old, index)
    mirror = index.write(tmp_path / "mirror")
    options = ["--max-staleness", "3d"] if by == "option" else []
    if by == "person":
        demand(old, 'max_staleness = "3d"')
    old.pyv("install", "3.12", "--index", mirror, *options).ok()
    receipt = receipt_of(old, "3.12.1")
    assert 2 * DAY <= receipt.index_stale < 2 * DAY + 600
    assert receipt.level == "artifact-signature", "it is not fresh"


def test_expired_longer_than_policy_allows(old: Machine, tmp_path: Path) -> None:
    index = stale(4)
    trust(old, index)
    mirror = index.write(tmp_path / "mirror")
    demand(old, 'max_staleness = "3d"')
    old.pyv("install", "3.12", "--index", mirror).fails(4, "the index has expired")


def test_a_project_allows_no_staleness_and_may_forbid_it(old: Machine, tmp_path: Path) -> None:
    index = stale(2)
    trust(old, index)
    mirror = index.write(tmp_path / "mirror")
    demand(old, "", project='max_staleness = "30d"')
    old.pyv("install", "3.12", "--index", mirror).fails(4, "the index has expired")
    demand(old, 'max_staleness = "3d"', project='max_staleness = "1d"')
    old.pyv("install", "3.12", "--index", mirror).fails(4, "the index has expired")


def test_stale_metadata_does_not_meet_a_level_of_fresh(old: Machine, tmp_path: Path) -> None:
    index = stale(2)
    trust(old, index)
    mirror = index.write(tmp_path / "mirror")
    demand(old, 'level = "index-fresh"\nmax_staleness = "3d"')
    old.pyv("install", "3.12", "--index", mirror).fails(4, "`index-fresh`")


def test_stale_metadata_is_still_verified(old: Machine, tmp_path: Path) -> None:
    index = stale(2)
    trust(old, index)
    thief = SignedIndex(repository=Repository(now=index.repository.now))
    thief.key, thief.artifacts, thief.blobs = index.key, index.artifacts, index.blobs
    index.write(tmp_path / "mirror")
    forged = thief.repository
    thief.write(tmp_path / "forged")
    (tmp_path / "mirror/metadata/timestamp.json").write_bytes(forged.files["metadata/timestamp.json"])
    run = old.pyv("install", "3.12", "--index", tmp_path / "mirror", "--max-staleness", "30d")
    run.fails(4, "timestamp")


def test_staleness_leads_back_to_no_time_before_this_pyv(machine: Machine, tmp_path: Path) -> None:
    index = SignedIndex(repository=Repository(now=time.time() - DAY))
    new = published_with(machine, index.write(tmp_path / "embedded"), tmp_path / "copy")
    old = stale(2)
    trust(new, old)
    mirror = old.write(tmp_path / "mirror")
    run = new.pyv("install", "3.12", "--index", mirror, "--max-staleness", "30d")
    run.fails(4, "the index has expired", "max_staleness leads back no further than to", "when this pyv was published")


@pytest.mark.parametrize("first", [True, False])
def test_verify_before_extract(
    machine: Machine, server: Server, processes: Processes, tmp_path: Path, first: bool
) -> None:
    """Nothing is unpacked while the archive is still coming; without the policy, it is, into private staging."""
    index = SignedIndex()
    record = index.add("3.12.2", big_tar(files=60).gz(), triple=HERE)
    trust(machine, index)
    address = serve_index(server, index.write(tmp_path / "mirror"))
    body = index.blobs[record.sha256]
    server.put(blob_path(record), body, drip=(len(body) // 8, 0.1))
    demand(machine, f"verify_before_extract = {str(first).lower()}")
    process = processes.start(machine, "install", "3.12.2", "--index", address)
    root = Root(machine.root)
    assert until(lambda: list(root.staging.glob("*/prefix/lib")), process), ended(process)
    fetched = sum(path.stat().st_size for path in root.partial.glob(record.sha256))
    assert (fetched == len(body)) == first, f"{fetched} of {len(body)} bytes were there when extraction began"
    assert ended(process).status == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('index = "http://example.org"', "index"),
        ('mirrors = ["http://example.org"]', "mirrors"),
        ('[trust]\nroots = ["x"]', "trust"),
    ],
)
def test_a_project_adds_no_place_and_no_trust(machine: Machine, mirror: Path, text: str, told: str) -> None:
    (machine.cwd / "pyv.toml").write_text(text + "\n")
    machine.pyv("install", "3.12", "--index", mirror).fails(4, "pyv.toml", told, "hint: ")
