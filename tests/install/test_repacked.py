"""Repacked archives from outside: preferred where the policy names their key, and never the reason for a failure."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived, dump_derived
from pyv.domain.revocation import Revocation, Revocations
from pyv.store.paths import Root
from pyv.trust.derived import sign_derived
from pyv.trust.keys import dump_key_list
from pyv.trust.signing import SigningKey
from tests.install.scene import (
    HERE,
    assert_sound,
    big_tar,
    blob_path,
    first_refresh,
    installed,
    let_age,
    receipt_of,
    serve_index,
    timeless,
    trust,
)
from tests.support.archives import TarBuilder, zstd
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run
from tests.support.server import Server

DERIVED = f"/derived/{HERE}.json"
INSTEAD = "; the archive as it was published is fetched instead"


class Organisation:
    """A mirror with one archive and its packing, served."""

    def __init__(self, place: Path, server: Server) -> None:
        self.place, self.server = place, server
        self.index, self.operator, self.tar = SignedIndex(), SigningKey.generate(), big_tar()
        self.origin = self.index.add(
            "3.12.2", self.tar.gz(), triple=HERE, unpacked=self.tar.unpacked, entries=self.tar.entries
        )
        self.derived = self.packing()

    def packing(self, tar: TarBuilder | None = None, origin: Artifact | None = None) -> Derived:
        """Put a packing among the blobs; its signed record."""
        content = zstd((tar or self.tar).tar())
        digest = hashlib.sha256(content).hexdigest()
        self.index.blobs[digest] = content
        record = Derived(origin=(origin or self.origin).sha256, sha256=digest, size=len(content))
        return sign_derived(record, self.operator)

    def publish(self, *records: Derived, text: str | None = None) -> str:
        """Lay everything out and serve it; the address."""
        directory = self.index.write(self.place / "mirror")
        (directory / "derived").mkdir(exist_ok=True)
        listed = dump_derived(HERE, records or [self.derived]) if text is None else text
        (directory / "derived" / f"{HERE}.json").write_text(listed)
        return serve_index(self.server, directory)

    def blob(self, derived: Derived | None = None) -> str:
        """Where a packing is served."""
        return f"/blobs/sha256/{(derived or self.derived).sha256}"


@pytest.fixture
def organisation(machine: Machine, server: Server, tmp_path: Path) -> Organisation:
    organisation = Organisation(tmp_path, server)
    trust(machine, organisation.index)
    return organisation


def prefer(machine: Machine, *keys: SigningKey, more: str = "") -> None:
    """Name keys in the person's policy."""
    words = ", ".join(f'"{key.public_key.public.hex()}"' for key in keys)
    machine.root.mkdir(parents=True, exist_ok=True)
    (machine.root / "config.toml").write_text(f"[policy]\nrepack_keys = [{words}]\n{more}\n")


def paths(server: Server) -> list[str]:
    """What was asked for, in order."""
    return [request.path for request in server.requests]


def install(machine: Machine, address: str, *words: str) -> Run:
    return machine.pyv("install", "3.12.2", "--index", address, *words).ok()


def fetched(machine: Machine, organisation: Organisation) -> Artifact | Derived:
    """Which of the two was installed from, by the receipt and by the cache; the version is sound."""
    root = Root(machine.root)
    assert_sound(root, "3.12.2")
    receipt = receipt_of(machine, "3.12.2")
    assert receipt.artifact == organisation.origin
    (cached,) = [path.name for path in root.blobs.iterdir()]
    if receipt.derived is None:
        assert cached == organisation.origin.sha256
        return organisation.origin
    key = organisation.operator.public_key.keyid
    assert receipt.derived == {"sha256": cached, "keyid": key, "compression": "zst"}
    assert cached == organisation.derived.sha256
    return organisation.derived


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count} bytes"


def test_preferred(machine: Machine, organisation: Organisation, server: Server) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    run = timeless(install(machine, address))
    how = f"{size(organisation.derived.size)} from {address}; repacked by key {organisation.derived.keyid[:16]}"
    announced = f"3.12.2: {organisation.origin.name} ({size(organisation.derived.size)})\n"
    assert run.stderr == announced + installed(machine, organisation.origin, how)
    assert paths(server)[-2:] == [DERIVED, organisation.blob()]
    assert fetched(machine, organisation) == organisation.derived
    files = receipt_of(machine, "3.12.2").files
    machine.pyv("verify").shows(stderr=f"3.12.2: {files} files as installed; nothing added\n")


