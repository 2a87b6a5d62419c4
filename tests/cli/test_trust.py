"""`pyv trust`: nobody's root counts until a person has seen and accepted it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyv.index.embedded import embedded_directory
from tests.cli.terminal import on_terminal
from tests.install.scene import anchor_of, index_of, left_in, serve_index
from tests.support.index import SignedIndex
from tests.support.repository import Repository, signer
from tests.support.runner import Machine
from tests.support.server import Server


@pytest.fixture
def index() -> SignedIndex:
    return index_of("3.12.2")


@pytest.fixture
def mirror(index: SignedIndex, tmp_path: Path) -> Path:
    return index.write(tmp_path / "mirror")


@pytest.fixture
def server(mirror: Path) -> Iterator[Server]:
    with Server() as running:
        serve_index(running, mirror)
        yield running


def keyids(repository: Repository) -> list[str]:
    return list(repository.root.roles["root"].keyids)


def newest(repository: Repository) -> bytes:
    return repository.files[f"metadata/{repository.root.version}.root.json"]


def shown(source: object, index: SignedIndex) -> str:
    repository = index.repository
    digest = hashlib.sha256(newest(repository)).hexdigest()
    ident = hashlib.sha256(repository.anchor()).hexdigest()[:16]
    head = f"{source}: root {ident}, version {repository.root.version}, sha256 {digest}\n"
    return head + "".join(f"  root key {keyid}\n" for keyid in keyids(repository))


def trusted(source: object, index: SignedIndex) -> str:
    return shown(source, index) + f"trusted: root {anchor_of(index).ident} of {source}\n"


def test_directory(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    ident, digest = anchor_of(index).ident, anchor_of(index).sha256
    machine.pyv("install", "3.12", "--index", mirror).fails(4, "is not trusted")
    machine.pyv("trust", "add", mirror, "--sha256", digest).shows(stderr=trusted(mirror, index))
    assert list(left_in(machine.home)) == [f".pyv/trust/{ident}.json"]
    machine.pyv("install", "3.12", "--index", mirror).ok()


def test_url(machine: Machine, index: SignedIndex, server: Server) -> None:
    machine.pyv("trust", "add", server.url, "--yes").shows(stderr=trusted(f"{server.url}/", index))
    asked = len(server.requests)
    machine.pyv("install", "3.12", "--index", server.url).ok()
    assert len(server.requests) == asked + 1, "the index was fetched by `trust add`; only the archive is left"


def test_file(machine: Machine, index: SignedIndex, mirror: Path, server: Server) -> None:
    """Roots are accepted, not addresses: that of a file serves for the same index over HTTP."""
    (machine.cwd / "root.json").write_bytes((mirror / "metadata/1.root.json").read_bytes())
    path = machine.cwd / "root.json"
    machine.pyv("trust", "add", "root.json", "--yes").shows(stderr=trusted(path, index))
    machine.pyv("install", "3.12", "--index", server.url).ok()


def test_wrong_digest(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    machine.pyv("trust", "add", mirror, "--sha256", "0" * 64).shows(
        stderr=shown(mirror, index) + f"pyv: the root offered has sha256 {anchor_of(index).sha256}, not the one named\n"
        "hint: ask the index's operator which is right; do not accept it before\n",
        status=4,
    )
    assert left_in(machine.home) == {}


def test_every_key_has_to_be_named(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """One is not enough: a forger may list somebody's genuine key beside one of his own."""
    first, *others = keyids(index.repository)
    words = [word for keyid in others for word in ("--key-id", keyid)]
    for named in (["--key-id", first], words, [*words, "--key-id", "0" * 64]):
        machine.pyv("trust", "add", mirror, *named).shows(
            stderr=shown(mirror, index) + "pyv: the keys of the root offered are not exactly the ones named\n"
            f"hint: offered: {', '.join([first, *others])}; name every key of the root, or its digest with --sha256\n",
            status=4,
        )
    assert left_in(machine.home) == {}
    machine.pyv("trust", "add", mirror, *words, "--key-id", first.upper()).ok()