def test_the_same_tree(machine: Machine, organisation: Organisation, tmp_path: Path) -> None:
    """Prefix, list of files and store id are those of the archive as it was published."""
    address = organisation.publish()
    install(machine, address)
    as_published = receipt_of(machine, "3.12.2")
    root = Root(machine.root)
    listed = {path.name: path.read_bytes() for path in root.store.glob("*.files")}
    for path in (*root.blobs.iterdir(), root.versions / "3.12.2", *root.store.glob("*.json")):
        path.unlink()
    for path in root.store.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    prefer(machine, organisation.operator)
    install(machine, address)
    assert fetched(machine, organisation) == organisation.derived
    repacked = receipt_of(machine, "3.12.2")
    assert (repacked.tree, repacked.files, repacked.unpacked) == (
        as_published.tree,
        as_published.files,
        as_published.unpacked,
    )
    assert {path.name: path.read_bytes() for path in root.store.glob("*.files")} == listed


def test_without_policy_nothing_is_asked(machine: Machine, organisation: Organisation, server: Server) -> None:
    install(machine, organisation.publish())
    assert paths(server) == [
        *first_refresh(),
        *[path for path in paths(server) if path.startswith("/targets/manifest/")],
        blob_path(organisation.origin),
    ]
    assert fetched(machine, organisation) == organisation.origin


def test_asked_once_though_the_index_is_refreshed(machine: Machine, organisation: Organisation, server: Server) -> None:
    """The gate makes the plan again from the refreshed index."""
    prefer(machine, organisation.operator)
    address = organisation.publish()
    machine.pyv("index", "refresh", "--index", address).ok()
    let_age(machine)
    organisation.publish()
    install(machine, address)
    assert paths(server).count(DERIVED) == 1
    assert fetched(machine, organisation) == organisation.derived


def test_an_archive_at_hand_is_used(machine: Machine, organisation: Organisation, server: Server) -> None:
    address = organisation.publish()
    install(machine, address)
    prefer(machine, organisation.operator)
    assert "from the cache" in install(machine, address, "--force").stderr
    assert DERIVED not in paths(server)
    assert fetched(machine, organisation) == organisation.origin


def test_a_packing_at_hand_is_used_with_nobody_to_ask(
    machine: Machine, organisation: Organisation, server: Server
) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    install(machine, address)
    asked = len(paths(server))
    told = install(machine, address, "--force", "--offline").stderr
    assert "from the cache; repacked by key" in told
    assert len(paths(server)) == asked
    server.remove(DERIVED)
    server.remove(organisation.blob())
    machine.pyv("install", "3.12.2", "--index", address, "--force").ok()


@pytest.mark.parametrize("first", [True, False])
def test_what_is_published_for_it_is_judged_all_the_same(
    machine: Machine, organisation: Organisation, server: Server, first: bool
) -> None:
    """A revocation of the origin forbids its packings."""
    prefer(machine, organisation.operator)
    entry = {"sha256": organisation.origin.sha256} if first else {"version": "3.12.2"}
    organisation.index.revocations = revoked(**entry)
    address = organisation.publish()
    run = machine.pyv("install", "3.12.2", "--index", address)
    run.fails(4, "was revoked")
    assert organisation.blob() not in paths(server)


def revoked(**match: str) -> Revocations:
    return Revocations((Revocation(action="block", reason="it is bad", date="2026-11-20", **match),))


def another_key(made: Organisation) -> list[Derived]:
    return [sign_derived(made.derived, SigningKey.generate())]


def altered(made: Organisation) -> list[Derived]:
    return [replace(made.derived, size=made.derived.size + 1)]


def unsigned(made: Organisation) -> list[Derived]:
    return [replace(made.derived, signature="")]


def of_another(made: Organisation) -> list[Derived]:
    """The packing of an older build, under the newer one's digest: what a thief of the mirror can put there."""
    old = made.index.add("3.11.9", big_tar("3.11.9").gz(), triple=HERE)
    return [replace(made.packing(big_tar("3.11.9"), old), origin=made.origin.sha256)]


def of_another_as_signed(made: Organisation) -> list[Derived]:
    """Genuine, and of another archive."""
    old = made.index.add("3.11.9", big_tar("3.11.9").gz(), triple=HERE)
    return [made.packing(big_tar("3.11.9"), old)]


def of_other_contents(made: Organisation) -> list[Derived]:
    return [sign_derived(replace(made.derived, unpacked=7), made.operator)]


def revoked_key(made: Organisation) -> list[Derived]:
    made.index.revocations = revoked(keyid=made.derived.keyid)
    return [made.derived]


def revoked_bytes(made: Organisation) -> list[Derived]:
    made.index.revocations = revoked(sha256=made.derived.sha256)
    return [made.derived]


PASSED = "the repacked archive is passed over"


@pytest.mark.parametrize(
    ("attack", "note"),
    [
        (another_key, ""),
        (altered, f"{PASSED}: the record of the repacked NAME was altered after it was signed"),
        (unsigned, f"{PASSED}: the signature of the repacked NAME is not base64 of 64 bytes"),
        (of_another, f"{PASSED}: the record of the repacked NAME was altered after it was signed"),
        (of_another_as_signed, ""),
        (of_other_contents, f"{PASSED}: it states other contents than the record of its origin"),
        (revoked_key, f"{PASSED}: it was taken back: it is bad (2026-11-20)"),
        (revoked_bytes, f"{PASSED}: it was taken back: it is bad (2026-11-20)"),
    ],
)
def test_a_record_that_does_not_count(
    machine: Machine,
    organisation: Organisation,
    server: Server,
    attack: Callable[[Organisation], list[Derived]],
    note: str,
) -> None:
    prefer(machine, organisation.operator)
    records = attack(organisation)
    address = organisation.publish(*records)
    run = timeless(install(machine, address))
    said = f"3.12.2: {note}\n".replace("NAME", organisation.origin.name) if note else ""
    step = f"3.12.2: {organisation.origin.name} ({size(organisation.origin.size or 0)})\n"
    how = f"{size(organisation.origin.size or 0)} from {address}"
    assert run.stderr == said + step + installed(machine, organisation.origin, how)
    assert organisation.blob(records[0]) not in paths(server)
    assert fetched(machine, organisation) == organisation.origin


def test_a_revoked_key_of_the_index(machine: Machine, organisation: Organisation) -> None:
    """Where the index lists the operator's key, it has to count there."""
    prefer(machine, organisation.operator)
    keys = [organisation.index.key.public_key, replace(organisation.operator.public_key, revoked=True)]
    address = organisation.publish()
    organisation.index.write(organisation.place / "mirror", key_list=dump_key_list(keys))
    serve_index(organisation.server, organisation.place / "mirror")
    assert f"{PASSED}: signed by key" in install(machine, address).stderr
    assert fetched(machine, organisation) == organisation.origin


def test_why_is_told_to_whoever_asks(machine: Machine, organisation: Organisation) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish(*another_key(organisation))
    assert "; not repacked by a key of the policy; index" in install(machine, address, "--verbose").stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", f"derived/{HERE}.json: format: this pyv reads format 1"),
        (f'{{"format":1,"triple":"{HERE}"}}', f"derived/{HERE}.json: cut short: the last line has no end"),
        (f'{{"format":1,"triple":"{HERE}"}}\n{{"o":1}}\n', f"derived/{HERE}.json: records[0].n: missing"),
        (dump_derived("x", []), f"`x` where `{HERE}` was asked for"),
        (" " * (65 << 20), "it is longer than the 67108864 bytes a document of its kind may have"),
    ],
    ids=["format", "cut", "record", "triple", "long"],
)
def test_a_file_that_is_none(machine: Machine, organisation: Organisation, text: str, told: str) -> None:
    prefer(machine, organisation.operator)
    run = install(machine, organisation.publish(text=text))
    assert "3.12.2: what was repacked is passed over: " in run.stderr
    assert told in run.stderr
    assert fetched(machine, organisation) == organisation.origin


def test_no_file(machine: Machine, organisation: Organisation, server: Server) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    server.remove(DERIVED)
    assert "repacked" not in install(machine, address).stderr
    assert fetched(machine, organisation) == organisation.origin


def test_a_packing_of_other_bytes(machine: Machine, organisation: Organisation, server: Server) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    body = organisation.index.blobs[organisation.derived.sha256]
    server.put(organisation.blob(), body[:-9] + b"!" + body[-8:])
    told = install(machine, address).stderr
    assert INSTEAD in told
    assert fetched(machine, organisation) == organisation.origin
    assert list(Root(machine.root).partial.iterdir()) == []


def test_a_packing_that_is_gone(machine: Machine, organisation: Organisation, server: Server) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    server.remove(organisation.blob())
    told = install(machine, address).stderr
    assert f"3.12.2: cannot fetch {address}{organisation.blob()}: " in told
    assert INSTEAD in told
    assert fetched(machine, organisation) == organisation.origin