def test_newest_root_of_a_line(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    index.repository.rotate_root()
    index.write(mirror)
    machine.pyv("trust", "add", mirror, "--yes").shows(stderr=trusted(mirror, index))
    (told,) = machine.pyv("trust", "list", "--json").ok().json["trusted"][1:]
    assert (told["version"], told["id"]) == (2, anchor_of(index).ident)
    machine.pyv("install", "3.12", "--index", mirror).ok()


def test_root_that_does_not_follow(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """A second root that only its own keys signed."""
    root = index.repository.root
    index.repository.signers["root"] = [signer() for _ in range(3)]
    for keyid in list(root.roles["root"].keyids):
        root.revoke_key(keyid, "root")
    for each in index.repository.signers["root"]:
        root.add_key(each.public_key, "root")
    root.version = 2
    index.repository.publish_root()
    index.repository.write(mirror)
    machine.pyv("trust", "add", mirror, "--yes").shows(
        stderr=f"pyv: {mirror}: metadata/2.root.json does not follow the root before it\n"
        "hint: do not trust this index: ask its operator\n",
        status=4,
    )
    assert left_in(machine.home) == {}


def test_nobody_to_ask(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    machine.pyv("trust", "add", mirror).shows(
        stderr=shown(mirror, index) + "pyv: nobody here can be asked whether to trust this root\n"
        "hint: compare it with what the operator told you, then pass --sha256 DIGEST, --key-id ID or --yes\n",
        status=4,
    )
    assert left_in(machine.home) == {}


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("yes", 0), ("n", 1), ("", 1)])
def test_asked_on_a_terminal(machine: Machine, index: SignedIndex, mirror: Path, answer: str, status: int) -> None:
    run = on_terminal(machine, "trust", "add", str(mirror), answer=f"{answer}\n")
    assert run.status == status, run
    head = shown(mirror, index) + "trust this root? [y/N]: "
    assert run.stdout.startswith(head)
    said = trusted(mirror, index).removeprefix(shown(mirror, index))
    assert run.stdout.removeprefix(head).strip() == (said.strip() if status == 0 else "")
    assert bool(left_in(machine.home)) == (status == 0)


@pytest.mark.parametrize(
    ("place", "status", "message"),
    [
        ("gone", 4, "is not an index: it has no metadata/1.root.json\nhint: name the directory or URL"),
        ("ftp://example.invalid/", 2, "pyv cannot read from `ftp://` addresses"),
        ("broken.json", 4, "broken.json is not the root of an index\nhint: name an index, or one of its"),
        ("timestamp.json", 4, "timestamp.json is not the root of an index"),
    ],
)
def test_no_root_there(machine: Machine, mirror: Path, place: str, status: int, message: str) -> None:
    (machine.cwd / "broken.json").write_text("{")
    shutil.copy(mirror / "metadata" / "timestamp.json", machine.cwd)
    machine.pyv("trust", "add", place, "--yes").fails(status, message)
    assert left_in(machine.home) == {}


def test_root_that_is_not_signed_as_it_says(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    path = mirror / "metadata/1.root.json"
    told = json.loads(path.read_text())
    for signature in told["signatures"][1:]:
        signature["sig"] = "0" * 128
    path.write_text(json.dumps(told))
    run = machine.pyv("trust", "add", mirror, "--yes")
    run.fails(4, f"pyv: {mirror}: metadata/1.root.json is not signed as its root demands: root was signed by 1/2 keys")
    assert left_in(machine.home) == {}


def test_list_and_remove(machine: Machine, index: SignedIndex, mirror: Path, server: Server, tmp_path: Path) -> None:
    (embedded,) = machine.pyv("trust", "list").ok().stdout.splitlines()
    assert embedded.split()[1:] == ["version", "1", "-", "embedded"]
    other = index_of("3.13.0")
    elsewhere = other.write(tmp_path / "other")
    machine.pyv("trust", "add", mirror, "--yes").ok()
    machine.pyv("trust", "add", elsewhere, "--yes").ok()
    entries = {anchor_of(other).ident: elsewhere, anchor_of(index).ident: mirror}
    listed = machine.pyv("trust", "list").ok().stdout.removeprefix(embedded + "\n")
    date = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    wanted = "".join(f"{ident}  version 1  DATE  {entries[ident]}\n" for ident in sorted(entries))
    assert date.sub("DATE", listed) == wanted
    told = machine.pyv("trust", "list", "--json").ok().json["trusted"]
    assert [(root["id"], root["source"]) for root in told[1:]] == [(k, str(entries[k])) for k in sorted(entries)]
    machine.pyv("install", "3.12", "--index", server.url).ok()

    ident = anchor_of(index).ident
    machine.pyv("trust", "remove", ident[:7]).fails(2, f"no trusted root is called `{ident[:7]}`")
    machine.pyv("trust", "remove", ident[:8]).shows(stderr=f"forgotten: root {ident} of {mirror}\n")
    machine.pyv("install", "3.12", "--force", "--index", server.url).fails(4, "is not trusted")
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")
    machine.pyv("trust", "remove", elsewhere).shows(stderr=f"forgotten: root {anchor_of(other).ident} of {elsewhere}\n")
    machine.pyv("trust", "list").shows(embedded + "\n")
    machine.pyv("trust", "remove", elsewhere).shows(
        stderr=f"pyv: no trusted root is called `{elsewhere}`\nhint: see `pyv trust list`\n", status=2
    )


def test_json_of_add_and_remove(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    told = machine.pyv("trust", "add", mirror, "--yes", "--json").ok().json
    assert told["schema"] == 1
    assert (told["trusted"]["id"], told["trusted"]["keyids"]) == (anchor_of(index).ident, keyids(index.repository))
    gone = machine.pyv("trust", "remove", keyids(index.repository)[1], "--json").ok().json["forgotten"]
    assert gone == [told["trusted"]]


def test_embedded_root_counts_for_its_own_index_only(machine: Machine, mirror: Path) -> None:
    """Wherever a copy of the embedded index lies, it needs no other word; another index does."""
    copy = embedded_directory()
    words = ["install", "3.12.2", "--dry-run", "--max-staleness", "99999d"]  # its timestamp is good for days only
    machine.pyv(*words, "--index", copy).ok()
    machine.pyv(*words, "--index", mirror).fails(4, f"the index {mirror} is not trusted")


def test_tampered_trust_file(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """Nothing is trusted on a guess."""
    machine.pyv("trust", "add", mirror, "--yes").ok()
    (path,) = (machine.root / "trust").iterdir()
    path.write_text(path.read_text().replace('"root": ', '"toor": '))
    machine.pyv("install", "3.12", "--index", mirror).fails(8, f"pyv: {path}: root: the file is incomplete")
    machine.pyv("trust", "list").fails(8)


def test_another_index_at_a_known_place(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """What counts is the root, not the address: a stick carries another organisation's index today."""
    machine.pyv("trust", "add", mirror, "--yes").ok()
    other = index_of("3.13.0")
    shutil.rmtree(mirror)
    other.write(mirror)
    machine.pyv("install", "3.13", "--index", mirror, "--dry-run").fails(4, "is not trusted", "pyv trust add")
    machine.pyv("trust", "add", mirror, "--yes").ok()
    machine.pyv("install", "3.13", "--index", mirror, "--dry-run").ok()


def test_an_older_root_is_not_put_in_the_place_of_a_newer_one(
    machine: Machine, index: SignedIndex, mirror: Path
) -> None:
    first = mirror / "metadata/1.root.json"
    kept = first.read_bytes()
    index.repository.rotate_root()
    index.write(mirror)
    machine.pyv("trust", "add", mirror, "--yes").ok()
    (machine.cwd / "root.json").write_bytes(kept)
    machine.pyv("trust", "add", "root.json", "--yes").fails(4, "is older than version 2, which is trusted")
    (mirror / "metadata/2.root.json").unlink()
    elsewhere = mirror.with_name("behind")
    mirror.rename(elsewhere)
    machine.pyv("install", "3.12", "--index", elsewhere, "--dry-run").fails(4, "is behind: root version 2", "hint: ")


def test_a_root_is_forgotten_whatever_its_file_is_called(machine: Machine, mirror: Path) -> None:
    machine.pyv("trust", "add", mirror, "--yes").ok()
    (path,) = (machine.root / "trust").glob("*.json")
    path.rename(path.with_name("corp.json"))
    machine.pyv("trust", "remove", mirror).ok()
    machine.pyv("install", "3.12", "--index", mirror, "--dry-run").fails(4, "is not trusted")