@pytest.mark.parametrize("first", [True, False])
def test_a_packing_that_breaks_a_rule(machine: Machine, organisation: Organisation, first: bool) -> None:
    """The operator signed what no client takes: caps and rules hold for his packings too."""
    prefer(machine, organisation.operator, more=f"verify_before_extract = {str(first).lower()}")
    bad = organisation.packing(big_tar().file("python/../../evil", b"x"))
    told = install(machine, organisation.publish(bad)).stderr
    assert INSTEAD in told
    assert fetched(machine, organisation) == organisation.origin
    assert not (machine.root / "evil").exists()


@pytest.mark.parametrize(("files", "bytes_each"), [(61, 8192), (60, 8193)], ids=["more", "larger"])
def test_a_packing_of_another_tree_is_held_to_what_its_origin_states(
    machine: Machine, organisation: Organisation, files: int, bytes_each: int
) -> None:
    prefer(machine, organisation.operator)
    bigger = organisation.packing(big_tar(files=files, size=bytes_each))
    told = install(machine, organisation.publish(bigger)).stderr
    assert "its record states" in told
    assert INSTEAD in told
    assert fetched(machine, organisation) == organisation.origin


def test_revoked_beside_the_download(machine: Machine, organisation: Organisation, server: Server) -> None:
    """What the refresh brings counts before anything is activated; the archive as it was published takes its place."""
    prefer(machine, organisation.operator)
    address = organisation.publish()
    machine.pyv("index", "refresh", "--index", address).ok()
    let_age(machine)
    organisation.index.revocations = revoked(keyid=organisation.derived.keyid)
    organisation.publish()
    told = install(machine, address).stderr
    assert f"3.12.2: the refreshed index is against the repacked archive{INSTEAD}" in told
    assert f"{PASSED}: it was taken back" in told
    assert fetched(machine, organisation) == organisation.origin


def test_verify_names_what_was_repacked_by_a_key_that_was_taken_back(
    machine: Machine, organisation: Organisation
) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    install(machine, address)
    organisation.index.revocations = revoked(keyid=organisation.derived.keyid)
    organisation.publish()
    machine.pyv("index", "refresh", "--index", address).ok()
    run = machine.pyv("verify")
    assert run.status == 4, run
    assert "it is bad" in run.stdout + run.stderr
    install(machine, address, "--force")
    machine.pyv("verify").ok()
    assert receipt_of(machine, "3.12.2").derived is None


def test_named_mirrors_have_packings_too(machine: Machine, organisation: Organisation, server: Server) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    mirror = organisation.place / "blobs-only"
    (mirror / "blobs" / "sha256").mkdir(parents=True)
    digest = organisation.derived.sha256
    (mirror / "blobs" / "sha256" / digest).write_bytes(organisation.index.blobs[digest])
    install(machine, address, "--mirror", str(mirror))
    assert organisation.blob() not in paths(server)
    assert receipt_of(machine, "3.12.2").source == str(mirror / "blobs" / "sha256" / digest)


def test_json_and_dry_run(machine: Machine, organisation: Organisation, server: Server) -> None:
    prefer(machine, organisation.operator)
    address = organisation.publish()
    (plan,) = install(machine, address, "--dry-run", "--json").json["plans"]
    assert (plan["sha256"], plan["size"]) == (organisation.origin.sha256, organisation.origin.size)
    assert plan["derived"] == {
        "sha256": organisation.derived.sha256,
        "size": organisation.derived.size,
        "compression": "zst",
        "keyid": organisation.derived.keyid,
        "sources": [address + organisation.blob()],
    }
    assert organisation.blob() not in paths(server)
    (told,) = install(machine, address, "--json").json["installed"]
    assert told["derived"] == {
        "sha256": organisation.derived.sha256,
        "keyid": organisation.derived.keyid,
        "compression": "zst",
    }
    assert told["transferred"] == organisation.derived.size


def test_a_project_names_no_key(machine: Machine, organisation: Organisation) -> None:
    key = organisation.operator.public_key.public.hex()
    (machine.cwd / "pyv.toml").write_text(f'[policy]\nrepack_keys = ["{key}"]\n')
    run = machine.pyv("install", "3.12.2", "--index", organisation.publish())
    run.fails(4, "pyv.toml names `repack_keys`: a project may tighten the policy, and add nothing", "hint: ")


def test_a_receipt_of_before(machine: Machine, organisation: Organisation) -> None:
    """Receipts that say nothing of packings are of archives as they were published."""
    install(machine, organisation.publish())
    (path,) = Root(machine.root).store.glob("*.json")
    told = json.loads(path.read_text())
    assert told.pop("derived") is None
    path.write_text(json.dumps(told))
    assert receipt_of(machine, "3.12.2").derived is None
    machine.pyv("verify").ok()
